/** All wires of the canvas in one SVG, with their figures. Only what changed is written to the DOM. */

import type { WireMark } from '../live/marks.ts'
import { share } from '../live/numbers.ts'
import { type Curve, curveFrom, curvePath, labelPlace, MONO_CHAR, tipPath, type XY } from './geometry.ts'

const SVG = 'http://www.w3.org/2000/svg'
/** Wires that carry less have a vein and no skin. */
const SKIN_FROM_PER_S = 10
const HIT_WIDTH = 24

export interface WireShape {
  readonly wire: string
  readonly curve: Curve
  readonly mark: WireMark
  readonly isSelected: boolean
}

/** One wire's elements. Attributes are kept so that writing the same again costs nothing. */
class DrawnWire {
  readonly group = element('g')
  readonly label = element('g')
  readonly #parts = new Map<string, SVGElement>()
  readonly #written = new WeakMap<SVGElement, Map<string, string>>()
  readonly #texts = new Map<string, SVGElement>()

  constructor(wire: string) {
    this.#write(this.group, 'data-wire', wire)
    this.#write(this.group, 'role', 'button')
    this.#write(this.group, 'tabindex', '0')
    this.#write(this.label, 'aria-hidden', 'true')
    for (const part of ['halo', 'case', 'rail', 'skin', 'queue', 'vein', 'tip', 'hit']) {
      const path = element('path')
      path.setAttribute('class', part)
      this.#parts.set(part, path)
      this.group.append(path)
    }
    this.#parts.get('hit')!.style.strokeWidth = `${HIT_WIDTH}px`
  }

  draw({ curve, mark, isSelected }: WireShape): void {
    const hasSkin = mark.state === 'live' && (mark.rate_per_s ?? 0) >= SKIN_FROM_PER_S
    const queue_ratio = mark.queue_ratio ?? 0
    const pressure = queue_ratio >= 0.995 ? 'full' : queue_ratio >= 0.5 ? 'hot' : ''
    const classes = ['w', mark.state, pressure, isSelected ? 'sel' : '', hasSkin ? 'thick' : 'thin']
    this.#write(this.group, 'class', classes.filter((name) => name !== '').join(' '))
    this.#write(this.group, 'aria-label', isSelected ? `${mark.name}, selected` : mark.name)
    this.#write(this.group, 'aria-pressed', String(isSelected))
    const width = Math.max(mark.width, 3)
    const path = curvePath(curve)
    for (const part of ['halo', 'case', 'rail', 'skin', 'vein', 'hit']) this.#write(this.#parts.get(part)!, 'd', path)
    this.#thickness('halo', width + 9)
    this.#thickness('case', width + 5)
    this.#thickness('rail', mark.width)
    this.#thickness('skin', Math.max(0, mark.width - 2))
    this.#write(this.#parts.get('tip')!, 'd', tipPath(curve))
    const queue = this.#parts.get('queue')!
    this.#write(queue, 'd', queue_ratio < 0.005 ? '' : curvePath(curveFrom(curve, 1 - queue_ratio)))
    this.#write(queue, 'class', `queue ${pressure === '' ? 'low' : pressure}`)
    this.#thickness('queue', Math.max(4, mark.width - 2))
    this.#drawLabel(curve, mark, isSelected, hasSkin)
  }

  #drawLabel(curve: Curve, mark: WireMark, isSelected: boolean, hasSkin: boolean): void {
    const { outlet, figure, unit } = mark.label
    const isEmpty = outlet === '' && figure === ''
    const place = labelPlace(curve, hasSkin ? mark.width : 3)
    this.#write(
      this.label,
      'class',
      `lbl ${mark.state} ${isSelected ? 'sel' : ''} ${isEmpty ? 'none' : ''} ${place.isOn ? 'on' : ''}`,
    )
    const ratio = mark.queue_ratio ?? 0
    const below = ratio < 0.005 ? '' : ratio >= 0.995 ? 'full, waiting' : `queue ${share(ratio)}`
    this.#write(this.label, 'transform', `translate(${Math.round(place.x)} ${Math.round(place.y)})`)
    const width = (outlet.length + figure.length + unit.length + (outlet === '' ? 0 : 1)) * MONO_CHAR + 12
    const plate = this.#text('plate', 'rect')
    this.#write(plate, 'x', String(-width / 2))
    this.#write(plate, 'y', '-8')
    this.#write(plate, 'width', String(width))
    this.#write(plate, 'height', '16')
    this.#write(plate, 'rx', '3')
    const line = this.#text('line', 'text')
    this.#write(line, 'y', '4')
    this.#say(this.#text('em', 'tspan', line), outlet === '' ? '' : `${outlet} `)
    this.#say(this.#text('figure', 'tspan', line), figure)
    this.#say(this.#text('unit', 'tspan', line), unit)
    const second = this.#text('below', 'text')
    this.#write(second, 'y', place.isOn ? '19' : String(Math.round(mark.width + 30)))
    this.#write(second, 'class', ratio >= 0.995 ? 'below full' : ratio >= 0.5 ? 'below warm' : 'below')
    this.#say(second, below)
  }

  #text(name: string, tag: string, parent: SVGElement = this.label): SVGElement {
    const known = this.#texts.get(name)
    if (known !== undefined) return known
    const made = element(tag)
    made.setAttribute('class', name)
    this.#texts.set(name, made)
    parent.append(made)
    return made
  }

  #say(target: SVGElement, text: string): void {
    if (target.textContent !== text) target.textContent = text
  }

  /** A style, not an attribute, so that it eases. */
  #thickness(part: string, pixels: number): void {
    const width = `${Math.round(pixels * 10) / 10}px`
    const { style } = this.#parts.get(part)!
    if (style.strokeWidth !== width) style.strokeWidth = width
  }

  #write(target: SVGElement, name: string, value: string): void {
    let written = this.#written.get(target)
    if (written === undefined) {
      written = new Map()
      this.#written.set(target, written)
    }
    if (written.get(name) === value) return
    written.set(name, value)
    target.setAttribute(name, value)
  }
}

function element(tag: string): SVGElement {
  return document.createElementNS(SVG, tag)
}

export class WireOverlay {
  readonly svg = element('svg')
  /** Figures, and the wire being drawn: they stand above the beads. */
  readonly upper = element('svg')
  readonly #root = element('g')
  readonly #upperRoot = element('g')
  readonly #wires = element('g')
  readonly #labels = element('g')
  readonly #pending = element('path')
  readonly #pendingEnd = element('circle')
  readonly #drawn = new Map<string, DrawnWire>()

  constructor() {
    this.svg.setAttribute('class', 'wires')
    this.#pending.setAttribute('class', 'pending')
    this.#pendingEnd.setAttribute('class', 'pending-end')
    this.#pendingEnd.setAttribute('r', '4.5')
    this.upper.setAttribute('class', 'wires upper')
    this.#root.append(this.#wires)
    this.#upperRoot.append(this.#labels, this.#pending, this.#pendingEnd)
    this.svg.append(this.#root)
    this.upper.append(this.#upperRoot)
    this.pend(undefined)
  }

  /** Draws just these wires; elements of wires that went are removed. */
  draw(shapes: readonly WireShape[]): void {
    const names = new Set(shapes.map(({ wire }) => wire))
    for (const [wire, drawn] of this.#drawn) {
      if (names.has(wire)) continue
      drawn.group.remove()
      drawn.label.remove()
      this.#drawn.delete(wire)
    }
    for (const shape of shapes) this.redraw(shape)
  }

  /** Draws one wire anew. */
  redraw(shape: WireShape): void {
    let drawn = this.#drawn.get(shape.wire)
    if (drawn === undefined) {
      drawn = new DrawnWire(shape.wire)
      this.#drawn.set(shape.wire, drawn)
      this.#wires.append(drawn.group)
      this.#labels.append(drawn.label)
    }
    drawn.draw(shape)
  }

  /** The wire being drawn by hand, ending at the pointer; undefined when there is none. */
  pend(curve: Curve | undefined, pointer: XY = { x: 0, y: 0 }): void {
    this.#pending.setAttribute('d', curve === undefined ? '' : curvePath(curve))
    this.#pendingEnd.setAttribute('visibility', curve === undefined ? 'hidden' : 'visible')
    this.#pendingEnd.setAttribute('cx', String(pointer.x))
    this.#pendingEnd.setAttribute('cy', String(pointer.y))
  }

  setView(x: number, y: number, k: number): void {
    const transform = `translate(${x} ${y}) scale(${k})`
    this.#root.setAttribute('transform', transform)
    this.#upperRoot.setAttribute('transform', transform)
  }
}
