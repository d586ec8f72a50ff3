/** Copies standard input to standard output through DiskFiles, with both pipes set not to block. */

import { DiskFiles } from '../../runtime/io/files.ts'

// Looking at them is what makes Node set the pipes so.
void [process.stdin, process.stdout]
const files = new DiskFiles({ folder: '.' })
const reader = await files.read('-', { follow: false, compression: 'auto' })
const writer = await files.write('-', { append: false })
const piece = new Uint8Array(1 << 16)
for (;;) {
  const count = await reader.read(piece, 0)
  if (count === 0) break
  if (writer.write(piece, 0, count)) await writer.drained()
}
await writer.close()
