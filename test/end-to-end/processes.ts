/** Real processes of the `lacewing` command, and a real browser, for tests from end to end. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

/** A folder of this test's own; gone when the test file is done. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'lacewing-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A `lacewing` command that runs until it is stopped. */
export class Running {
  readonly #child: ChildProcess
  readonly exited: Promise<number | null>
  #said = ''

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [join(ROOT, 'lacewing.mjs'), ...args], { cwd: ROOT, stdio: 'pipe' })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text
      })
    }
    this.exited = new Promise((resolve) => this.#child.on('exit', resolve))
  }

  /** Everything it printed so far. */
  get said(): string {
    return this.#said
  }

  /** The first group of the first match in what it prints. @throws when it ends or 60 s pass before. */
  async prints(pattern: RegExp): Promise<string> {
    for (let i = 0; i < 600; i++) {
      const match = pattern.exec(this.#said)
      if (match !== null) return match[1]!
      if (this.#child.exitCode !== null) break
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    throw new Error(`never printed ${pattern}; it said:\n${this.#said}`)
  }

  /** As Ctrl-C. @returns the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGINT')
    return await this.exited
  }
}

/** A command that ends by itself: its exit code and what it printed. */
export async function runToEnd(args: readonly string[]): Promise<{ code: number | null; said: string }> {
  const running = new Running(args)
  return { code: await running.exited, said: running.said }
}

export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.LACEWING_CHROMIUM
  if (executablePath === undefined) throw new Error("no browser: run this through 'npm test' or 'node test/run.mjs'")
  return chromium.launch({ executablePath, args: FLAGS })
}
