/** `<expression-field>`: an expression with highlighting, completion of fields and problems under the text. */

import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { bracketMatching, HighlightStyle, LanguageSupport, LRLanguage, syntaxHighlighting } from '@codemirror/language'
import { type Diagnostic, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { css, html, LitElement, type PropertyValues } from 'lit'
import type { WireField } from '../../flows/compile/wire-fields.ts'
import { splitAssignment } from '../../flows/expression/assignments.ts'
import { compileExpression } from '../../flows/expression/compile.ts'
import { complete } from '../../flows/expression/complete.ts'
import { stellarParser } from '../../flows/expression/language.ts'
import type { FieldScope } from '../../flows/expression/types.ts'
import type { FieldKind } from '../../nodes/contract/field.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { functions } from '../../nodes/functions/index.ts'

const language = new LanguageSupport(LRLanguage.define({ name: 'stellar', parser: stellarParser() }))

const colours = HighlightStyle.define([
  { tag: tags.variableName, color: 'var(--code-field)' },
  { tag: tags.function(tags.variableName), color: 'var(--ink)', fontWeight: '500' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: [tags.bool, tags.null, tags.operatorKeyword, tags.controlKeyword], color: 'var(--code-word)' },
  { tag: tags.lineComment, color: 'var(--ink-3)' },
])

const look = EditorView.theme({
  '&': { font: 'var(--regular) var(--t1)/17px var(--mono)', fontVariantLigatures: 'none', color: 'var(--ink)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { font: 'inherit', maxHeight: '240px' },
  '.cm-content': { padding: '0', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '1.5px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    background: 'var(--accent-soft)',
  },
  '.cm-placeholder': { color: 'var(--ink-3)' },
  '.cm-matchingBracket': { background: 'var(--accent-soft)', outline: 'none' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '1.5px dashed var(--drop)' },
  '.cm-lintRange-warning': { backgroundImage: 'none', borderBottom: '1.5px dashed var(--warn)' },
  '.cm-tooltip': {
    border: '0',
    borderRadius: 'var(--r3)',
    background: 'var(--raised)',
    boxShadow: 'var(--lift-2)',
    color: 'var(--ink)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    font: 'var(--regular) var(--t1)/22px var(--mono)',
    maxHeight: '220px',
    minWidth: '220px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0 10px', lineHeight: '22px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--accent-soft)',
    color: 'var(--ink)',
    boxShadow: 'inset 2px 0 0 var(--accent)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)', fontWeight: '600' },
  '.cm-completionDetail': { fontStyle: 'normal', fontFamily: 'var(--ui)', color: 'var(--ink-3)', marginLeft: '12px' },
  '.cm-tooltip.cm-completionInfo': {
    padding: '8px 10px',
    font: 'var(--regular) var(--t1)/15px var(--ui)',
    maxWidth: '260px',
    whiteSpace: 'pre-line',
  },
  '.cm-tooltip-lint': { font: 'var(--regular) var(--t1)/15px var(--ui)', maxWidth: '300px' },
  '.cm-diagnostic': { padding: '6px 10px', borderLeft: '3px solid var(--drop)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
})

/** Codes about fields: only the check of the whole flow knows what may come on a wire. */
const ABOUT_FIELDS: ReadonlySet<string> = new Set(['FLOW-0207', 'FLOW-0211'])

/** The part of a problem that is shown in the text. */
type TextProblem = Pick<Problem, 'severity' | 'message' | 'fix' | 'at'>

export class ExpressionField extends LitElement {
  static override properties = {
    value: { attribute: false },
    fields: { attribute: false },
    problems: { attribute: false },
    label: { attribute: false },
    hint: { attribute: false },
    returns: { attribute: false },
    assigns: { attribute: false },
  }
  static override styles = css`
    :host { display: block; min-width: 0 }
    .box { padding: 4px 8px; border: 1px solid var(--edge); border-radius: var(--r2); background: var(--field) }
    .box:focus-within { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent-soft) }
    :host([wrong]) .box { border-color: var(--drop) }
  `
  declare value: string
  /** Fields on the wire, for completion. */
  declare fields: readonly WireField[]
  /** Problems of this option; places are offsets in the text. */
  declare problems: readonly Problem[]
  declare label: string
  declare hint: string
  /** The kind of value that is wanted. */
  declare returns: FieldKind
  /** The text is `name := expression`. */
  declare assigns: boolean
  #view: EditorView | undefined
  readonly #named = new Compartment()

  constructor() {
    super()
    this.value = ''
    this.fields = []
    this.problems = []
    this.label = ''
    this.hint = ''
    this.returns = 'any'
    this.assigns = false
  }

  override render() {
    return html`<div class="box"></div>`
  }

  override focus(): void {
    this.#view?.focus()
  }

  override firstUpdated(): void {
    const parent = this.shadowRoot!.querySelector('.box')!
    this.#view = new EditorView({
      parent,
      root: this.shadowRoot!,
      state: EditorState.create({
        doc: this.value,
        extensions: [
          history(),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          language,
          bracketMatching(),
          syntaxHighlighting(colours),
          autocompletion({ override: [(context) => this.#complete(context)], icons: false }),
          EditorView.lineWrapping,
          placeholder(this.hint),
          this.#named.of(EditorView.contentAttributes.of({ 'aria-label': this.label })),
          look,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) this.#typed(update.state.doc.toString())
          }),
        ],
      }),
    })
    this.#showProblems(this.problems)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#view?.destroy()
    this.#view = undefined
  }

  override updated(changed: PropertyValues): void {
    const view = this.#view
    if (view === undefined) return
    if (changed.has('value') && view.state.doc.toString() !== this.value) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: this.value } })
    }
    if (changed.has('label')) {
      const named = EditorView.contentAttributes.of({ 'aria-label': this.label })
      view.dispatch({ effects: this.#named.reconfigure(named) })
    }
    if (changed.has('problems')) this.#showProblems(this.problems)
  }

  #typed(text: string): void {
    if (text === this.value) return
    this.value = text
    this.#showProblems(this.#problemsNow(text))
    this.dispatchEvent(new CustomEvent<string>('expression', { detail: text }))
  }

  get #scope(): FieldScope {
    const fields = new Map(this.fields.map((field) => [field.path, field]))
    return { type: (path) => fields.get(path), paths: () => fields.keys(), isOpen: () => true }
  }

  /** Begin of the expression within the text: behind the `:=` of an assignment. */
  #start(text: string): number {
    return this.assigns ? splitAssignment(text).expressionAt.start : 0
  }

  /** What is wrong with the text by itself, at once; what the whole flow says comes a moment later. */
  #problemsNow(text: string): TextProblem[] {
    // With parameters put in it is another text, and only the studio puts them in.
    if (text.trim() === '' || text.includes('${')) return []
    const start = this.#start(text)
    const { problems } = compileExpression(text.slice(start), this.#scope, functions, this.returns)
    return problems
      .filter(({ code }) => !ABOUT_FIELDS.has(code))
      .map((problem) => ({
        ...problem,
        at: { ...problem.at, start: problem.at.start + start, end: problem.at.end + start },
      }))
  }

  #showProblems(problems: readonly TextProblem[]): void {
    const view = this.#view
    if (view === undefined) return
    const { length } = view.state.doc
    const marks = problems.map((problem): Diagnostic => {
      const from = Math.min(problem.at?.start ?? 0, length)
      const to = Math.max(from, Math.min(problem.at?.end ?? length, length))
      return { from, to, severity: problem.severity, message: `${problem.message} ${problem.fix}` }
    })
    const isWrong = problems.some((problem) => problem.severity === 'error')
    // An update listener may not dispatch: it is done when the keystroke is.
    queueMicrotask(() => {
      if (this.#view !== view || view.state.doc.length !== length) return
      view.dispatch(setDiagnostics(view.state, marks))
      this.toggleAttribute('wrong', isWrong)
    })
  }

  #complete(context: CompletionContext): CompletionResult | null {
    const text = context.state.doc.toString()
    const start = this.#start(text)
    if (context.pos < start) return null
    const found = complete(text.slice(start), context.pos - start, this.#scope, functions)
    const { from } = found
    if (start + from === context.pos && !context.explicit) return null
    const candidates = joiningFirst(found.candidates, text.slice(start, start + from))
    const units = new Map(this.fields.map((field) => [field.path, field.unit]))
    return {
      from: start + from,
      filter: false,
      options: candidates.map(({ kind, text, detail, help }): Completion => {
        const unit = units.get(text)
        const info = unit === undefined ? help : `${help}\nUnit: ${unit}`.trim()
        return {
          label: text,
          type: kind,
          detail: kind === 'function' ? detail.slice(text.length) : detail,
          ...(info === '' ? {} : { info }),
          ...(kind === 'function' ? { apply: `${text}(` } : {}),
        }
      }),
    }
  }
}

/** Behind a whole value only a word such as `and` can follow: those come first there. */
function joiningFirst<T extends { readonly text: string }>(candidates: readonly T[], before: string): readonly T[] {
  const isBehindValue = /[\w'")\]]\s+$/.test(before) && !/\b(and|or|not|in|if|then|else|match)\s+$/i.test(before)
  if (!isBehindValue) return candidates
  const joins = ({ text }: T): boolean => /^(and|or|not in|not|in|then|else)$/.test(text)
  return [...candidates.filter(joins), ...candidates.filter((one) => !joins(one))]
}

customElements.define('expression-field', ExpressionField)
