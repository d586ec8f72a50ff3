/** The drawer of a wire: its figures and its newest records. One click on a wire opens it, Esc closes it. */

import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { WireField } from '../../flows/compile/wire-fields.ts'
import { parseWire } from '../../flows/format/wire.ts'
import { type Stage, stageOf } from '../../nodes/contract/node.ts'
import type { Sample } from '../../runtime/protocol/messages.ts'
import { icon } from '../icon.ts'
import { ofWire, rateOf, steps } from '../live/history.ts'
import { fullNumber, share, shortNumber, shortRate } from '../live/numbers.ts'
import type { Tap } from '../workspace.ts'
import { menu } from './menu.ts'
import { Panel, typed } from './panel.ts'
import { type Column, type ColumnGroup, cellText, columnGroups, columnShape, fits, valueAtPath } from './records.ts'
import { resizeGrip } from './resize.ts'
import { bars, spark } from './spark.ts'

const ROWS_SHOWN = 100

export class Drawer extends Panel {
  #query = ''
  #pinned: Sample | undefined
  #shown: string | undefined
  #choice = new Map<string, boolean>()

  override render() {
    const { tap } = this.workspace
    if (tap === undefined) return nothing
    if (this.#shown !== tap.wire) {
      this.#shown = tap.wire
      this.#pinned = undefined
      this.#query = ''
    }
    const ends = parseWire(tap.wire)
    const name = ends === undefined ? tap.wire : `Wire ${ends.from} to ${ends.to}`
    return html`<section class="drawer" aria-label=${name}>${resizeGrip(this.workspace)} ${this.#head(tap)} ${this.#body(tap)}</section>`
  }

  #stageOf(id: string): Stage | '' {
    const type = this.workspace.document?.nodes[id]?.type
    return type === undefined ? '' : stageOf(type)
  }

  #head(tap: Tap): TemplateResult {
    const { workspace } = this
    const { history } = workspace
    const ends = parseWire(tap.wire)
    const last = history.frames.at(-1)
    const runs = workspace.deployed?.flow.wires.includes(tap.wire) === true
    const rate = runs ? rateOf(history, ofWire(tap.wire)) : undefined
    const queue = ends === undefined || last === undefined ? undefined : last.queues[ends.to]
    const shown = tap.samples.filter(({ record }) => fits(record, this.#query)).length
    const short = rate === undefined ? undefined : shortRate(rate)
    return html`<header>
      <b
        ><span class="hue ${this.#stageOf(ends?.from ?? '')}">${ends?.from ?? tap.wire}</span>${
          ends !== undefined && ends.outlet !== 'out' ? html`<span class="faint small">${ends.outlet}</span>` : nothing
        }<span class="you">${icon('arrow-right', 's')}</span
        ><span class="hue ${this.#stageOf(ends?.to ?? '')}">${ends?.to ?? ''}</span></b
      >
      ${
        short === undefined
          ? nothing
          : html`<span class="stat live">${spark(steps(history, ofWire(tap.wire)), 64, 18)}<b>${rate! >= 1 ? fullNumber(Math.round(rate!)) : short.figure}</b><span>${rate! >= 1 ? '/s' : short.unit}</span></span>`
      }
      ${
        runs && last !== undefined
          ? html`<span class="stat"><b>${shortNumber(ofWire(tap.wire)(last))}</b><span>since r${workspace.deployed?.revision}</span></span>
            ${queue === undefined ? nothing : html`<span class="stat"><b>${share(queue.records / queue.bound)}</b><span>queue</span></span>`}`
          : nothing
      }
      <span class="grow"></span>
      ${
        tap.samples.length === 0
          ? nothing
          : html`<span class="faint small"><span class="mono">${shown}</span> of last <span class="mono">${tap.samples.length}</span></span>`
      }
      <label class="field mono"
        >${icon('funnel', 'xs')}<input
          type="search"
          aria-label="Filter the records"
          placeholder="text, or field > 1"
          autocomplete="off"
          spellcheck="false"
          .value=${live(this.#query)}
          @input=${(event: Event) => {
            this.#query = typed(event)
            this.requestUpdate()
          }}
      /></label>
      <span class="row tight">
        <button
          class="btn ghost little sq ${tap.isPaused ? 'on' : ''}"
          aria-label=${tap.isPaused ? 'Go on' : 'Pause'}
          title=${tap.isPaused ? 'Go on' : 'Pause'}
          @click=${() => workspace.pauseTap(!tap.isPaused)}
        >
          ${icon(tap.isPaused ? 'play' : 'pause', 's')}
        </button>
        <button class="btn ghost little sq" aria-label="Columns" title="Columns" popovertarget="menu-columns">
          ${icon('columns-3', 's')}
        </button>
        ${menu('menu-columns', 'Columns', this.#columns(tap))}
        <button class="btn ghost little sq" aria-label="Close" title="Close (Esc)" @click=${() => workspace.untap()}>${icon('x', 's')}</button>
      </span>
    </header>`
  }

  #fieldsOf(tap: Tap): readonly WireField[] {
    const { wireFields } = this.workspace
    return Object.hasOwn(wireFields, tap.wire) ? wireFields[tap.wire]!.fields : []
  }

  /** Which fields are columns; a choice holds until the page is left. */
  #columns(tap: Tap): TemplateResult {
    const groups = columnGroups(this.#fieldsOf(tap), tap.samples, parseWire(tap.wire)?.from, this.#choice)
    const toggle = (event: Event, path: string, isShown: boolean): void => {
      event.stopPropagation()
      this.#choice.set(path, !isShown)
      this.requestUpdate()
    }
    return html`${groups.map(({ origin, columns, present }) => {
      const shown = new Set(columns.map(({ path }) => path))
      return html`<h2>${origin ?? 'of the record'}</h2>
        ${present.map((path) => {
          const isShown = shown.has(path)
          return html`<button class="mono" aria-pressed=${isShown} @click=${(event: Event) => toggle(event, path, isShown)}>
            ${path}${isShown ? html`<span class="r">${icon('check', 'xs')}</span>` : nothing}
          </button>`
        })}`
    })}`
  }

  #body(tap: Tap): TemplateResult {
    if (tap.refusal !== undefined) return html`<p class="says">${tap.refusal}</p>`
    if (tap.samples.length === 0) return html`<p class="says">No record has passed since the drawer was opened.</p>`
    const fitting = tap.samples.filter(({ record }) => fits(record, this.#query))
    const samples = fitting.slice(0, ROWS_SHOWN)
    const ends = parseWire(tap.wire)
    const fields = this.#fieldsOf(tap)
    const all = columnGroups(fields, tap.samples, ends?.from, this.#choice)
    const groups = all.filter((group) => group.columns.length > 0)
    return html`<div class="split">
      <div class="table" role="region" tabindex="0" aria-label="Records">
      <table class="grid">
        <thead>
          <tr class="g">${groups.map((group, i) => this.#groupHead(group, i, ends?.from))}</tr>
          <tr class="h">
            ${groups.map((group, i) => group.columns.map((column, j) => this.#columnHead(column, group, i > 0 && j === 0, fitting)))}
          </tr>
        </thead>
        <tbody>${samples.map((sample) => this.#row(sample, groups, ends?.from))}</tbody>
      </table>
      ${samples.length === 0 ? html`<p class="says">None of the last ${tap.samples.length} records fits.</p>` : nothing}
      </div>
      ${this.#whole()}
    </div>`
  }

  /** The pinned record with all its fields, beside the table. */
  #whole(): TemplateResult | typeof nothing {
    if (this.#pinned === undefined) return nothing
    const close = (): void => {
      this.#pinned = undefined
      this.requestUpdate()
    }
    return html`<section class="whole" aria-label="The whole record">
      <header>
        <b>Record</b><span class="mono faint">${this.#pinned.sequence}</span><span class="grow"></span>
        <button class="btn ghost little sq" aria-label="Close the record" title="Close the record" @click=${close}>${icon('x', 's')}</button>
      </header>
      <pre tabindex="0">${JSON.stringify(this.#pinned.record, undefined, 2)}</pre>
    </section>`
  }

  #groupHead(group: ColumnGroup, index: number, upstream: string | undefined): TemplateResult {
    const { workspace } = this
    const added = group.origin !== undefined && group.origin === upstream
    const stage = group.origin === undefined ? 'capture' : this.#stageOf(group.origin)
    const sources = Object.keys(workspace.document?.nodes ?? {}).filter((id) => this.#stageOf(id) === 'capture')
    const title = group.origin ?? sources.join(', ')
    const hidden = group.fields > group.columns.length ? `, ${group.columns.length} shown` : ''
    const note = added
      ? `+${group.fields} added here`
      : `${group.fields} ${group.fields === 1 ? 'field' : 'fields'}${hidden}`
    return html`<th class="${stage} ${added ? 'new' : ''} ${index > 0 ? 'cutg' : ''}" colspan=${group.columns.length}>${title} <span>${note}</span></th>`
  }

  /** Name, kind and spread of a column's values among the records at hand. */
  #columnHead(column: Column, group: ColumnGroup, isFirst: boolean, samples: readonly Sample[]): TemplateResult {
    const stage = group.origin === undefined ? 'capture' : this.#stageOf(group.origin)
    const { bars: heights, distinct } = columnShape(samples, column)
    const note = column.isNumber ? column.note : `${column.note}${column.note === '' ? '' : ', '}${distinct} distinct`
    return html`<th class="${column.isNumber ? 'r' : ''} ${isFirst ? 'cutg' : ''} ${stage}" title=${column.path}>
      ${bars(heights)}${column.title}<small>${note}</small>
    </th>`
  }

  #row(sample: Sample, groups: readonly ColumnGroup[], upstream: string | undefined): TemplateResult {
    const isPinned = this.#pinned?.sequence === sample.sequence
    const pin = (): void => {
      this.#pinned = isPinned ? undefined : sample
      this.requestUpdate()
    }
    const cell = (column: Column, group: ColumnGroup, isFirst: boolean) => {
      const isNew = group.origin !== undefined && group.origin === upstream
      const stage = isNew ? this.#stageOf(group.origin!) : ''
      const classes = [
        column.isNumber ? 'r' : '',
        isFirst ? 'cutg' : '',
        isNew ? `new ${stage}` : '',
        column.path === 'timestamp' ? 'time' : '',
      ]
      const text = cellText(valueAtPath(sample.record, column.path), column)
      return html`<td class=${classes.join(' ')} title=${text.length > 40 ? text : nothing}>${text}</td>`
    }
    return html`<tr
      data-record=${sample.sequence}
      class=${isPinned ? 'pin' : ''}
      tabindex="0"
      @click=${pin}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== 'Enter') return
        pin()
        event.preventDefault()
      }}
    >
      ${groups.map((group, i) => group.columns.map((column, j) => cell(column, group, i > 0 && j === 0)))}
    </tr>`
  }
}

customElements.define('flow-drawer', Drawer)
