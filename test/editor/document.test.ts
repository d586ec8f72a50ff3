import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { difference } from '../../editor/document/difference.ts'
import { Draft } from '../../editor/document/draft.ts'
import {
  addNode,
  addWire,
  duplicate,
  freshId,
  idMistake,
  moveNodes,
  removeSelected,
  renameNode,
  setFlowTitle,
  setNodeTitle,
  setOption,
  setParameter,
  wireMistake,
} from '../../editor/document/edits.ts'
import { layers, placesOf } from '../../editor/document/layout.ts'
import { apply, change, invert, type Transaction } from '../../editor/document/transaction.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { parseWire } from '../../flows/format/wire.ts'
import { writeFlow } from '../../flows/format/write.ts'

const FLOW: FlowDocument = readFlow(
  JSON.stringify({
    lacewing: 1,
    name: 'sample',
    parameters: { input: { type: 'string', default: 'eve.json' } },
    nodes: {
      eve: { type: 'capture.eve', options: { path: '${input}' } },
      dns: { type: 'rule.filter', options: { where: "event_type == 'dns'" } },
      out: { type: 'sink.file', options: { path: 'out.jsonl' } },
    },
    wires: ['eve -> dns', 'dns -> out', 'dns.rejected -> out'],
    view: { positions: { eve: [0, 0], dns: [224, 0] }, groups: [{ title: 'G', nodes: ['eve', 'dns'] }] },
  }),
).flow!

/** An edit somebody might make to any flow, chosen by three numbers. */
function someEdit(document: FlowDocument, kind: number, a: number, b: number): Transaction | undefined {
  const ids = Object.keys(document.nodes)
  const id = ids[a % Math.max(1, ids.length)]
  const other = ids[b % Math.max(1, ids.length)]
  if (kind % 10 === 0 || id === undefined || other === undefined) {
    const fresh = freshId(document, 'rule.filter')
    const from = id === undefined ? undefined : { from: id, outlet: a % 2 === 0 ? 'out' : 'rejected' }
    return addNode(document, fresh, { type: 'rule.filter', options: {} }, [a * 7, b * 5], from)
  }
  switch (kind % 10) {
    case 1:
      return removeSelected(document, { nodes: new Set([id, other]), wires: new Set() })
    case 2:
      return removeSelected(document, {
        nodes: new Set(),
        wires: new Set([document.wires[a % document.wires.length] ?? '']),
      })
    case 3:
      return moveNodes(document, new Map([[id, [a * 3, b * 3]]]))
    case 4:
      return setOption(document, id, 'where', b % 3 === 0 ? undefined : `field == ${b}`)
    case 5:
      return idMistake(document, id, `n${b}`) === undefined && id !== `n${b}`
        ? renameNode(document, id, `n${b}`)
        : undefined
    case 6: {
      const ends = { from: id, outlet: 'out', to: other, inlet: 'in' }
      return wireMistake(document, ends) === undefined ? addWire(document, ends) : undefined
    }
    case 7:
      return b % 2 === 0 ? setNodeTitle(document, id, `T${a}`.slice(0, a % 3)) : setFlowTitle(document, `F${a}`)
    case 8:
      return setParameter(document, `p${a % 3}`, b % 2 === 0 ? undefined : { type: 'number', default: b })
    default:
      return duplicate(document, new Set([id, other]))?.transaction
  }
}

const edits = fc.array(fc.tuple(fc.nat(9), fc.nat(20), fc.nat(20)), { maxLength: 30 })

describe('the flow being edited', () => {
  it('is the same after any transaction and its inverse', () => {
    fc.assert(
      fc.property(edits, (steps) => {
        let document = FLOW
        for (const [kind, a, b] of steps) {
          const transaction = someEdit(document, kind, a, b)
          if (transaction === undefined) continue
          const after = apply(document, transaction)
          assert.equal(writeFlow(apply(after, invert(transaction))), writeFlow(document))
          document = after
        }
      }),
    )
  })

  it('comes back by Undo and forth by Redo, over any number of edits', () => {
    fc.assert(
      fc.property(edits, (steps) => {
        let now_ms = 0
        const draft = new Draft(FLOW, undefined, () => {
          now_ms += 5000
          return now_ms
        })
        const texts = [writeFlow(draft.document)]
        for (const [kind, a, b] of steps) {
          draft.do(someEdit(draft.document, kind, a, b))
          if (draft.history.done.length === texts.length) texts.push(writeFlow(draft.document))
        }
        for (const text of texts.toReversed()) {
          assert.equal(writeFlow(draft.document), text)
          draft.undo()
        }
        for (const text of texts) {
          assert.equal(writeFlow(draft.document), text)
          draft.redo()
        }
      }),
    )
  })

  it('stays a flow that the reader takes, and its text is stable', () => {
    fc.assert(
      fc.property(edits, (steps) => {
        let document = FLOW
        for (const [kind, a, b] of steps) {
          const transaction = someEdit(document, kind, a, b)
          if (transaction !== undefined) document = apply(document, transaction)
        }
        const text = writeFlow(document)
        const { flow, problems } = readFlow(text)
        assert.deepEqual(problems, [])
        assert.equal(writeFlow(flow!), text)
      }),
    )
  })

  it('is not touched by an edit: the old document stays as it was', () => {
    const before = writeFlow(FLOW)
    apply(FLOW, setOption(FLOW, 'dns', 'where', 'true'))
    assert.equal(writeFlow(FLOW), before)
  })

  it('takes a node called constructor', () => {
    const node = { type: 'rule.filter', options: {} }
    const document = apply(FLOW, { label: '', changes: [change(FLOW, ['nodes', 'constructor'], node)] })
    assert.deepEqual(document.nodes.constructor, node)
    const { ['__proto__' as string]: proto } = apply(FLOW, {
      label: '',
      changes: [change(FLOW, ['parameters', '__proto__'], { type: 'string' })],
    }).parameters
    assert.deepEqual(proto, { type: 'string' })
    assert.equal(({} as { type?: string }).type, undefined)
  })

  it('joins what is typed within a second into one step', () => {
    let now_ms = 0
    const draft = new Draft(FLOW, undefined, () => now_ms)
    for (const text of ['t', 'tr', 'tru', 'true']) {
      draft.do(setOption(draft.document, 'dns', 'where', text))
      now_ms += 200
    }
    assert.equal(draft.history.done.length, 1)
    now_ms += 2000
    draft.do(setOption(draft.document, 'dns', 'where', 'false'))
    assert.equal(draft.history.done.length, 2)
    draft.undo()
    draft.undo()
    assert.equal(draft.document.nodes.dns?.options.where, "event_type == 'dns'")
  })

  it('loses what it selected when that is deleted', () => {
    const draft = new Draft(FLOW)
    draft.select({ nodes: new Set(['dns', 'nobody']) })
    assert.deepEqual([...draft.selection.nodes], ['dns'])
    draft.do(removeSelected(draft.document, draft.selection))
    assert.equal(draft.selection.nodes.size, 0)
    assert.deepEqual(draft.document.wires, [])
  })
})

describe('edits', () => {
  it('put nodes on the grid of 16', () => {
    const moved = apply(FLOW, moveNodes(FLOW, new Map([['eve', [23, -9]]]))!)
    assert.deepEqual(moved.view.positions.eve, [16, -16])
    assert.equal(moveNodes(FLOW, new Map([['eve', [3, 3]]])), undefined)
  })

  it('refuse a wire that stands, that closes a circle, or that goes back to its node', () => {
    const ends = (text: string) => parseWire(text)!
    assert.match(wireMistake(FLOW, ends('eve -> dns'))!, /already/)
    assert.match(wireMistake(FLOW, ends('out -> eve'))!, /circle/)
    assert.match(wireMistake(FLOW, ends('dns -> dns'))!, /itself/)
    assert.equal(wireMistake(FLOW, ends('eve -> out')), undefined)
  })

  it('rename a node in wires, places and groups', () => {
    const renamed = apply(FLOW, renameNode(FLOW, 'dns', 'only-dns'))
    assert.deepEqual([...renamed.wires].sort(), ['eve -> only-dns', 'only-dns -> out', 'only-dns.rejected -> out'])
    assert.deepEqual(renamed.view.positions['only-dns'], [224, 0])
    assert.deepEqual(renamed.view.groups[0]?.nodes, ['eve', 'only-dns'])
    assert.match(idMistake(FLOW, 'dns', 'eve')!, /already/)
    assert.match(idMistake(FLOW, 'dns', 'Eve')!, /small letters/)
  })
})

describe('the difference to what is deployed', () => {
  it('does not count moves, titles and descriptions', () => {
    let document = apply(FLOW, moveNodes(FLOW, new Map([['eve', [320, 320]]]))!)
    document = apply(document, setNodeTitle(document, 'dns', 'Only DNS'))
    document = apply(document, setFlowTitle(document, 'Another'))
    assert.equal(difference(document, FLOW).count, 0)
  })

  it('names added, changed and removed nodes, wires and parameters', () => {
    let document = apply(FLOW, setOption(FLOW, 'dns', 'where', 'true'))
    document = apply(
      document,
      addNode(document, 'more', { type: 'sink.discard', options: {} }, [0, 0], { from: 'eve', outlet: 'out' }),
    )
    document = apply(document, setParameter(document, 'input', { type: 'string', default: 'other.json' }))
    const is = difference(document, FLOW)
    assert.deepEqual(
      [[...is.added], [...is.changed], [...is.addedWires], [...is.parameters], is.count],
      [['more'], ['dns'], ['eve -> more'], ['input'], 4],
    )
    assert.deepEqual([...difference(FLOW, document).removed], ['more'])
  })
})

describe('a flow without places', () => {
  it('is drawn along its wires, no two nodes in one place', () => {
    const places = layers(FLOW)
    assert.ok(places.get('eve')![0] < places.get('dns')![0] && places.get('dns')![0] < places.get('out')![0])
    assert.equal(new Set([...places.values()].map(String)).size, 3)
  })
  it('keeps the places it has', () => {
    assert.deepEqual(placesOf(FLOW).get('dns'), [224, 0])
    assert.ok(placesOf(FLOW).has('out'))
  })
})
