/** The canvas with what stands over it: the flow's title and state, results, zoom, the field that adds at the pointer. */

import { html, nothing, type TemplateResult } from 'lit'
import { parseWire } from '../../flows/format/wire.ts'
import { FlowCanvas } from '../canvas/flow-canvas.ts'
import { addWire, GRID, moveNodes, type Point, wireMistake } from '../document/edits.ts'
import { placesOf } from '../document/layout.ts'
import { faceOf } from '../document/ports.ts'
import { icon } from '../icon.ts'
import { Panel } from './panel.ts'
import './quick-add.ts'

interface Adding {
  readonly at: Point
  readonly screen: { readonly x: number; readonly y: number }
  readonly from: { readonly node: string; readonly outlet: string } | undefined
}

export class Stage extends Panel {
  #canvas: FlowCanvas | undefined
  #zoom = 1
  #adding: Adding | undefined
  #pointer = { x: 0, y: 0 }
  #fitted: string | undefined
  readonly #stop = new AbortController()

  override render() {
    const { workspace } = this
    const isEmpty = workspace.document !== undefined && Object.keys(workspace.document.nodes).length === 0
    return html`<main class="canvas" aria-label="Flow">
      <div class="plane" @pointermove=${(event: PointerEvent) => {
        this.#pointer = { x: event.clientX, y: event.clientY }
      }}></div>
      ${isEmpty ? this.#empty() : nothing}
      <div class="over title">${this.#title()}</div>
      <div class="over zoom">
        <div class="pod">
          <button class="btn ghost little sq" aria-label="Zoom out" title="Zoom out" @click=${() => this.#canvas?.zoomBy(1 / 1.25)}>
            ${icon('minus', 's')}
          </button>
          <span class="mono dim">${Math.round(this.#zoom * 100)} %</span>
          <button class="btn ghost little sq" aria-label="Zoom in" title="Zoom in" @click=${() => this.#canvas?.zoomBy(1.25)}>
            ${icon('plus', 's')}
          </button>
          <button class="btn ghost little sq" aria-label="Fit the flow" title="Fit the flow (1)" @click=${() => this.fit()}>
            ${icon('maximize', 's')}
          </button>
        </div>
      </div>
      ${this.#quickAdd()}
    </main>`
  }

  #title(): TemplateResult {
    const { workspace } = this
    const { document } = workspace
    // "r3 runs" is told until it doesn't.
    const notice = workspace.notice?.tone === 'good' && workspace.ending !== undefined ? undefined : workspace.notice
    if (document === undefined) return html``
    return html`<span class="says">
      <h1>
        <button title="Title, description and parameters" @click=${() => workspace.inspect('flow')}>
          ${document.title ?? document.name}
        </button>
      </h1>
      ${notice?.tone === 'good' ? nothing : html`<span class="faint">${this.#state()}</span>`}
      <span class="notice">
        <span role="status" class=${notice?.tone ?? 'plain'}>${notice?.text}</span>
        ${
          notice?.conflict === undefined
            ? nothing
            : html`<button class="link" @click=${() => workspace.settle(true)}>Take theirs</button>
              <button class="link" @click=${() => workspace.settle(false)}>Save over it</button>`
        }
        ${
          notice === undefined
            ? nothing
            : html`<button aria-label="Dismiss" title="Dismiss" class="faint dismiss" @click=${() => workspace.dismissNotice()}>${icon('x', 'xs')}</button>`
        }
      </span>
    </span>`
  }

  /** What runs here, and how the drawing differs: `r41 runs here, 2 nodes changed since`. */
  #state(): string {
    const { workspace } = this
    const { deployed, status, sensor, difference } = workspace
    if (sensor === undefined) return 'no sensor'
    if (deployed === undefined) return `does not run on ${sensor}`
    const states: Readonly<Record<string, string>> = { running: 'runs here', preparing: 'is being prepared' }
    const state = status === undefined ? 'runs here' : (states[status.state] ?? `${status.state} here`)
    const fault = status?.fault === undefined ? '' : `: ${status.fault.message}`
    const nodes = difference.added.size + difference.changed.size + difference.removed.size
    const others = workspace.changes - nodes
    const since =
      nodes > 0
        ? `, ${counted(nodes, 'node')} changed since`
        : others > 0
          ? `, ${counted(others, 'wire or parameter', 'wires or parameters')} changed since`
          : ''
    return `r${deployed.revision} ${state}${fault}${since}`
  }

  #empty(): TemplateResult {
    return html`<div class="empty">
      <p>An empty flow. <button class="btn" @click=${() => this.addAtPointer(true)}>Add a source</button></p>
      <p class="faint small"><kbd>Space</kbd> adds at the pointer, <kbd>/</kbd> searches the types.</p>
    </div>`
  }

  #quickAdd(): TemplateResult | typeof nothing {
    const adding = this.#adding
    if (adding === undefined) return nothing
    return html`<quick-add
      .catalogue=${this.workspace.catalogue}
      .isAfter=${adding.from === undefined ? undefined : `${adding.from.node}.${adding.from.outlet}`}
      .place=${adding.screen}
      @choose=${(event: CustomEvent<string>) => {
        this.#endAdding()
        this.#place(event.detail, adding.at, adding.from)
      }}
      @close=${() => this.#endAdding()}
    ></quick-add>`
  }

  #endAdding(): void {
    this.#adding = undefined
    this.requestUpdate()
  }

  override firstUpdated(): void {
    const { workspace } = this
    this.#canvas = new FlowCanvas(this.querySelector<HTMLElement>('.plane')!, {
      onSelect: (selection) => workspace.open?.draft.select(selection),
      onMove: (places) => workspace.document && workspace.do(moveNodes(workspace.document, places)),
      onWire: (ends) => workspace.document && workspace.do(addWire(workspace.document, ends)),
      onWireIntoVoid: (from, at, screen) => this.#beginAdding({ at, screen, from }),
      onWireOpen: (wire) => workspace.openTap(wire),
      onNodeOpen: (node) => workspace.inspect({ node }),
      onVoidDoubleClick: (at, screen) => this.#beginAdding({ at, screen, from: undefined }),
      onZoom: (k) => {
        if (k === this.#zoom) return
        this.#zoom = k
        this.requestUpdate()
      },
      refuses: (ends) => (workspace.document === undefined ? undefined : wireMistake(workspace.document, ends)),
    })
    addEventListener('themechange', () => this.#canvas?.themeChanged(), { signal: this.#stop.signal })
    this.#paint()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#stop.abort()
    this.#canvas?.destroy()
  }

  protected override workspaceChanged(): void {
    super.workspaceChanged()
    this.#paint()
  }

  #paint(): void {
    const { workspace } = this
    const { document, open } = workspace
    if (document === undefined || open === undefined || this.#canvas === undefined) return
    const { selection } = open.draft
    const shown = typeof workspace.inspected === 'object' ? workspace.inspected.node : undefined
    const places = placesOf(document)
    // Tab goes as the records do: from left to right.
    const ids = Object.keys(document.nodes).sort((a, b) => order(places.get(a)!, places.get(b)!))
    const begin = (wire: string): Point => places.get(parseWire(wire)?.from ?? '') ?? [0, 0]
    this.#canvas.show({
      faces: new Map(
        ids.map((id) => [id, faceOf(workspace.catalogue, document, id, selection.nodes.has(id) || shown === id)]),
      ),
      places,
      wires: document.wires.toSorted((a, b) => order(begin(a), begin(b))),
      marks: workspace.marks,
      selection,
      shown,
      tapped: workspace.tap?.wire,
    })
    if (this.#fitted !== document.name && ids.length > 0) {
      this.#fitted = document.name
      this.#canvas.fit()
    } else if (ids.length === 0) this.#fitted = document.name
  }

  #beginAdding(adding: Adding): void {
    this.#adding = adding
    this.requestUpdate()
  }

  #place(type: string, at: Point, from: Adding['from']): void {
    // The pointer is at the middle of the left edge, where a wire comes in.
    const id = this.workspace.add(type, [at[0], at[1] - 1.5 * GRID], from)
    if (id === undefined) return
    this.workspace.inspect({ node: id })
    requestAnimationFrame(() => this.#canvas?.focusNode(id))
  }

  /* ---- what the app's keys and the palette ask for ---- */

  fit(): void {
    this.#canvas?.fit()
  }
  zoomBy(factor: number): void {
    this.#canvas?.zoomBy(factor)
  }
  reveal(node: string): void {
    this.#canvas?.focusNode(node)
  }
  revealWire(wire: string): void {
    this.#canvas?.focusWire(wire)
  }

  /** Opens the field that adds, at the pointer or in the middle; after the focused node where one has the focus. */
  addAtPointer(isCentred = false): void {
    const frame = this.querySelector('.plane')!.getBoundingClientRect()
    const { x, y } = this.#pointer
    const isOver = x > frame.left && x < frame.right && y > frame.top && y < frame.bottom
    const screen =
      isOver && !isCentred ? this.#pointer : { x: frame.left + frame.width / 2 - 120, y: frame.top + frame.height / 3 }
    const at = this.#canvas!.toCanvas(screen)
    const focused = document.activeElement?.closest('[data-node]')?.getAttribute('data-node')
    const from = focused === null || focused === undefined ? undefined : this.#after(focused)
    if (from === undefined) this.#beginAdding({ at, screen, from })
    else this.#beginAdding({ at: from.at, screen, from: { node: from.node, outlet: from.outlet } })
  }

  /** The outlet new nodes are wired to, and a free place to the right of a node. */
  #after(node: string): { node: string; outlet: string; at: Point } | undefined {
    const { workspace } = this
    const drawn = workspace.document!
    const outlet = faceOf(workspace.catalogue, drawn, node, false).outlets[0]
    if (outlet === undefined) return undefined
    const [x, y] = placesOf(drawn).get(node)!
    return { node, outlet, at: this.#free([x + 14 * GRID, y + 1.5 * GRID]) }
  }

  #free([x, y]: Point): Point {
    const taken = [...placesOf(this.workspace.document!).values()]
    let free = y
    while (taken.some(([tx, ty]) => Math.abs(tx - x) < 10 * GRID && Math.abs(ty + 1.5 * GRID - free) < 4 * GRID))
      free += 5 * GRID
    return [x, free]
  }

  /** Adds a type at a place of the window; without one after the selected node, or in the middle of what is seen. */
  addType(type: string, screen: { readonly x: number; readonly y: number } | undefined): void {
    const { workspace } = this
    if (workspace.open === undefined) return
    if (screen !== undefined) {
      this.#place(type, this.#canvas!.toCanvas(screen), undefined)
      return
    }
    const selected = [...workspace.open.draft.selection.nodes]
    const from = selected.length === 1 ? this.#after(selected[0]!) : undefined
    if (from !== undefined && workspace.catalogue.get(type)?.shape !== 'source') {
      this.#place(type, from.at, { node: from.node, outlet: from.outlet })
      return
    }
    const frame = this.querySelector('.plane')!.getBoundingClientRect()
    const middle = this.#canvas!.toCanvas({ x: frame.left + frame.width / 2 - 60, y: frame.top + frame.height / 2 })
    this.#place(type, this.#free(middle), undefined)
  }
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function order([ax, ay]: Point, [bx, by]: Point): number {
  return ax - bx || ay - by
}

customElements.define('flow-stage', Stage)
