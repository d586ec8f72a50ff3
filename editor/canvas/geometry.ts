/** Where things are on the canvas: sizes of nodes, places of ports, curves of wires. Pixels, y down. Pure. */

import type { WireEnds } from '../../flows/format/wire.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface XY {
  readonly x: number
  readonly y: number
}

const NODE_HEIGHT = 48
const LEAST_WIDTH = 104
const MOST_WIDTH = 168
/** Room for a title beside its icon, and for the text under it. */
const TITLE_EXTRA = 13 + 15 + 6 + 10
const ESSENCE_EXTRA = 13 + 12
/** Width of a character of the 11 px monospaced face. */
export const MONO_CHAR = 6.6
/** Between wires that share a port. */
const LANE = 12
/** Between outlets of a node. */
const OUTLET_STEP = 21

/** Size of a node. `titleWidth` is the title's width in the 12 px bold face. */
export function nodeSize(
  titleWidth: number,
  essence: string,
  outlets: number,
): { readonly width: number; readonly height: number } {
  const text = Math.max(titleWidth + TITLE_EXTRA, essence.length * MONO_CHAR + ESSENCE_EXTRA)
  const width = Math.ceil(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, text)) / 4) * 4
  return { width, height: NODE_HEIGHT + Math.max(0, outlets - 2) * OUTLET_STEP }
}

/** Height above the node's top edge at which the middle of an outlet is. */
export function outletY(index: number, count: number, height: number): number {
  if (count <= 1) return height / 2
  const span = (count - 1) * OUTLET_STEP
  return height / 2 - span / 2 + index * OUTLET_STEP
}

/** Offset from the middle of a port of the wire in lane `index` of `count`. */
export function laneOffset(index: number, count: number, height: number): number {
  if (count <= 1) return 0
  const step = Math.min(LANE, (height - 16) / (count - 1))
  return (index - (count - 1) / 2) * step
}

/** Height of a port's capsule around its wires. */
export function portHeight(lanes: number, widest: number, height: number): number {
  const spread = lanes <= 1 ? 0 : laneOffset(lanes - 1, lanes, height) * 2
  return Math.round(Math.max(10, spread + widest + 5))
}

/** A cubic curve with horizontal handles. */
export interface Curve {
  readonly from: XY
  readonly c1: XY
  readonly c2: XY
  readonly to: XY
}

/**
 * The curve of a wire: handles of half the way across, longer where the way is short and steep. One that leads back has
 * handles long enough to pass below its first node and above its last instead of through them.
 */
export function wireCurve(from: XY, to: XY): Curve {
  const dx = to.x - from.x
  const dy = Math.abs(to.y - from.y)
  const least = Math.min(56, 0.42 * dy + 12) - Math.max(0, dx) / 4
  const handle = Math.max(dx / 2, least, Math.min(480, -dx * 0.55))
  return { from, c1: { x: from.x + handle, y: from.y }, c2: { x: to.x - handle, y: to.y }, to }
}

/** As the `d` of an SVG path. */
export function curvePath({ from, c1, c2, to }: Curve): string {
  return `M${n(from.x)} ${n(from.y)}C${n(c1.x)} ${n(c1.y)} ${n(c2.x)} ${n(c2.y)} ${n(to.x)} ${n(to.y)}`
}

/** The arrow that ends 4 px before the inlet. */
export function tipPath({ to }: Curve): string {
  return `M${n(to.x - 4)} ${n(to.y)}l-8 -4.5v9z`
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function mix(a: XY, b: XY, t: number): XY {
  return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t }
}

/** The part of a curve from `t` (0 to 1) to its end. */
export function curveFrom(curve: Curve, t: number): Curve {
  const a = mix(curve.from, curve.c1, t)
  const b = mix(curve.c1, curve.c2, t)
  const c = mix(curve.c2, curve.to, t)
  const ab = mix(a, b, t)
  const bc = mix(b, c, t)
  return { from: mix(ab, bc, t), c1: bc, c2: c, to: curve.to }
}

/** The part of a curve from its begin to `t` (0 to 1). */
export function curveUntil({ from, c1, c2, to }: Curve, t: number): Curve {
  const turned = curveFrom({ from: to, c1: c2, c2: c1, to: from }, 1 - t)
  return { from, c1: turned.c2, c2: turned.c1, to: turned.from }
}

/** Where the label of a wire stands: above a flat wire, on a steep one. */
export function labelPlace(curve: Curve, width: number): XY & { readonly isOn: boolean } {
  const middle = curveFrom(curve, 0.5).from
  const isFlat = Math.abs(curve.to.y - curve.from.y) < 24
  return isFlat ? { x: middle.x, y: middle.y - width / 2 - 11, isOn: false } : { ...middle, isOn: true }
}

/** The box around all boxes, or undefined when there are none. */
export function bounds(boxes: Iterable<Box>): Box | undefined {
  let left = Infinity
  let top = Infinity
  let right = -Infinity
  let bottom = -Infinity
  for (const box of boxes) {
    left = Math.min(left, box.x)
    top = Math.min(top, box.y)
    right = Math.max(right, box.x + box.width)
    bottom = Math.max(bottom, box.y + box.height)
  }
  return left === Infinity ? undefined : { x: left, y: top, width: right - left, height: bottom - top }
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

/** A port by name: `dns.out`. */
export function portKey(side: 'in' | 'out', { node, port }: { node: string; port: string }): string {
  return `${side} ${node}.${port}`
}

export function portsOf(ends: WireEnds): { readonly from: string; readonly to: string } {
  return {
    from: portKey('out', { node: ends.from, port: ends.outlet }),
    to: portKey('in', { node: ends.to, port: ends.inlet }),
  }
}
