/** The inspector: the options of one node, or title, description and parameters of the flow. */

import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { FlowDocument, FlowParameter, ParameterType } from '../../flows/format/flow.ts'
import { parseWire } from '../../flows/format/wire.ts'
import {
  addWire,
  idMistake,
  NOTHING_SELECTED,
  removeSelected,
  renameNode,
  setFlowDescription,
  setFlowTitle,
  setNodeTitle,
  setOption,
  setParameter,
  wireMistake,
} from '../document/edits.ts'
import { faceOf, type NodeFace } from '../document/ports.ts'
import { icon, typeIcon } from '../icon.ts'
import { ofNode, ofWire, rateOf, steps } from '../live/history.ts'
import { share, shortNumber, shortRate } from '../live/numbers.ts'
import { optionForm } from './option-form.ts'
import { Panel, typed } from './panel.ts'
import { paragraphs } from './prose.ts'
import { spark } from './spark.ts'

const PARAMETER_TYPES: readonly ParameterType[] = ['string', 'integer', 'number', 'boolean']

export class Inspector extends Panel {
  #renaming: { readonly node: string; readonly mistake: string } | undefined

  override render() {
    const { document, inspected } = this.workspace
    if (document === undefined || inspected === undefined) return nothing
    if (inspected === 'flow') return this.#flow(document)
    return Object.hasOwn(document.nodes, inspected.node) ? this.#node(document, inspected.node) : nothing
  }

  #close(): TemplateResult {
    return html`<button class="btn ghost little sq" aria-label="Close" title="Close (Esc)" @click=${() => this.workspace.inspect(undefined)}>
      ${icon('x', 's')}
    </button>`
  }

  /* ---- one node ---- */

  #node(document: FlowDocument, id: string): TemplateResult {
    const { workspace } = this
    const node = document.nodes[id]!
    const face = faceOf(workspace.catalogue, document, id, true)
    const problems = workspace.problems.filter((problem) => problem.node === id)
    const general = problems.filter((problem) => problem.option === undefined)
    return html`<aside class="inspector ${face.stage}" aria-label="Options of ${id}">
      <header>
        ${typeIcon(face.icon)}<b class="cut">${face.title}</b><span class="mono faint cut">${id}</span><span class="grow"></span>
        <button class="btn ghost little sq" aria-label="Delete" title="Delete this node (Del)" @click=${() => workspace.do(removeSelected(document, { ...NOTHING_SELECTED, nodes: new Set([id]) }))}>
          ${icon('trash-2', 's')}
        </button>
        ${this.#close()}
      </header>
      ${
        general.length === 0
          ? nothing
          : html`<div class="sec">${general.map((one) => html`<p class="help ${one.severity === 'error' ? 'bad' : 'hot'}">${one.message} ${one.fix}</p>`)}</div>`
      }
      <div class="sec opts">${this.#title(document, id, face)} ${this.#id(document, id)}</div>
      ${
        face.type === undefined
          ? html`<div class="sec"><p class="help">This studio has no node type '${node.type}'.</p></div>`
          : Object.keys(face.type.options).length === 0
            ? nothing
            : html`<div class="sec">
              <h2>Options</h2>
              ${optionForm({
                scope: `option-${id}`,
                options: face.type.options,
                given: node.options,
                fields: workspace.fieldsInto(id),
                problems,
                set: (option, value) => workspace.do(setOption(workspace.document!, id, option, value)),
              })}
            </div>`
      }
      ${this.#figures(id)} ${this.#wires(document, id, face)} ${this.#help(face)}
    </aside>`
  }

  #title(document: FlowDocument, id: string, face: NodeFace): TemplateResult {
    return html`<div class="opt">
      <label for="node-title">Title</label>
      <span class="field"
        ><input
          id="node-title"
          type="text"
          maxlength="64"
          autocomplete="off"
          placeholder=${face.type?.title ?? ''}
          .value=${live(document.nodes[id]!.title ?? '')}
          @input=${(event: Event) => this.workspace.do(setNodeTitle(document, id, typed(event).trimStart()))}
      /></span>
    </div>`
  }

  #id(document: FlowDocument, id: string): TemplateResult {
    const mistake = this.#renaming?.node === id ? this.#renaming.mistake : undefined
    const rename = (event: Event): void => {
      const wanted = typed(event).trim()
      const wrong = idMistake(document, id, wanted)
      this.#renaming = wrong === undefined ? undefined : { node: id, mistake: wrong }
      if (wrong === undefined && wanted !== id) {
        this.workspace.inspected = { node: wanted }
        this.workspace.do(renameNode(document, id, wanted))
        this.workspace.open?.draft.select({ nodes: new Set([wanted]) })
      }
      this.requestUpdate()
    }
    return html`<div class="opt">
      <label for="node-id">Id</label>
      <span class="field mono ${mistake === undefined ? '' : 'wrong'}"
        ><input id="node-id" type="text" autocomplete="off" spellcheck="false" .value=${live(id)} @change=${rename}
      /></span>
      <span class="says ${mistake === undefined ? '' : 'bad'}">${mistake ?? 'Its name on wires and in the fields it adds.'}</span>
    </div>`
  }

  #figures(id: string): TemplateResult | typeof nothing {
    const { history, deployed, sensor } = this.workspace
    const last = history.frames.at(-1)
    if (deployed === undefined || last === undefined || !Object.hasOwn(last.nodes, id)) return nothing
    const figure = (name: 'in' | 'out' | 'filtered' | 'rejected' | 'errors', tone = '') => {
      const count = ofNode(id, name)(last)
      return html`<div><dt>${name}</dt><dd class=${count > 0 ? tone : ''}>${shortNumber(count)}</dd></div>`
    }
    const reasons = Object.entries(last.nodes[id]?.reasons ?? {})
    const cpu = Object.hasOwn(last.node_cpu_s, id) ? rateOf(history, (frame) => frame.node_cpu_s[id] ?? 0) : undefined
    return html`<div class="sec">
      <h2>Since it started<span class="r">${sensor}, r${deployed.revision}</span></h2>
      <dl class="figures">${figure('in')}${figure('out')}${figure('filtered')}${figure('rejected', 'hot')}${figure('errors', 'bad')}</dl>
      <div class="row small">
        ${spark(steps(history, ofNode(id, 'out')), 88, 18)}
        ${cpu === undefined ? nothing : html`<span class="faint"><span class="mono ink">${share(Math.max(0, cpu))}</span> of a core</span>`}
      </div>
      ${
        reasons.length === 0
          ? nothing
          : html`<ul class="wirelist">${reasons.map(([reason, count]) => html`<li><span class="cut">${reason}</span><span class="num">${shortNumber(count)}</span></li>`)}</ul>`
      }
    </div>`
  }

  /** Wires as a list: the keyboard's way to join and part nodes. */
  #wires(document: FlowDocument, id: string, face: NodeFace): TemplateResult {
    const { workspace } = this
    const touching = document.wires.filter((wire) => {
      const ends = parseWire(wire)
      return ends?.from === id || ends?.to === id
    })
    const targets = [...face.outlets, ...(face.offersRejected ? ['rejected'] : [])].flatMap((outlet) =>
      Object.keys(document.nodes)
        .map((to) => ({ from: id, outlet, to, inlet: 'in' }))
        .filter(
          (ends) =>
            workspace.catalogue.get(document.nodes[ends.to]!.type)?.shape !== 'source' &&
            wireMistake(document, ends) === undefined,
        ),
    )
    const join = (event: Event): void => {
      const ends = targets[Number(typed(event))]
      ;(event.currentTarget as HTMLSelectElement).value = ''
      if (ends !== undefined) workspace.do(addWire(document, ends))
    }
    return html`<div class="sec">
      <h2>Wires</h2>
      <ul class="wirelist">
        ${touching.map((wire) => {
          const runs = workspace.deployed?.flow.wires.includes(wire) === true
          const rate = runs ? rateOf(workspace.history, ofWire(wire)) : undefined
          const short = rate === undefined ? undefined : shortRate(rate)
          return html`<li>
            <button class="cut" title="Show its records" @click=${() => workspace.openTap(wire)}>${wire}</button>
            <span class="num">${short === undefined ? '' : `${short.figure}${short.unit}`}</span>
            <button class="btn ghost little sq" aria-label="Remove wire ${wire}" title="Remove this wire" @click=${() => workspace.do(removeSelected(document, { ...NOTHING_SELECTED, wires: new Set([wire]) }))}>
              ${icon('x', 'xs')}
            </button>
          </li>`
        })}
      </ul>
      ${
        targets.length === 0
          ? nothing
          : html`<span class="field"
            ><select aria-label="Add a wire to" .value=${live('')} @change=${join}>
              <option value="">Add a wire to</option>
              ${targets.map((ends, i) => html`<option value=${i}>${ends.outlet === 'out' ? '' : `${ends.outlet} to `}${ends.to}</option>`)}</select
            >${icon('chevron-down', 'xs')}</span
          >`
      }
    </div>`
  }

  #help({ type }: NodeFace): TemplateResult | typeof nothing {
    if (type === undefined) return nothing
    return html`<div class="sec">
      <h2>${type.title}<span class="r mono">${type.type}</span></h2>
      ${paragraphs(type.help)}
    </div>`
  }

  /* ---- the flow ---- */

  #flow(document: FlowDocument): TemplateResult {
    const { workspace } = this
    return html`<aside class="inspector" aria-label="The flow">
      <header>${icon('workflow')}<b>Flow</b><span class="mono faint cut">${document.name}</span><span class="grow"></span>${this.#close()}</header>
      <div class="sec opts">
        <div class="opt">
          <label for="flow-title">Title</label>
          <span class="field"
            ><input id="flow-title" type="text" maxlength="120" autocomplete="off" placeholder=${document.name} .value=${live(document.title ?? '')} @input=${(event: Event) => workspace.do(setFlowTitle(document, typed(event).trimStart()))}
          /></span>
        </div>
        <div class="opt wide">
          <label for="flow-description">Description</label>
          <span class="field tall"
            ><textarea id="flow-description" .value=${live(document.description ?? '')} @input=${(event: Event) => workspace.do(setFlowDescription(document, typed(event)))}></textarea
          ></span>
        </div>
      </div>
      <div class="sec">
        <h2>Parameters<span class="r">${workspace.sensor === undefined ? '' : `values on ${workspace.sensor}`}</span></h2>
        <div class="opts">${Object.entries(document.parameters).map(([name, parameter]) => this.#parameter(name, parameter))}</div>
        ${this.#newParameter(document)}
      </div>
      <div class="sec">
        <h2>Saved</h2>
        <p class="help">
          ${workspace.open?.revision === 0 ? 'Only in this browser so far. Deploy saves it in the studio.' : `Based on r${workspace.open?.revision}.`}
          ${workspace.isSaved ? 'Nothing to save.' : 'The draft is kept in this browser until it is deployed.'}
        </p>
      </div>
    </aside>`
  }

  #parameter(name: string, parameter: FlowParameter): TemplateResult {
    const { workspace } = this
    const value = workspace.parameters[name]
    const set = (event: Event): void => workspace.setParameter(name, readValue(parameter.type, typed(event)))
    const setDefault = (event: Event): void => {
      const { default: _, ...rest } = parameter
      const given = readValue(parameter.type, typed(event))
      workspace.do(setParameter(workspace.document!, name, given === undefined ? rest : { ...rest, default: given }))
    }
    return html`<div class="opt" data-parameter=${name}>
      <span class="name mono" title=${parameter.help ?? ''}>${name}</span>
      <span class="field mono"
        ><input type="text" aria-label="Value of ${name} at the next deployment" autocomplete="off" placeholder=${String(parameter.default ?? 'no value')} .value=${live(String(value ?? ''))} @change=${set}
      /></span>
      <span class="says">${parameter.type}${parameter.help === undefined ? '' : `, ${parameter.help}`}</span>
      <span class="name small">default</span>
      <span class="field mono"
        ><input type="text" aria-label="Default of ${name}" autocomplete="off" .value=${live(String(parameter.default ?? ''))} @change=${setDefault}
      /></span>
      <button class="link small remove" aria-label="Remove parameter ${name}" @click=${() => workspace.do(setParameter(workspace.document!, name, undefined))}>Remove</button>
    </div>`
  }

  #newParameter(document: FlowDocument): TemplateResult {
    const add = (event: SubmitEvent): void => {
      event.preventDefault()
      const form = event.currentTarget as HTMLFormElement
      const data = new FormData(form)
      const name = String(data.get('name')).trim()
      const type = PARAMETER_TYPES.find((one) => one === data.get('type')) ?? 'string'
      this.workspace.do(setParameter(document, name, { type }))
      form.reset()
    }
    // The browser says it at the field, and does not submit.
    const judge = (event: Event): void => {
      const name = typed(event).trim()
      const isTaken = Object.hasOwn(document.parameters, name)
      const fits = name === '' || /^[a-z][a-z0-9_-]*$/.test(name)
      const mistake = isTaken
        ? `There is a parameter '${name}' already.`
        : fits
          ? ''
          : 'Use small letters, digits, - and _; begin with a letter.'
      ;(event.currentTarget as HTMLInputElement).setCustomValidity(mistake)
    }
    return html`<form class="row" @submit=${add}>
      <span class="field mono grow"
        ><input name="name" type="text" aria-label="Name of a new parameter" placeholder="new parameter" autocomplete="off" required @input=${judge}
      /></span>
      <span class="field"
        ><select name="type" aria-label="Type of the new parameter">${PARAMETER_TYPES.map((type) => html`<option>${type}</option>`)}</select
        >${icon('chevron-down', 'xs')}</span
      >
      <button class="btn little sq" aria-label="Add the parameter">${icon('plus', 's')}</button>
    </form>`
  }
}

/** What was typed, as a value of the type; undefined for nothing. Text that is no number stays text: the check says so. */
function readValue(type: ParameterType, text: string): string | number | boolean | undefined {
  if (text === '') return undefined
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if ((type === 'integer' || type === 'number') && Number.isFinite(Number(text))) return Number(text)
  return text
}

customElements.define('flow-inspector', Inspector)
