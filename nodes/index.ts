/** The catalogue: every node type, in the order of the stages a packet passes; it is also the order of the palette. */

import captureEve from './capture/eve.ts'
import capturePcap from './capture/pcap.ts'
import type { Catalogue, NodeType } from './contract/node.ts'
import featureCount from './feature/count.ts'
import featureDomain from './feature/domain.ts'
import featureExpression from './feature/expression.ts'
import modelScore from './model/score.ts'
import parseDns from './parse/dns.ts'
import parsePacket from './parse/packet.ts'
import ruleAlert from './rule/alert.ts'
import ruleFilter from './rule/filter.ts'
import ruleSwitch from './rule/switch.ts'
import sinkDiscard from './sink/discard.ts'
import sinkFile from './sink/file.ts'

const types: readonly NodeType[] = [
  captureEve,
  capturePcap,
  parsePacket,
  parseDns,
  featureDomain,
  featureCount,
  featureExpression,
  modelScore,
  ruleFilter,
  ruleSwitch,
  ruleAlert,
  sinkFile,
  sinkDiscard,
]

export const catalogue: Catalogue = new Map(types.map((type) => [type.type, type]))
