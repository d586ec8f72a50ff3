/** sink.discard: takes records and forgets them; they are counted as for any sink. */

import { sinkNode } from '../contract/node.ts'

export default sinkNode({
  type: 'sink.discard',
  version: 1,
  title: 'Discard',
  help: 'Takes records and forgets them. The counters still show how many came: useful for measuring a flow and for wires that only somebody looking wants.',
  icon: 'trash-2',
  uses: [],
  options: {},
  needs: () => ({}),
  reads: () => 'needs',
  open: () => ({ write: () => {}, flush: async () => {}, close: async () => {} }),
})
