/** Files that are there whole or not at all: what is made once and read by many. */

import { renameSync, writeFileSync } from 'node:fs'

/**
 * Puts a file in place. Two that write the same at once do not get into each other's way, and it is on the disk before it
 * has its name, so that a power failure leaves none of zeros.
 */
export function writeWhole(file: string, data: string | Uint8Array): void {
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, data, { flush: true })
  renameSync(fresh, file)
}
