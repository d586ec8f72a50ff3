/** Finding node types by what a person types: title, type, help. Pure. */

import type { Catalogue, NodeType } from '../../nodes/contract/node.ts'

export interface Found {
  readonly type: NodeType
  /** Place of the match in the title, or undefined when it is elsewhere. */
  readonly at: { readonly start: number; readonly end: number } | undefined
}

/** Types that fit, best first; all in palette order for an empty query. */
export function findTypes(catalogue: Catalogue, query: string): Found[] {
  const wanted = query.trim().toLowerCase()
  const types = [...catalogue.values()]
  if (wanted === '') return types.map((type) => ({ type, at: undefined }))
  const ranked = types.flatMap((type, order) => {
    const rank = rankOf(type, wanted)
    return rank === undefined ? [] : [{ type, rank, order }]
  })
  ranked.sort((a, b) => a.rank - b.rank || a.order - b.order)
  return ranked.map(({ type }) => {
    const start = type.title.toLowerCase().indexOf(wanted)
    return { type, at: start < 0 ? undefined : { start, end: start + wanted.length } }
  })
}

/** 0 is best: the title begins so, then a word of it, then the type's name, then the first line of its help. */
function rankOf(type: NodeType, wanted: string): number | undefined {
  const title = type.title.toLowerCase()
  if (title.startsWith(wanted)) return 0
  if (title.split(/\s+/).some((word) => word.startsWith(wanted))) return 1
  if (type.type.includes(wanted)) return 2
  if (title.includes(wanted)) return 3
  return (type.help.split('\n')[0] ?? '').toLowerCase().includes(wanted) ? 4 : undefined
}
