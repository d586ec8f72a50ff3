/**
 * The canvas: rete moves and joins, Lit draws nodes, one overlay draws wires. It shows what it is given and tells what
 * the person did; it never changes a flow.
 */

import { type LitArea2D, LitPlugin } from '@retejs/lit-plugin'
import { html } from 'lit'
import { NodeEditor } from 'rete'
import { AreaPlugin, Drag } from 'rete-area-plugin'
import { BidirectFlow, ConnectionPlugin, getSourceTarget, type SocketData } from 'rete-connection-plugin'
import { parseWire, type WireEnds } from '../../flows/format/wire.ts'
import { type Point, type Selection, snap } from '../document/edits.ts'
import type { NodeFace } from '../document/ports.ts'
import type { Marks, WireMark } from '../live/marks.ts'
import { type BeadLine, Beads } from './beads.ts'
import {
  type Box,
  bounds,
  type Curve,
  labelPlace,
  laneOffset,
  nodeSize,
  outletY,
  overlaps,
  portHeight,
  portsOf,
  wireCurve,
  type XY,
} from './geometry.ts'
import './node-element.ts'
import { CanvasNode, type CanvasScheme, CanvasWire, type PortShape } from './scheme.ts'
import { WireOverlay, type WireShape } from './wire-overlay.ts'

export interface Picture {
  readonly faces: ReadonlyMap<string, NodeFace>
  readonly places: ReadonlyMap<string, Point>
  readonly wires: readonly string[]
  readonly marks: Marks
  readonly selection: Selection
  /** The node whose options are shown. */
  readonly shown: string | undefined
  /** The wire whose drawer is open. */
  readonly tapped: string | undefined
}

/** What the person did. Points are canvas pixels; `screen` ones are of the window. */
export interface CanvasListener {
  onSelect(selection: Selection): void
  onMove(places: ReadonlyMap<string, Point>): void
  onWire(ends: WireEnds): void
  /** A wire was let go over nothing: what comes next? */
  onWireIntoVoid(from: { readonly node: string; readonly outlet: string }, at: Point, screen: XY): void
  onWireOpen(wire: string): void
  onNodeOpen(id: string): void
  onVoidDoubleClick(at: Point, screen: XY): void
  onZoom(k: number): void
  /** Why two ports don't fit, or undefined. */
  refuses(ends: WireEnds): string | undefined
}

const LEAST_ZOOM = 0.2
const MOST_ZOOM = 2
/** A pointer that moved less between down and up has clicked. */
const CLICK_PX = 4
/** Around a fitted flow; the title stands above it. */
const MARGIN = 24
const MARGIN_TOP = 52

interface WireGeometry {
  readonly mark: WireMark
  readonly curve: Curve
}

type Signals = LitArea2D<CanvasScheme>
type Area = AreaPlugin<CanvasScheme, Signals>

export class FlowCanvas {
  readonly #container: HTMLElement
  readonly #listener: CanvasListener
  readonly #editor = new NodeEditor<CanvasScheme>()
  readonly #area: Area
  readonly #overlay = new WireOverlay()
  readonly #beads: Beads
  readonly #tether = document.createElement('i')
  readonly #band = document.createElement('i')
  readonly #measure = document.createElement('canvas').getContext('2d')!
  readonly #titleWidths = new Map<string, number>()
  readonly #stop = new AbortController()
  #picture: Picture | undefined
  #curves = new Map<string, WireGeometry>()
  #isProjecting = false
  #isStale = false
  #isFitWanted = false
  #isFitted = false
  #window = { width: innerWidth, height: innerHeight }
  #drag: { readonly id: string; readonly starts: ReadonlyMap<string, Point>; hasMoved: boolean } | undefined
  #down: { readonly x: number; readonly y: number; readonly isExtending: boolean } | undefined
  #pick: SocketData | undefined

  constructor(container: HTMLElement, listener: CanvasListener) {
    this.#container = container
    this.#listener = listener
    const bitmap = document.createElement('canvas')
    bitmap.className = 'beads'
    bitmap.setAttribute('aria-hidden', 'true')
    container.append(this.#overlay.svg, bitmap, this.#overlay.upper)
    this.#area = new AreaPlugin<CanvasScheme, Signals>(container)
    this.#tether.className = 'tether'
    this.#tether.hidden = true
    this.#band.className = 'band'
    this.#band.hidden = true
    container.append(this.#tether, this.#band)
    this.#beads = new Beads(bitmap)
    this.#setUp()
    this.#listen()
  }

  destroy(): void {
    this.#stop.abort()
    this.#beads.destroy()
    this.#area.destroy()
  }

  /** Colours of what is drawn on the bitmap follow the theme only when told. */
  themeChanged(): void {
    this.#beads.readColours()
  }

  #setUp(): void {
    const renderer = new LitPlugin<CanvasScheme, Signals>()
    renderer.addPreset<Signals>({
      update: (context) => (context.data.type === 'node' ? { data: context.data.payload } : undefined),
      render: (context, plugin) => {
        if (context.data.type !== 'node') return undefined
        const emit = (signal: unknown) => void plugin.parentScope().emit(signal as never)
        return html`<flow-node .data=${context.data.payload} .emit=${emit}></flow-node>`
      },
    })
    const connection = new ConnectionPlugin<CanvasScheme, Signals>()
    connection.addPreset(
      () =>
        new BidirectFlow({
          makeConnection: (from, to) => {
            const ends = this.#endsOf(from, to)
            if (ends === undefined || this.#listener.refuses(ends) !== undefined) return false
            this.#listener.onWire(ends)
            return true
          },
        }),
    )
    connection.addPipe((signal) => {
      if (signal.type === 'connectionpick') this.#beginWire(signal.data.socket)
      if (signal.type === 'connectiondrop') this.#endWire(signal.data.initial, signal.data.socket, signal.data.created)
      return signal
    })
    this.#editor.use(this.#area)
    this.#area.use(renderer)
    this.#area.use(connection)
    this.#area.addPipe((signal) => {
      switch (signal.type) {
        case 'render':
          if (signal.data.type !== 'connection') return signal
          if (signal.data.payload.isPseudo) this.#pend(signal.data.end ?? signal.data.start)
          // Wires are the overlay's: nothing else may draw them.
          return undefined
        case 'zoom': {
          if (signal.data.source === 'dblclick') return undefined
          const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, signal.data.zoom))
          return zoom === signal.data.previous.k ? undefined : { ...signal, data: { ...signal.data, zoom } }
        }
        case 'zoomed':
        case 'translated':
          this.#isFitted = false
          this.#viewChanged()
          return signal
        case 'nodepicked':
          this.#pickNode(signal.data.id)
          return signal
        case 'nodetranslate': {
          const [x, y] = snap([signal.data.position.x, signal.data.position.y])
          return this.#drag === undefined ? signal : { ...signal, data: { ...signal.data, position: { x, y } } }
        }
        case 'nodetranslated':
          this.#nodeMoved(signal.data.id)
          return signal
        case 'nodedragged':
          this.#dropNodes()
          return signal
        default:
          return signal
      }
    })
    // Shift with the left button draws a frame; everything else moves the view.
    this.#area.area.setDragHandler(
      new Drag({
        down: (event) => event.button === 1 || (event.button === 0 && !event.shiftKey),
        move: () => this.#pick === undefined,
      }),
    )
  }

  #listen(): void {
    const { signal } = this.#stop
    const container = this.#container
    container.addEventListener(
      'pointerdown',
      (event) => {
        const isExtending = event.shiftKey || event.ctrlKey || event.metaKey
        this.#down = { x: event.clientX, y: event.clientY, isExtending }
      },
      { signal, capture: true },
    )
    container.addEventListener('pointerdown', (event) => this.#beginBand(event), { signal })
    container.addEventListener('click', (event) => this.#click(event), { signal })
    container.addEventListener('dblclick', (event) => this.#doubleClick(event), { signal })
    container.addEventListener('keydown', (event) => this.#key(event), { signal })
    container.addEventListener(
      'focusin',
      (event) => {
        const id = (event.target as Element).closest('[data-node]')?.getAttribute('data-node')
        if (id !== undefined && id !== null) void this.#bringIntoView([id])
      },
      { signal },
    )
    new ResizeObserver(() => void this.#resized()).observe(container)
    document.fonts.ready.then(() => {
      this.#titleWidths.clear()
      if (this.#picture !== undefined) this.show(this.#picture)
    })
  }

  /* ---- what is shown ---- */

  /** Shows a picture. Quick when only marks changed; waits for a drag to end before nodes move. */
  show(picture: Picture): void {
    this.#picture = picture
    this.#isStale = true
    if (!this.#isProjecting) void this.#project()
  }

  /** Rete adds and removes asynchronously: one projection at a time, and always the newest picture last. */
  async #project(): Promise<void> {
    this.#isProjecting = true
    while (this.#isStale) {
      this.#isStale = false
      const picture = this.#picture!
      await this.#projectNodes(picture)
      this.#layOut(picture)
      await Promise.all(this.#editor.getNodes().map((node) => this.#area.update('node', node.id)))
      if (this.#isFitWanted && !this.#isStale) {
        this.#isFitWanted = false
        await this.#fitNow()
      }
    }
    this.#isProjecting = false
  }

  async #projectNodes(picture: Picture): Promise<void> {
    const wanted = new Set(picture.wires)
    for (const wire of this.#editor.getConnections()) {
      if (!wanted.has(wire.id)) await this.#editor.removeConnection(wire.id)
    }
    for (const node of this.#editor.getNodes()) {
      if (!picture.faces.has(node.id)) await this.#editor.removeNode(node.id)
    }
    for (const [id, face] of picture.faces) {
      let node = this.#editor.getNode(id)
      const isNew = node === undefined
      if (node === undefined) node = new CanvasNode(id, face)
      node.face = face
      node.mark = picture.marks.nodes.get(id)
      node.isSelected = picture.selection.nodes.has(id)
      node.isShown = picture.shown === id
      node.setPorts(face.hasInlet ? ['in'] : [], portNames(face))
      Object.assign(node, nodeSize(this.#titleWidth(face.title), face.essence, face.outlets.length))
      if (isNew) {
        this.#shapePorts(node, picture)
        await this.#editor.addNode(node)
      }
      const [x, y] = picture.places.get(id) ?? [0, 0]
      const view = this.#area.nodeViews.get(id)
      const isHeld = this.#drag?.starts.has(id) === true
      if (view !== undefined && !isHeld && (view.position.x !== x || view.position.y !== y)) await view.translate(x, y)
    }
    for (const name of picture.wires) {
      if (this.#editor.getConnection(name) !== undefined) continue
      const ends = parseWire(name)
      const from = ends && this.#editor.getNode(ends.from)
      const to = ends && this.#editor.getNode(ends.to)
      if (ends === undefined || from?.outputs[ends.outlet] === undefined || to?.inputs[ends.inlet] === undefined)
        continue
      const wire = new CanvasWire(from, ends.outlet, to, ends.inlet)
      wire.id = name
      await this.#editor.addConnection(wire)
    }
  }

  #titleWidth(title: string): number {
    let width = this.#titleWidths.get(title)
    if (width === undefined) {
      this.#measure.font = `600 12px ${getComputedStyle(this.#container).fontFamily}`
      width = this.#measure.measureText(title).width
      this.#titleWidths.set(title, width)
    }
    return width
  }

  #boxOf(id: string): Box | undefined {
    const node = this.#editor.getNode(id)
    const view = this.#area.nodeViews.get(id)
    if (node === undefined || view === undefined) return undefined
    return { x: view.position.x, y: view.position.y, width: node.width, height: node.height }
  }

  /** Wires at each port, ordered by the height of their other end so that none cross there. */
  #lanes(picture: Picture): { at: Map<string, string[]>; ends: Map<string, WireEnds> } {
    const ends = new Map<string, WireEnds>()
    const at = new Map<string, { wire: string; y: number }[]>()
    for (const wire of picture.wires) {
      const parsed = parseWire(wire)
      const from = parsed && this.#boxOf(parsed.from)
      const to = parsed && this.#boxOf(parsed.to)
      if (parsed === undefined || from === undefined || to === undefined) continue
      ends.set(wire, parsed)
      const ports = portsOf(parsed)
      at.set(ports.from, [...(at.get(ports.from) ?? []), { wire, y: to.y + to.height / 2 }])
      at.set(ports.to, [...(at.get(ports.to) ?? []), { wire, y: from.y + from.height / 2 }])
    }
    const ordered = [...at].map(([port, wires]): [string, string[]] => [
      port,
      wires.toSorted((a, b) => a.y - b.y).map(({ wire }) => wire),
    ])
    return { at: new Map(ordered), ends }
  }

  #portY(id: string, side: 'in' | 'out', port: string): number {
    return portY(this.#editor.getNode(id)!, side, port)
  }

  /** Computes the curves of all wires and draws what changed. */
  #layOut(picture: Picture, only?: ReadonlySet<string>): void {
    const { at, ends } = this.#lanes(picture)
    const shapes: WireShape[] = []
    this.#curves = new Map()
    for (const [wire, { from, outlet, to, inlet }] of ends) {
      const mark = picture.marks.wires.get(wire)
      if (mark === undefined) continue
      const ports = portsOf({ from, outlet, to, inlet })
      const place = (id: string, side: 'in' | 'out', port: string, key: string): XY => {
        const box = this.#boxOf(id)!
        const lanes = at.get(key)!
        const y = box.y + this.#portY(id, side, port) + laneOffset(lanes.indexOf(wire), lanes.length, box.height)
        return { x: side === 'out' ? box.x + box.width : box.x, y }
      }
      const curve = wireCurve(place(from, 'out', outlet, ports.from), place(to, 'in', inlet, ports.to))
      this.#curves.set(wire, { mark, curve })
      const isSelected = picture.tapped === wire || picture.selection.wires.has(wire)
      if (only === undefined || only.has(from) || only.has(to)) shapes.push({ wire, curve, mark, isSelected })
    }
    if (only === undefined) {
      for (const node of this.#editor.getNodes()) this.#shapePorts(node, picture, at)
      this.#overlay.draw(shapes)
    } else for (const shape of shapes) this.#overlay.redraw(shape)
    this.#beads.setLines(this.#beadLines(picture))
    this.#placeTether()
  }

  #beadLines(picture: Picture): BeadLine[] {
    const lines: BeadLine[] = []
    for (const [wire, { curve, mark }] of this.#curves) {
      if (mark.state !== 'live' || (mark.rate_per_s ?? 0) < 10 || (mark.queue_ratio ?? 0) >= 0.5) continue
      const isSelected = picture.tapped === wire || picture.selection.wires.has(wire)
      lines.push({ curve, tone: isSelected ? 'you' : 'live' })
    }
    return lines
  }

  #shapePorts(node: CanvasNode, picture: Picture, at?: Map<string, string[]>): void {
    const shape = (side: 'in' | 'out', port: string): PortShape => {
      const wires = at?.get(`${side} ${node.id}.${port}`) ?? []
      const marks = wires.map((wire) => picture.marks.wires.get(wire)).filter((mark) => mark !== undefined)
      const widest = Math.max(0, ...marks.map((mark) => mark.width))
      const isYours = wires.some((wire) => picture.tapped === wire || picture.selection.wires.has(wire))
      const isHot = marks.some((mark) => (mark.queue_ratio ?? 0) >= 0.5)
      const tone = isYours ? 'you' : isHot ? 'hot' : marks.some((mark) => mark.state === 'live') ? 'live' : ''
      const y = portY(node, side, port)
      return { key: port, y, height: portHeight(wires.length, widest, node.height), tone }
    }
    node.inlets = node.face.hasInlet ? [shape('in', 'in')] : []
    node.outlets = portNames(node.face).map((port) => shape('out', port))
  }

  /* ---- the view ---- */

  /**
   * A fitted view follows the size of the window. When a panel opens or closes the view stays as it is, so that what
   * is under the pointer stays there; it moves only as far as the node or wire that is looked at would be covered.
   */
  async #resized(): Promise<void> {
    const isOfWindow = innerWidth !== this.#window.width || innerHeight !== this.#window.height
    this.#window = { width: innerWidth, height: innerHeight }
    if (isOfWindow && this.#isFitted && !this.#isProjecting) return await this.#fitNow()
    this.#viewChanged()
    const { shown, tapped } = this.#picture ?? {}
    const ends = tapped === undefined ? undefined : parseWire(tapped)
    if (shown !== undefined) await this.#bringIntoView([shown])
    else if (ends !== undefined) await this.#bringIntoView([ends.from, ends.to])
  }

  #viewChanged(): void {
    const { x, y, k } = this.#area.area.transform
    this.#overlay.setView(x, y, k)
    this.#beads.setView(x, y, k)
    const { style, classList } = this.#container
    style.setProperty('--view-x', `${x}px`)
    style.setProperty('--view-y', `${y}px`)
    style.setProperty('--view-grid', `${16 * k * (k < 0.5 ? 4 : 1)}px`)
    classList.toggle('far', k < 0.6)
    classList.toggle('farther', k < 0.35)
    this.#placeTether()
    this.#listener.onZoom(k)
  }

  /** From the label of the tapped wire down to the drawer. */
  #placeTether(): void {
    const tapped = this.#picture?.tapped
    const found = tapped === undefined ? undefined : this.#curves.get(tapped)
    this.#tether.hidden = found === undefined
    if (found === undefined) return
    const { x, y, k } = this.#area.area.transform
    const place = labelPlace(found.curve, found.mark.width)
    this.#tether.style.left = `${Math.round(place.x * k + x)}px`
    this.#tether.style.top = `${Math.round((place.y + 8) * k + y)}px`
  }

  /** Shows all nodes, never larger than life. */
  fit(): void {
    this.#isFitWanted = true
    if (!this.#isProjecting) {
      this.#isFitWanted = false
      void this.#fitNow()
    }
  }

  async #fitNow(): Promise<void> {
    const boxes = this.#editor.getNodes().map((node) => this.#boxOf(node.id)!)
    const all = bounds(boxes)
    const { clientWidth, clientHeight } = this.#container
    if (all === undefined || clientWidth === 0) return
    const width = clientWidth - 2 * MARGIN
    const height = clientHeight - MARGIN_TOP - MARGIN
    const k = Math.max(LEAST_ZOOM, Math.min(width / all.width, height / all.height, 1))
    await this.#area.area.zoom(k)
    await this.#area.area.translate(
      Math.round(MARGIN + (width - all.width * k) / 2 - all.x * k),
      Math.round(MARGIN_TOP + (height - all.height * k) / 2 - all.y * k),
    )
    this.#isFitted = true
    this.#viewChanged()
  }

  get zoom(): number {
    return this.#area.area.transform.k
  }

  /** Zooms about the middle of the canvas. */
  zoomBy(factor: number): void {
    void this.#zoomTo(this.zoom * factor)
  }

  async #zoomTo(wanted: number): Promise<void> {
    const { x, y, k } = this.#area.area.transform
    const zoom = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, wanted))
    const { clientWidth, clientHeight } = this.#container
    const d = 1 - zoom / k
    await this.#area.area.zoom(zoom, (clientWidth / 2 - x) * d, (clientHeight / 2 - y) * d)
  }

  /** Moves the view as little as needed for nodes to be seen. */
  async #bringIntoView(ids: readonly string[]): Promise<void> {
    const box = bounds(ids.map((id) => this.#boxOf(id)).filter((one) => one !== undefined))
    const { x, y, k } = this.#area.area.transform
    const { clientWidth, clientHeight } = this.#container
    if (box === undefined || clientWidth === 0) return
    const dx = missing(box.x * k + x, box.width * k, MARGIN, clientWidth - MARGIN)
    const dy = missing(box.y * k + y, box.height * k, MARGIN_TOP, clientHeight - MARGIN)
    if (dx === 0 && dy === 0) return
    const wasFitted = this.#isFitted
    await this.#area.area.translate(Math.round(x + dx), Math.round(y + dy))
    this.#isFitted = wasFitted
  }

  /** Focuses a node, and so brings it into view. */
  focusNode(id: string): void {
    this.#container.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)?.focus({ preventScroll: true })
  }

  /** Focuses a wire and brings both its nodes into view. */
  focusWire(wire: string): void {
    this.#container.querySelector<SVGElement>(`[data-wire="${CSS.escape(wire)}"]`)?.focus({ preventScroll: true })
    const ends = parseWire(wire)
    if (ends !== undefined) void this.#bringIntoView([ends.from, ends.to])
  }

  /** A place of the window in canvas pixels. */
  toCanvas(screen: XY): Point {
    const frame = this.#container.getBoundingClientRect()
    const { x, y, k } = this.#area.area.transform
    return [(screen.x - frame.left - x) / k, (screen.y - frame.top - y) / k]
  }

  /* ---- picking and moving ---- */

  #pickNode(id: string): void {
    const { nodes } = this.#picture!.selection
    if (this.#down?.isExtending) {
      const next = new Set(nodes)
      if (!next.delete(id)) next.add(id)
      this.#listener.onSelect({ nodes: next, wires: new Set() })
    } else if (!nodes.has(id)) this.#listener.onSelect({ nodes: new Set([id]), wires: new Set() })
    const held = this.#picture!.selection.nodes.has(id) ? [...this.#picture!.selection.nodes] : [id]
    const starts = held.flatMap((one): [string, Point][] => {
      const view = this.#area.nodeViews.get(one)
      return view === undefined ? [] : [[one, [view.position.x, view.position.y]]]
    })
    this.#drag = { id, starts: new Map(starts), hasMoved: false }
  }

  #nodeMoved(id: string): void {
    const drag = this.#drag
    if (drag === undefined || !drag.starts.has(id)) return
    if (id === drag.id) {
      const view = this.#area.nodeViews.get(id)!
      const [x0, y0] = drag.starts.get(id)!
      const dx = view.position.x - x0
      const dy = view.position.y - y0
      if (dx !== 0 || dy !== 0) drag.hasMoved = true
      for (const [other, [x, y]] of drag.starts) {
        if (other !== id) void this.#area.translate(other, { x: x + dx, y: y + dy })
      }
    }
    this.#layOut(this.#picture!, new Set(drag.starts.keys()))
  }

  #dropNodes(): void {
    const drag = this.#drag
    this.#drag = undefined
    if (drag === undefined) return
    if (drag.hasMoved) {
      const places = [...drag.starts.keys()].map((id): [string, Point] => {
        const { position } = this.#area.nodeViews.get(id)!
        return [id, [position.x, position.y]]
      })
      this.#listener.onMove(new Map(places))
    } else if (!this.#down?.isExtending) {
      this.#listener.onSelect({ nodes: new Set([drag.id]), wires: new Set() })
      this.#listener.onNodeOpen(drag.id)
    }
  }

  /* ---- joining ---- */

  #endsOf(a: SocketData, b: SocketData): WireEnds | undefined {
    const [source, target] = getSourceTarget(a, b) ?? []
    if (source === undefined || target === undefined) return undefined
    return { from: source.nodeId, outlet: source.key, to: target.nodeId, inlet: target.key }
  }

  #beginWire(socket: SocketData): void {
    this.#pick = socket
    this.#container.classList.add(socket.side === 'output' ? 'wiring-out' : 'wiring-in')
    for (const node of this.#editor.getNodes()) {
      const other: SocketData =
        socket.side === 'output'
          ? { ...socket, nodeId: node.id, side: 'input', key: 'in' }
          : { ...socket, nodeId: node.id, side: 'output', key: node.face.outlets[0] ?? 'out' }
      const ends = this.#endsOf(socket, other)
      const lacks = socket.side === 'output' ? !node.face.hasInlet : node.face.outlets.length === 0
      const isRefused =
        node.id === socket.nodeId || lacks || (ends !== undefined && this.#listener.refuses(ends) !== undefined)
      this.#area.nodeViews.get(node.id)?.element.classList.toggle('refuses', isRefused)
    }
  }

  #pend(pointer: XY | undefined): void {
    const socket = this.#pick
    if (socket === undefined || pointer === undefined) return
    const box = this.#boxOf(socket.nodeId)
    if (box === undefined) return
    const side = socket.side === 'output' ? 'out' : 'in'
    const port = {
      x: side === 'out' ? box.x + box.width : box.x,
      y: box.y + this.#portY(socket.nodeId, side, socket.key),
    }
    this.#overlay.pend(side === 'out' ? wireCurve(port, pointer) : wireCurve(pointer, port), pointer)
  }

  #endWire(initial: SocketData, socket: SocketData | null, isMade: boolean): void {
    this.#pick = undefined
    this.#overlay.pend(undefined)
    this.#container.classList.remove('wiring-out', 'wiring-in')
    for (const { element } of this.#area.nodeViews.values()) element.classList.remove('refuses')
    if (isMade || socket !== null || initial.side !== 'output') return
    const { x, y } = this.#area.area.pointer
    const frame = this.#container.getBoundingClientRect()
    const { transform } = this.#area.area
    const screen = { x: x * transform.k + transform.x + frame.left, y: y * transform.k + transform.y + frame.top }
    const isClick = this.#down !== undefined && Math.hypot(screen.x - this.#down.x, screen.y - this.#down.y) < 16
    const isOverNode = document.elementsFromPoint(screen.x, screen.y).some((one) => one.closest('[data-node]') !== null)
    if (!isClick && !isOverNode)
      this.#listener.onWireIntoVoid({ node: initial.nodeId, outlet: initial.key }, [x, y], screen)
  }

  /* ---- pointer and keys ---- */

  #isClick(event: MouseEvent): boolean {
    return this.#down !== undefined && Math.hypot(event.clientX - this.#down.x, event.clientY - this.#down.y) < CLICK_PX
  }

  #click(event: MouseEvent): void {
    const target = event.target as Element
    if (!this.#isClick(event) || target.closest('[data-node]') !== null) return
    const wire = target.closest('[data-wire]')?.getAttribute('data-wire')
    if (wire !== undefined && wire !== null) {
      this.#listener.onSelect({ nodes: new Set(), wires: new Set([wire]) })
      this.#listener.onWireOpen(wire)
    } else if (!event.shiftKey) this.#listener.onSelect({ nodes: new Set(), wires: new Set() })
  }

  #doubleClick(event: MouseEvent): void {
    const target = event.target as Element
    if (target.closest('[data-node], [data-wire]') !== null) return
    const screen = { x: event.clientX, y: event.clientY }
    this.#listener.onVoidDoubleClick(this.toCanvas(screen), screen)
  }

  #beginBand(event: PointerEvent): void {
    if (!event.shiftKey || event.button !== 0 || (event.target as Element).closest('[data-node]') !== null) return
    const begin = this.toCanvas({ x: event.clientX, y: event.clientY })
    const frame = this.#container.getBoundingClientRect()
    const ended = new AbortController()
    const boxTo = (move: PointerEvent): { screen: Box; canvas: Box } => {
      const end = this.toCanvas({ x: move.clientX, y: move.clientY })
      const span = (x0: number, y0: number, x1: number, y1: number): Box => ({
        x: Math.min(x0, x1),
        y: Math.min(y0, y1),
        width: Math.abs(x1 - x0),
        height: Math.abs(y1 - y0),
      })
      const screen = span(
        event.clientX - frame.left,
        event.clientY - frame.top,
        move.clientX - frame.left,
        move.clientY - frame.top,
      )
      return { screen, canvas: span(begin[0], begin[1], end[0], end[1]) }
    }
    const onMove = (move: PointerEvent): void => {
      const { screen } = boxTo(move)
      this.#band.hidden = false
      this.#band.style.left = `${screen.x}px`
      this.#band.style.top = `${screen.y}px`
      this.#band.style.width = `${screen.width}px`
      this.#band.style.height = `${screen.height}px`
    }
    const onUp = (up: PointerEvent): void => {
      ended.abort()
      this.#band.hidden = true
      const { canvas } = boxTo(up)
      const inside = this.#editor.getNodes().filter((node) => overlaps(canvas, this.#boxOf(node.id)!))
      const nodes = new Set([...this.#picture!.selection.nodes, ...inside.map((node) => node.id)])
      this.#listener.onSelect({ nodes, wires: new Set() })
    }
    window.addEventListener('pointermove', onMove, { signal: ended.signal })
    window.addEventListener('pointerup', onUp, { signal: ended.signal })
  }

  #key(event: KeyboardEvent): void {
    const target = event.target as Element
    const id = target.closest('[data-node]')?.getAttribute('data-node')
    const wire = target.closest('[data-wire]')?.getAttribute('data-wire')
    const isOpening = event.key === 'Enter' && !event.ctrlKey && !event.metaKey
    if (id !== null && id !== undefined) {
      if (isOpening) {
        this.#listener.onSelect({ nodes: new Set([id]), wires: new Set() })
        this.#listener.onNodeOpen(id)
      } else if (event.key.startsWith('Arrow')) {
        if (event.altKey) this.#nudge(id, event.key)
        else this.#follow(id, event.key)
      } else return
      event.preventDefault()
    } else if (wire !== null && wire !== undefined) {
      if (!isOpening) return
      this.#listener.onSelect({ nodes: new Set(), wires: new Set([wire]) })
      this.#listener.onWireOpen(wire)
      event.preventDefault()
    }
  }

  /** Alt with an arrow moves the selected nodes by one step of the grid. */
  #nudge(id: string, key: string): void {
    const step = STEPS[key]
    if (step === undefined) return
    const { selection, places } = this.#picture!
    const ids = selection.nodes.has(id) ? [...selection.nodes] : [id]
    const moved = ids.map((one): [string, Point] => {
      const [x, y] = places.get(one) ?? [0, 0]
      return [one, [x + step[0] * 16, y + step[1] * 16]]
    })
    this.#listener.onMove(new Map(moved))
  }

  /** Left and right follow wires, up and down go to the next node above or below. */
  #follow(id: string, key: string): void {
    const { wires, places } = this.#picture!
    const [x, y] = places.get(id) ?? [0, 0]
    const ends = wires.map(parseWire).filter((one) => one !== undefined)
    const isAlong = key === 'ArrowRight' || key === 'ArrowLeft'
    const joined =
      key === 'ArrowRight'
        ? ends.filter((one) => one.from === id).map((one) => one.to)
        : ends.filter((one) => one.to === id).map((one) => one.from)
    const sign = key === 'ArrowDown' ? 1 : -1
    const near = (other: string): number => {
      const [ox, oy] = places.get(other) ?? [0, 0]
      return isAlong ? Math.abs(oy - y) : Math.abs(oy - y) + Math.abs(ox - x) / 2
    }
    const others = isAlong
      ? joined
      : [...places.keys()].filter((one) => one !== id && ((places.get(one)?.[1] ?? 0) - y) * sign > 0)
    const next = others.toSorted((a, b) => near(a) - near(b))[0]
    if (next === undefined) return
    this.#listener.onSelect({ nodes: new Set([next]), wires: new Set() })
    this.focusNode(next)
  }
}

/** Middle of a port below the node's top edge. */
function portY(node: CanvasNode, side: 'in' | 'out', port: string): number {
  if (side === 'in') return node.height / 2
  const { outlets } = node.face
  const index = outlets.indexOf(port)
  // An outlet that is only offered stands in the corner, so that the others stay where they are.
  return index < 0 ? node.height - 8 : outletY(index, outlets.length, node.height)
}

/** Outlets in use, then the one that is offered. */
function portNames({ outlets, offersRejected }: NodeFace): readonly string[] {
  return offersRejected ? [...outlets, 'rejected'] : outlets
}

/** How far a stretch must move to lie between two bounds; its begin wins where it is longer. */
function missing(begin: number, length: number, least: number, most: number): number {
  if (begin < least) return least - begin
  return begin + length > most ? Math.max(least - begin, most - begin - length) : 0
}

const STEPS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
