/** The training list: reading it, and the split of its rows that every step of the training shares. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface LabelledName {
  readonly name: string
  readonly isDga: boolean
  readonly family: string
  /**
   * `table`: benign names the trigram table is counted from. `fit`: names the model is chosen, fitted and calibrated on.
   * `test`: names nothing was fitted to.
   */
  readonly part: 'table' | 'fit' | 'test'
}

/** FNV-1a, 32 bit: a stable coin that depends on the name alone. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  // The low bits of FNV are weak on short texts: fold the high half in.
  return (value ^ (value >>> 15)) >>> 0
}

/**
 * Rows of `domain,label,family,source,split` (gzip or plain). The file's own test rows stay test; of its training rows
 * half the benign ones go to the table, so that the model never sees a name the table was counted from.
 */
export function readNames(path: string): LabelledName[] {
  const bytes = readFileSync(path)
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8')
  const names: LabelledName[] = []
  for (const line of text.split('\n').slice(1)) {
    const [name, label, family, , split] = line.split(',')
    if (name === undefined || label === undefined || family === undefined || split === undefined) continue
    const isDga = label === '1'
    const part = split.trim() === 'test' ? 'test' : !isDga && hash(name) % 2 === 0 ? 'table' : 'fit'
    names.push({ name, isDga, family, part })
  }
  return names
}
