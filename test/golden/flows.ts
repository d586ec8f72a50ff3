/** The flows of which golden texts are kept; other tests run them. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { readFlow } from '../../flows/format/read.ts'
import { flowOf } from '../flows/run-flow.ts'

/** Where the example flows stand, with their models and samples. */
export const EXAMPLES = fileURLToPath(new URL('../../flows/examples/', import.meta.url))
const example = (name: string): FlowDocument => readFlow(readFileSync(`${EXAMPLES}${name}.json`, 'utf8')).flow!

/** Every shape of node, every kind of border: a switch, a fan-in, rejects, an operator in the middle, two sources. */
const shapes = flowOf(
  {
    eve: { type: 'capture.eve', options: { path: 'eve.json' } },
    pcap: { type: 'capture.pcap', options: { path: 'dns.pcap' } },
    packets: { type: 'parse.packet', options: {} },
    dns: { type: 'parse.dns', options: {} },
    split: { type: 'rule.switch', options: { cases: ["dns: event_type == 'dns'"] } },
    lexical: { type: 'feature.domain', options: {} },
    loud: { type: 'rule.alert', options: { where: 'lexical.entropy > 3', key: 'dns.rrname', window_s: 60 } },
    out: { type: 'sink.file', options: { path: 'out.jsonl' } },
    bad: { type: 'sink.file', options: { path: 'bad.jsonl' } },
    gone: { type: 'sink.discard', options: {} },
  },
  [
    'eve -> split',
    'eve.rejected -> bad',
    'pcap -> packets',
    'packets -> dns',
    'packets.rejected -> bad',
    'dns -> lexical',
    'dns.rejected -> bad',
    'split.dns -> lexical',
    'split.else -> gone',
    'lexical -> loud',
    'loud -> out',
  ],
  'shapes',
)

/** What the prefilter follows back through added fields and a switch, to a flow that is split by key. */
const chain = flowOf(
  {
    eve: { type: 'capture.eve', options: { path: 'eve.json' } },
    names: {
      type: 'feature.expression',
      options: { fields: ["is_query := dns.type == 'query'", 'name := dns.rrname'] },
    },
    lexical: { type: 'feature.domain', options: { field: 'tls.sni' } },
    ways: {
      type: 'rule.switch',
      options: { cases: ['dns: names.is_query and exists(names.name)', 'tls: lexical.length > 20'] },
    },
    counts: { type: 'feature.count', options: { key: ['src_ip', 'names.name'], window_s: 10 } },
    files: {
      type: 'rule.filter',
      options: { where: "ENDS_WITH(http.url, '.exe') or event_type in ['smb', 'fileinfo']" },
    },
    loud: { type: 'rule.alert', options: { key: '[dest_ip, src_ip]', window_s: 60 } },
    out: { type: 'sink.file', options: { path: 'out.jsonl' } },
  },
  [
    'eve -> names',
    'names -> lexical',
    'lexical -> ways',
    'ways.dns -> counts',
    'ways.tls -> loud',
    'ways.else -> files',
    'files -> out',
    'counts -> out',
    'loud -> out',
  ],
  'chain',
)

/** The examples, and flows made to have what these lack. */
export const GOLDEN_FLOWS: readonly FlowDocument[] = [example('dga-eve'), example('dga-pcap'), shapes, chain]
