/** The rows of the benchmarks, in the order in which they are run and printed. */

import type { Row } from './row.ts'
import { boosted, workers } from './rows/boosted.ts'
import { deploy } from './rows/deploy.ts'
import { dga } from './rows/dga.ts'
import { keys } from './rows/keys.ts'
import { latency } from './rows/latency.ts'
import { packets } from './rows/packets.ts'
import { pass } from './rows/pass.ts'
import { peers } from './rows/peers.ts'
import { taps } from './rows/taps.ts'
import { trees } from './rows/trees.ts'

export const ROWS: readonly Row[] = [dga, boosted, pass, packets, trees, keys, workers, taps, latency, deploy, peers]
