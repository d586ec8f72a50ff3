/** From packets to alerts, beside the programs that print packets. */

import type { InputFile } from '../input-file.ts'
import type { Inputs } from '../inputs.ts'
import type { Program } from '../program.ts'
import { EXAMPLES, flowSaid, over, packetPrinter, runFlow } from '../programs.ts'
import type { Row } from '../row.ts'

const FLOW = 'dga-pcap'

function flow(name: string, does: string, inputs: Inputs, capture: InputFile): Program {
  const settings = (input: string) => ({ input, output: inputs.place(`${name}.jsonl`) })
  return { name, does, ...over(capture, (path) => runFlow(`${EXAMPLES}dga-pcap.json`, settings(path))), read: flowSaid }
}

export const packets: Row = {
  name: 'packets',
  title: 'Capture, DNS, features, score, alerts',
  disk_bytes_per_event: 700,
  programs: async (inputs) => {
    const mixed = await inputs.mixedCapture()
    return [
      flow(FLOW, 'lacewing run dga-pcap.json over the mixed capture, with the sample model', inputs, mixed),
      flow('dga-pcap-dns', 'the same over a capture of nothing but DNS', inputs, await inputs.dnsCapture()),
      packetPrinter('tcpdump', 'decodes and prints every packet', mixed),
      packetPrinter('tshark', 'decodes and prints every packet of a tenth', await inputs.tenthOfMixedCapture()),
    ]
  },
  goals: [
    {
      figure: 'CPU a million packets',
      unit: 's',
      must: 1,
      aim: 0.5,
      needs: [FLOW],
      of: (round) => round.cpu_s(FLOW),
    },
    {
      figure: 'times tcpdump -n -r',
      unit: 'x',
      must: Number.POSITIVE_INFINITY,
      aim: 1,
      needs: [FLOW, 'tcpdump'],
      of: (round) => round.cpu_s(FLOW) / round.cpu_s('tcpdump'),
    },
  ],
}
