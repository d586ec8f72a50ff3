/** Models of trees for the benchmarks: as large as real ones, and made up from a seed. They find nothing. */

import type { Tree, TreesModel } from '../../../nodes/contract/model.ts'
import { Dice } from '../../examples/make-samples.ts'

export interface Shape {
  readonly name: string
  readonly trees: number
  readonly depth: number
  /** Names of the inputs, each with the greatest threshold that is asked of it. A missing one counts as 0. */
  readonly inputs: readonly (readonly [name: string, greatest: number])[]
  /** Added to the sum of the leaves, which lies about 0. */
  readonly base: number
}

const SEED = 20_260_304
const STEPS = 1 << 16

/** Every tree is full: each record asks `depth` questions of each. Leaves are -0.2 to 0.2. */
export function seededTrees({ name, trees, depth, inputs, base }: Shape): TreesModel {
  const dice = new Dice(SEED)
  const share = () => dice.roll(STEPS) / STEPS
  const inner = 2 ** depth - 1
  const tree = (): Tree => {
    const nodes = Array.from({ length: 2 * inner + 1 }, (_, node) => {
      const isLeaf = node >= inner
      const input = dice.roll(inputs.length)
      const threshold = share() * inputs[input]![1]
      const level = Math.floor(Math.log2(node + 1))
      return isLeaf
        ? { input: 0, threshold: 0, left: -1, right: -1, value: (share() - 0.5) * 0.4, cover: 1 }
        : { input, threshold, left: 2 * node + 1, right: 2 * node + 2, value: 0, cover: 2 ** (depth - level) }
    })
    const column = (key: keyof Tree) => nodes.map((node) => node[key])
    return {
      input: column('input'),
      threshold: column('threshold'),
      left: column('left'),
      right: column('right'),
      value: column('value'),
      cover: column('cover'),
    }
  }
  return {
    lacewing_model: 1,
    kind: 'trees',
    name,
    title: 'Made up from a seed, for measuring',
    inputs: inputs.map(([input]) => ({ name: input, missing: 0 })),
    link: 'logit',
    threshold: 0.9,
    labels: ['no', 'yes'],
    base,
    trees: Array.from({ length: trees }, tree),
  }
}
