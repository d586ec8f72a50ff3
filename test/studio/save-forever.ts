/** Saves revision after revision of a flow and prints each once it is answered for; killed by flow-store.test.ts. */

import { FlowStore } from '../../editor/server/flow-store.ts'
import { flowOf } from './fakes.ts'

const store = await FlowStore.open(process.argv[2]!)
let revision = store.list()[0]?.revision ?? 0
for (;;) {
  const saved = await store.save(flowOf('counter', { total: revision + 1 }), revision)
  revision = saved.revision
  process.stdout.write(`${revision}\n`)
}
