/**
 * Compiles the kernels: `npm run kernels` after a change of a `.as` file. The results are committed, so that nothing but
 * this script needs the compiler; a test compares them with fresh ones.
 *
 * A kernel is AssemblyScript, a strict subset of TypeScript that becomes WebAssembly. It has no memory, no imports and no
 * data of its own: whoever makes an instance gives it a memory and offsets into it.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const SOURCE = '.as'
const OPTIONS = [
  ['--runtime', 'stub'],
  ['--importMemory'],
  ['--enable', 'simd'],
  ['--enable', 'bulk-memory'],
  ['-O3'],
  ['--noAssert'],
].flat()

/** The text of each generated file, by its name. @throws Error with the compiler's messages. */
export async function generateKernels(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const file of readdirSync(FOLDER).sort()) {
    if (!file.endsWith(SOURCE)) continue
    const name = basename(file, SOURCE)
    const wasm = await compile(name)
    const base64 = Buffer.from(wasm).toString('base64')
    const note = `// Generated from ${file} by generate.ts; do not edit. ${wasm.length} bytes.\n`
    files.set(`${name}.gen.ts`, `${note}export const ${name.toUpperCase()}_KERNEL =\n  '${base64}'\n`)
  }
  return files
}

async function compile(name: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined
  const { error, stderr } = await main([`${name}.ts`, '--outFile', `${name}.wasm`, ...OPTIONS], {
    // The compiler knows no ending but `.ts`, which would have these files checked as TypeScript too.
    readFile: (path) => (path === `${name}.ts` ? readFileSync(`${FOLDER}${name}${SOURCE}`, 'utf8') : null),
    writeFile: (_path, contents) => {
      wasm = contents as Uint8Array
    },
    listFiles: () => [],
  })
  if (error !== null || wasm === undefined) throw new Error(`${name}${SOURCE}: ${error?.message}\n${stderr.toString()}`)
  return wasm
}

if (import.meta.main) {
  for (const [name, text] of await generateKernels()) writeFileSync(`${FOLDER}${name}`, text)
}
