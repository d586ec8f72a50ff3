import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  bounds,
  curveFrom,
  curvePath,
  curveUntil,
  laneOffset,
  nodeSize,
  outletY,
  overlaps,
  portHeight,
  wireCurve,
} from '../../editor/canvas/geometry.ts'
import { findTypes } from '../../editor/panels/find.ts'
import { catalogue } from '../../nodes/index.ts'

const place = fc.record({ x: fc.integer({ min: -4000, max: 4000 }), y: fc.integer({ min: -4000, max: 4000 }) })

describe('places on the canvas', () => {
  it('a node is 48 high, 104 to 168 wide, a multiple of 4, and grows with its outlets', () => {
    fc.assert(
      fc.property(fc.nat(400), fc.string({ maxLength: 60 }), fc.nat(12), (title, essence, outlets) => {
        const { width, height } = nodeSize(title, essence, outlets)
        assert.ok(width >= 104 && width <= 168 && width % 4 === 0)
        assert.ok(height >= 48 && (outlets > 2 || height === 48))
      }),
    )
  })

  it('outlets and the lanes of a port stay within the node', () => {
    for (let count = 1; count < 12; count++) {
      const { height } = nodeSize(80, '', count)
      for (let i = 0; i < count; i++) {
        const y = outletY(i, count, height)
        assert.ok(y >= 8 && y <= height - 8, `outlet ${i} of ${count}`)
        assert.ok(Math.abs(laneOffset(i, count, 48)) <= 16)
      }
    }
  })

  it('a port is as high as its wires and never under 10', () => {
    assert.equal(portHeight(0, 0, 48), 10)
    assert.equal(portHeight(1, 10.7, 48), 16)
    assert.equal(portHeight(2, 10.6, 48), 28)
  })

  it('a wire leaves and arrives flat', () => {
    fc.assert(
      fc.property(place, place, (from, to) => {
        const { c1, c2 } = wireCurve(from, to)
        assert.equal(c1.y, from.y)
        assert.equal(c2.y, to.y)
        assert.ok(c1.x > from.x && c2.x < to.x)
      }),
    )
    assert.equal(curvePath(wireCurve({ x: 152, y: 96 }, { x: 224, y: 96 })), 'M152 96C188 96 188 96 224 96')
  })

  it('the parts of a curve meet where it is cut', () => {
    fc.assert(
      fc.property(place, place, fc.double({ min: 0, max: 1, noNaN: true }), (from, to, t) => {
        const curve = wireCurve(from, to)
        const before = curveUntil(curve, t)
        const after = curveFrom(curve, t)
        assert.ok(Math.hypot(before.to.x - after.from.x, before.to.y - after.from.y) < 1e-6)
        assert.deepEqual([before.from, after.to], [from, to])
      }),
    )
  })

  it('the box around nothing is none', () => {
    assert.equal(bounds([]), undefined)
    const box = { x: 0, y: 0, width: 10, height: 10 }
    assert.deepEqual(bounds([box, { ...box, x: 20 }]), { x: 0, y: 0, width: 30, height: 10 })
    assert.ok(overlaps(box, { ...box, x: 9 }) && !overlaps(box, { ...box, x: 10 }))
  })
})

describe('finding node types', () => {
  const found = (query: string): string[] => findTypes(catalogue, query).map(({ type }) => type.type)

  it('puts titles that begin so first', () => {
    assert.equal(found('filt')[0], 'rule.filter')
    assert.equal(found('eve')[0], 'capture.eve')
  })
  it('gives all types in palette order for nothing, none for nonsense', () => {
    assert.deepEqual(found('  '), [...catalogue.keys()])
    assert.deepEqual(found('zzzz'), [])
  })
})
