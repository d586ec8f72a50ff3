/** What `lacewing check` says of the lines that need no parse. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { compileInput } from '../../flows/bundle/compile-flow.ts'
import { describeShare, unreadShares } from '../../flows/command/unread-share.ts'
import { compile } from '../../flows/compile/compile.ts'
import { flowOf, language } from './run-flow.ts'

const folder = mkdtempSync(join(tmpdir(), 'lacewing-check-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const DNS = '{"event_type":"dns"}\n'
const TLS = '{"event_type":"tls"}\n'

async function sharesOf(options: Record<string, unknown>, where: string) {
  const nodes = {
    eve: { type: 'capture.eve', options },
    keep: { type: 'rule.filter', options: { where } },
    out: { type: 'sink.file', options: { path: 'out' } },
  }
  const flow = flowOf(nodes, ['eve -> keep', 'keep -> out'])
  const { prefiltered } = compile(compileInput(flow, {}, { folders: [], isConfined: false }, language))
  return unreadShares(prefiltered!, { folder, samples: [] })
}

describe('lines that need no parse', () => {
  const path = 'eve.json'
  const where = "event_type == 'dns'"

  it('are counted in the head of the input, plain or compressed, followed or not', async () => {
    writeFileSync(join(folder, path), DNS + TLS.repeat(3) + DNS)
    writeFileSync(join(folder, 'eve.gz'), gzipSync(DNS + TLS.repeat(3) + DNS))
    for (const options of [
      { path },
      { path: 'eve.gz' },
      { path, follow: true },
      { path, repeat: true, rate_per_s: 1 },
    ]) {
      const [share] = await sharesOf(options, where)
      assert.deepEqual(share!.conditions, [['"dns"']])
      assert.deepEqual(share!.head, { input: options.path, records: 5, unread: 3 })
      assert.equal(
        describeShare(share!),
        `eve: 60 % of the first 5 lines of ${options.path} need no parse (they lack "dns").`,
      )
    }
  })

  it('are counted no further than the head of a large input', async () => {
    const lines = 1_000_000
    writeFileSync(join(folder, 'large'), TLS.repeat(lines))
    const [share] = await sharesOf({ path: 'large' }, where)
    const { records, unread } = share!.head!
    assert.equal(unread, records)
    assert.ok(records > 0 && records < lines)
  })

  it('are only described where there is no input that can be looked at', async () => {
    writeFileSync(join(folder, 'empty'), '')
    for (const path of ['-', 'none.json', 'empty', '.']) {
      const [share] = await sharesOf({ path }, `${where} and dns.type in ['a', 'b']`)
      assert.equal(describeShare(share!), 'eve: lines that lack "dns", or all of "a", "b" need no parse.')
    }
  })

  it('are none where every line is of use', async () => {
    const [share] = await sharesOf({ path }, "event_type != 'dns'")
    assert.deepEqual(share, { source: 'eve', conditions: [] })
    assert.equal(describeShare(share!), 'eve: every line is parsed.')
  })
})
