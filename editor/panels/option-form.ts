/** The form of a node's options, made from their schemas: one control for each role. */

import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { WireField } from '../../flows/compile/wire-fields.ts'
import { choicesOf, type OptionSchema, type OptionsSchema, optionRole } from '../../nodes/contract/option.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { icon } from '../icon.ts'
import { typed } from './panel.ts'
import { line } from './prose.ts'

/** What the form shows and where it tells of changes. */
export interface FormInput {
  /** Makes ids of controls unique on the page. */
  readonly scope: string
  readonly options: OptionsSchema
  readonly given: Readonly<Record<string, unknown>>
  /** Fields on the wires into the node. */
  readonly fields: readonly WireField[]
  readonly problems: readonly Problem[]
  /** `undefined` takes the option out, so that its default stands. */
  readonly set: (option: string, value: unknown) => void
}

interface Control {
  readonly name: string
  readonly label: string
  readonly id: string
  readonly schema: OptionSchema
  readonly value: unknown
  readonly problems: readonly Problem[]
  readonly input: FormInput
}

/** Told to the window when a part of the program is gone from the studio: it was built anew since the page was opened. */
export const OUTDATED = 'lacewing-outdated'

/** The code editor is a third of the program: it is fetched when the first form is shown. */
let isFetched = false
function fetchExpressionField(): void {
  if (isFetched) return
  isFetched = true
  import('./expression-field.ts').catch(() => {
    isFetched = false
    dispatchEvent(new Event(OUTDATED))
  })
}

export function optionForm(input: FormInput): TemplateResult {
  fetchExpressionField()
  return html`<div class="opts">${Object.entries(input.options).map(([name, schema]) => option(input, name, schema))}</div>`
}

function option(input: FormInput, name: string, schema: OptionSchema): TemplateResult {
  const problems = input.problems.filter((one) => one.option === name || one.option?.startsWith(`${name}.`))
  const value = Object.hasOwn(input.given, name) ? input.given[name] : undefined
  const label = schema.title ?? labelOf(name, schema)
  const control: Control = { name, label, id: `${input.scope}-${name}`, schema, value, problems, input }
  const role = optionRole(schema).role
  const isWide = role === 'expression' || role === 'assignments' || role === 'prose' || schema.type === 'array'
  const isMissing = value === undefined && !('default' in schema)
  const says =
    problems.length === 0
      ? []
      : problems.map(
          (one) =>
            html`<span class="says ${one.severity === 'error' ? 'bad' : 'hot'}">${one.message} ${one.fix}</span>`,
        )
  return html`<div class="opt ${isWide ? 'wide' : ''}" data-option=${name}>
    <label for=${control.id} title=${schema.description}>${capital(label)}${isMissing ? html`<span class="bad"> *</span>` : nothing}</label>
    ${controlFor(control)}
    ${says.length > 0 ? says : html`<span class="says">${line(schema.description)}</span>`}
  </div>`
}

/** An option's name in words; the unit stands in the control. */
function labelOf(name: string, schema: OptionSchema): string {
  const bare = schema['x-lacewing'].unit === undefined ? name : name.replace(/_(per_s|s|ms|us|bytes|ratio)$/, '')
  return bare.replaceAll('_', ' ')
}

function controlFor(control: Control): TemplateResult {
  const { schema, value } = control
  const role = optionRole(schema)
  const choices = choicesOf(schema)
  // A reference to a parameter may stand in place of any value.
  const isReference = typeof value === 'string' && value.includes('${') && schema.type !== 'string'
  if (role.role === 'expression') return expression(control)
  if (role.role === 'assignments') return assignments(control)
  if (schema.type === 'array') return texts(control)
  if (isReference) return text(control, true)
  if (choices !== undefined) return choice(control, choices)
  if (schema.type === 'boolean') return toggle(control)
  if (schema.type === 'integer' || schema.type === 'number') return number(control)
  if (role.role === 'prose') return prose(control)
  if (role.role === 'field') return field(control)
  return text(control, role.role !== 'plain')
}

function shown(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
function wrong({ problems }: Control): string {
  return problems.some((problem) => problem.severity === 'error') ? 'wrong' : ''
}
function described({ schema }: Control): string {
  return shown(schema.default)
}

function text(control: Control, isMono: boolean): TemplateResult {
  const { id, name, value, input } = control
  return html`<span class="field ${isMono ? 'mono' : ''} ${wrong(control)}"
    ><input
      id=${id}
      type="text"
      autocomplete="off"
      spellcheck="false"
      placeholder=${described(control)}
      .value=${live(shown(value))}
      @input=${(event: Event) => input.set(name, typed(event) === '' ? undefined : typed(event))}
  /></span>`
}

function field(control: Control): TemplateResult {
  const { id, name, value, input, schema } = control
  const role = optionRole(schema)
  const kind = role.role === 'field' ? role.kind : 'any'
  const fits = input.fields.filter(
    (one) => kind === 'any' || one.kind === kind || one.kind === 'any' || kind === 'float64',
  )
  return html`<span class="field mono ${wrong(control)}"
    ><input
      id=${id}
      type="text"
      list="${id}-fields"
      autocomplete="off"
      spellcheck="false"
      placeholder=${described(control)}
      .value=${live(shown(value))}
      @input=${(event: Event) => input.set(name, typed(event) === '' ? undefined : typed(event))}
    /><datalist id="${id}-fields">${fits.map((one) => html`<option value=${one.path}>${one.help ?? one.kind}</option>`)}</datalist></span
  >`
}

function number(control: Control): TemplateResult {
  const { id, name, value, input, schema } = control
  const unit = schema['x-lacewing'].unit
  const read = (event: Event): void => {
    const given = typed(event).trim()
    const value = Number(given)
    input.set(name, given === '' ? undefined : Number.isFinite(value) ? value : given)
  }
  return html`<span class="field mono ${wrong(control)}"
    ><input id=${id} type="text" inputmode="decimal" autocomplete="off" placeholder=${described(control)} .value=${live(shown(value))} @change=${read} />${
      unit === undefined ? nothing : html`<span class="unit">${unit}</span>`
    }</span
  >`
}

function toggle({ id, name, label, value, input, schema }: Control): TemplateResult {
  const isOn = (value ?? schema.default) === true
  return html`<span class="switch"
    ><button
      id=${id}
      class="tick"
      role="switch"
      aria-checked=${isOn}
      aria-label=${capital(label)}
      @click=${() => input.set(name, isOn === (schema.default === true) ? !isOn : undefined)}
    ></button
  ></span>`
}

function choice(control: Control, choices: readonly string[]): TemplateResult {
  const { id, name, value, input, schema } = control
  const now = value ?? schema.default
  return html`<span class="field ${wrong(control)}"
    ><select id=${id} @change=${(event: Event) => input.set(name, typed(event) === schema.default ? undefined : typed(event))}>
      ${now === undefined ? html`<option value="" selected disabled>choose</option>` : nothing}
      ${choices.map((one) => html`<option value=${one} ?selected=${one === now}>${one}</option>`)}</select
    >${icon('chevron-down', 'xs')}</span
  >`
}

function prose(control: Control): TemplateResult {
  const { id, name, value, input } = control
  return html`<span class="field tall ${wrong(control)}"
    ><textarea
      id=${id}
      placeholder=${described(control)}
      .value=${live(shown(value))}
      @input=${(event: Event) => input.set(name, typed(event) === '' ? undefined : typed(event))}
    ></textarea
  ></span>`
}

/** One text or number a line. */
function texts(control: Control): TemplateResult {
  const { id, name, value, input, schema } = control
  const lines = (list: unknown): string => (Array.isArray(list) ? list.map(String).join('\n') : shown(list))
  const read = (event: Event): void => {
    const list = typed(event)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    const isNumbers = schema.items?.type === 'integer' || schema.items?.type === 'number'
    const numbers = list.map(Number)
    const values = isNumbers && numbers.every(Number.isFinite) ? numbers : list
    input.set(name, values.length === 0 ? undefined : values)
  }
  return html`<span class="field tall mono ${wrong(control)}"
    ><textarea id=${id} spellcheck="false" placeholder=${lines(schema.default) || 'one a line'} .value=${live(lines(value))} @change=${read}></textarea
  ></span>`
}

function expression(control: Control): TemplateResult {
  const { id, name, label, value, input, schema } = control
  const role = optionRole(schema)
  const returns = role.role === 'expression' ? role.returns : 'any'
  return html`<expression-field
    id=${id}
    .label=${capital(label)}
    .value=${shown(value)}
    .hint=${described(control)}
    .returns=${returns}
    .fields=${input.fields}
    .problems=${control.problems}
    @expression=${(event: CustomEvent<string>) => input.set(name, event.detail === '' ? undefined : event.detail)}
  ></expression-field>`
}

function assignments(control: Control): TemplateResult {
  const { name, value, input, problems, schema } = control
  const list = Array.isArray(value)
    ? value.map(String)
    : Array.isArray(schema.default)
      ? schema.default.map(String)
      : []
  const put = (next: string[]): void => input.set(name, next.length === 0 ? undefined : next)
  const addLine = (event: Event): void => {
    const lines = (event.currentTarget as Element).parentElement!
    put([...list, ''])
    requestAnimationFrame(() => [...lines.querySelectorAll<HTMLElement>('expression-field')].at(-1)?.focus())
  }
  return html`<div class="lines">
    ${list.map(
      (line, i) => html`<div>
        <expression-field
          .label="${name} ${i + 1}"
          .value=${line}
          .hint=${'name := expression'}
          .assigns=${true}
          .fields=${input.fields}
          .problems=${problems.filter((problem) => problem.option === `${name}.${i}`)}
          @expression=${(event: CustomEvent<string>) => put(list.with(i, event.detail))}
        ></expression-field>
        <button class="btn ghost little sq" aria-label="Remove line ${i + 1}" @click=${() => put(list.toSpliced(i, 1))}>${icon('x', 'xs')}</button>
      </div>`,
    )}
    <button class="btn little" @click=${addLine}>${icon('plus', 'xs')}Add a field</button>
  </div>`
}

function capital(label: string): string {
  return `${label[0]?.toUpperCase() ?? ''}${label.slice(1)}`
}
