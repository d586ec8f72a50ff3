/** Places for nodes that have none: columns along the wires, as a flow that came without a view is first shown. */

import type { FlowDocument } from '../../flows/format/flow.ts'
import { parseWire } from '../../flows/format/wire.ts'
import { GRID, type Point } from './edits.ts'

const COLUMN = 14 * GRID
const ROW = 6 * GRID

/**
 * A place for every node: the document's own, else the one it has in a layered drawing, further down where another node
 * stands there. Same document, same places.
 */
export function placesOf(document: FlowDocument): Map<string, Point> {
  const given = document.view.positions
  const ids = Object.keys(document.nodes)
  const places = new Map(ids.filter((id) => Object.hasOwn(given, id)).map((id) => [id, given[id]!]))
  if (places.size === ids.length) return places
  if (places.size === 0) return layers(document)
  for (const [id, place] of layers(document)) {
    if (!places.has(id)) places.set(id, freeFrom(place, [...places.values()]))
  }
  return places
}

/** The place, or the nearest row below it where no node is in the way. */
function freeFrom([x, y]: Point, taken: readonly Point[]): Point {
  let free = y
  const isTaken = ([tx, ty]: Point): boolean => Math.abs(tx - x) < COLUMN && Math.abs(ty - free) < ROW
  while (taken.some(isTaken)) free += GRID
  return [x, free]
}

/** Column: the longest way from a source. Row: the mean row of what feeds the node, then whatever is free. */
export function layers(document: FlowDocument): Map<string, Point> {
  const ids = Object.keys(document.nodes).sort()
  const feeders = new Map<string, string[]>(ids.map((id) => [id, []]))
  for (const wire of document.wires) {
    const ends = parseWire(wire)
    if (ends !== undefined && feeders.has(ends.from)) feeders.get(ends.to)?.push(ends.from)
  }
  const columns = new Map<string, number>(ids.map((id) => [id, 0]))
  // A circle would never settle; as many rounds as nodes are enough for any flow without one.
  for (let round = 0, isMoving = true; isMoving && round < ids.length; round++) {
    isMoving = false
    for (const id of ids) {
      const column = Math.max(0, ...feeders.get(id)!.map((from) => columns.get(from)! + 1))
      if (column !== columns.get(id) && column < ids.length) {
        columns.set(id, column)
        isMoving = true
      }
    }
  }
  const rows = new Map<string, number>()
  const taken = new Set<string>()
  const ordered = ids.toSorted((a, b) => columns.get(a)! - columns.get(b)!)
  for (const id of ordered) {
    const above = feeders.get(id)!.map((from) => rows.get(from) ?? 0)
    let row = above.length === 0 ? 0 : Math.round(above.reduce((sum, one) => sum + one, 0) / above.length)
    while (taken.has(`${columns.get(id)} ${row}`)) row++
    taken.add(`${columns.get(id)} ${row}`)
    rows.set(id, row)
  }
  return new Map(ids.map((id) => [id, [columns.get(id)! * COLUMN, rows.get(id)! * ROW]]))
}
