/** `<flow-node>`: a node on the canvas, in few elements and without a shadow root, since hundreds of them move. */

import { html, LitElement, nothing, type PropertyValues } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { typeIcon } from '../icon.ts'
import { placed } from '../placed.ts'
import type { CanvasNode, PortShape } from './scheme.ts'

/** Rete's signals for ports: the connection plugin listens at the elements it is told of. */
export type EmitSignal = (signal: {
  readonly type: 'render' | 'unmount'
  readonly data: Readonly<Record<string, unknown>>
}) => void

export class FlowNodeElement extends LitElement {
  static override properties = { data: { attribute: false }, emit: { attribute: false } }
  declare data: CanvasNode
  declare emit: EmitSignal
  readonly #ports = new Map<string, HTMLElement>()

  override createRenderRoot(): this {
    return this
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const element of this.#ports.values()) this.emit({ type: 'unmount', data: { element } })
    this.#ports.clear()
  }

  override render() {
    const { data } = this
    const { face, mark } = data
    const classes = [
      'node',
      face.stage,
      data.isSelected ? 'sel' : data.isShown ? 'shown' : '',
      mark?.isInvalid ? 'invalid' : '',
    ].join(' ')
    return html`<div
      class=${classes}
      data-node=${data.id}
      role="group"
      aria-roledescription="node"
      aria-label=${mark?.name ?? face.title}
      tabindex="0"
      ${placed({ width: `${data.width}px`, height: `${data.height}px` })}
    >
      <b>${typeIcon(face.icon)}<span class="cut">${face.title}</span></b>
      <small>${face.essence}</small>
      ${
        mark === undefined || mark.badges.length === 0
          ? nothing
          : html`<span class="mark"
            >${mark.badges.map((badge) => html`<i class="badge ${badge.kind}" title=${badge.title}>${badge.text}</i>`)}</span
          >`
      }
      ${mark?.isFresh ? html`<i class="fresh" title="not deployed as it is drawn"></i>` : nothing}
      ${repeat(
        data.inlets,
        (port) => port.key,
        (port) => this.#port(port, 'input'),
      )}
      ${repeat(
        data.outlets,
        (port) => port.key,
        (port) => this.#port(port, 'output'),
      )}
    </div>`
  }

  #port(port: PortShape, side: 'input' | 'output') {
    const place = { top: `${port.y}px`, height: `${port.height}px` }
    const name = `${side === 'input' ? 'inlet' : 'outlet'} ${port.key} of ${this.data.id}`
    const direction = side === 'input' ? 'in' : 'out'
    return html`<i class="port ${direction} ${port.tone}" data-port="${direction} ${port.key}" title=${name} ${placed(place)}></i>`
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed)
    const seen = new Set<string>()
    for (const element of this.querySelectorAll<HTMLElement>('[data-port]')) {
      const name = element.dataset.port!
      seen.add(name)
      if (this.#ports.get(name) === element) continue
      const [direction, key] = name.split(' ')
      this.#ports.set(name, element)
      const side = direction === 'in' ? 'input' : 'output'
      this.emit({ type: 'render', data: { type: 'socket', element, side, key, nodeId: this.data.id } })
    }
    for (const [name, element] of this.#ports) {
      if (seen.has(name)) continue
      this.#ports.delete(name)
      this.emit({ type: 'unmount', data: { element } })
    }
  }
}

customElements.define('flow-node', FlowNodeElement)
