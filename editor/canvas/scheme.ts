/** The drawing as rete sees it. Rete moves, picks and joins; what it holds is a copy of the document, never the truth. */

import { ClassicPreset, type GetSchemes } from 'rete'
import type { NodeFace } from '../document/ports.ts'
import type { NodeMark } from '../live/marks.ts'

const SOCKET = new ClassicPreset.Socket('records')

/** A port as the node's element draws it. */
export interface PortShape {
  readonly key: string
  /** Middle of the port below the node's top edge, and height of its capsule. */
  readonly y: number
  readonly height: number
  readonly tone: '' | 'live' | 'you' | 'hot' | 'bad'
}

/** A drawn node with all its element needs to draw it. */
export class CanvasNode extends ClassicPreset.Node {
  width = 0
  height = 0
  face: NodeFace
  mark: NodeMark | undefined
  isSelected = false
  isShown = false
  inlets: readonly PortShape[] = []
  outlets: readonly PortShape[] = []

  constructor(id: string, face: NodeFace) {
    super(face.title)
    this.id = id
    this.face = face
  }

  /** Gives rete the ports it may join. */
  setPorts(inlets: readonly string[], outlets: readonly string[]): void {
    for (const key of Object.keys(this.inputs)) if (!inlets.includes(key)) this.removeInput(key)
    for (const key of Object.keys(this.outputs)) if (!outlets.includes(key)) this.removeOutput(key)
    for (const key of inlets) if (!this.hasInput(key)) this.addInput(key, new ClassicPreset.Input(SOCKET, key, true))
    for (const key of outlets)
      if (!this.hasOutput(key)) this.addOutput(key, new ClassicPreset.Output(SOCKET, key, true))
  }
}

export class CanvasWire extends ClassicPreset.Connection<CanvasNode, CanvasNode> {
  isPseudo?: boolean
}

export type CanvasScheme = GetSchemes<CanvasNode, CanvasWire>
