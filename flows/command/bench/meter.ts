/**
 * CPU time, elapsed time and peak memory of one program, with all its threads and the processes that it started and
 * waited for. One that outlives it is booked to nobody here.
 *
 * Node does not tell what its children cost, so each program is started by bash, whose `time` reads it from the system
 * when the program has ended (getrusage of waited-for children, user and system, to the millisecond).
 */

import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { InputError } from '../../../nodes/contract/capability.ts'

export interface Cost {
  /** User and system time. */
  readonly cpu_s: number
  readonly elapsed_s: number
  /** Undefined where GNU time is missing. */
  readonly peak_rss_bytes: number | undefined
  readonly stdout: string
}

/** Where a program stands, or undefined when it is not on the path. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not here: the next folder may have it.
    }
  }
  return undefined
}

interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** User, system and elapsed seconds. */
  readonly times: string
}

/** Times go to descriptor 3 while the program's own messages stay on standard error. */
const TIMED = `TIMEFORMAT='%3U %3S %3R'; exec 4>&2 2>&3; time "$@" 2>&4 3>&- 4>&-`
/** What a program may print before it is ended: results here are a few lines. */
const TEXT_MAX = 1024 * 1024
/** The end of a program's messages, shown when it fails. */
const STDERR_SHOWN = 2000

export class Meter {
  readonly #bash: string
  readonly #folder: string
  readonly #signal: AbortSignal
  #gnuTime: string | undefined

  private constructor(bash: string, folder: string, signal: AbortSignal) {
    this.#bash = bash
    this.#folder = mkdtempSync(join(folder, 'meter-'))
    this.#signal = signal
  }

  /**
   * @param folder for small files of its own; the caller removes it.
   * @param signal ends the program that is being measured, and all it started.
   * @throws InputError when there is no bash.
   */
  static async make(folder: string, signal: AbortSignal): Promise<Meter> {
    const bash = findProgram('bash')
    if (bash === undefined) {
      throw new InputError('The benchmarks are measured by bash, which is not on the path. Install it, then run again.')
    }
    const meter = new Meter(bash, folder, signal)
    meter.#gnuTime = await meter.#findGnuTime()
    return meter
  }

  /** Other programs of this name know neither `-f` nor `-o`. */
  async #findGnuTime(): Promise<string | undefined> {
    const [path, something] = [findProgram('time'), findProgram('true')]
    if (path === undefined || something === undefined) return undefined
    const { code, stderr } = await this.#start([path, '-f', '%M', something])
    return code === 0 && /^\d+\n/.test(stderr) ? path : undefined
  }

  /**
   * Runs one program to its end. Its standard input is empty.
   * @throws InputError when it fails, with the end of what it said.
   */
  async measure(command: readonly string[]): Promise<Cost> {
    const memoryFile = join(this.#folder, 'memory')
    const memory = this.#gnuTime === undefined ? [] : [this.#gnuTime, '-f', '%M', '-o', memoryFile]
    const { code, stdout, stderr, times } = await this.#start([...memory, ...command])
    if (this.#signal.aborted) throw new InputError('Stopped: nothing was measured.')
    if (code !== 0) {
      throw new InputError(
        `A measured program failed with code ${code}: ${command.join(' ')}\n${stderr.slice(-STDERR_SHOWN)}`,
      )
    }
    const [user_s, system_s, elapsed_s] = times.trim().split(' ').map(Number) as [number, number, number]
    const peak_kib = this.#gnuTime === undefined ? Number.NaN : Number(readFileSync(memoryFile, 'utf8'))
    rmSync(memoryFile, { force: true })
    return {
      cpu_s: user_s + system_s,
      elapsed_s,
      peak_rss_bytes: Number.isFinite(peak_kib) ? peak_kib * 1024 : undefined,
      stdout,
    }
  }

  #start(command: readonly string[]): Promise<Ended> {
    const { promise, resolve, reject } = Promise.withResolvers<Ended>()
    const child = spawn(this.#bash, ['--norc', '--noprofile', '-c', TIMED, 'bench', ...command], {
      // A group of its own, so that bash and what it started can be ended together.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // Bytes instead of characters: what makes grep fastest. The times come with a point.
      env: { ...process.env, LC_ALL: 'C' },
    })
    const end = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    this.#signal.addEventListener('abort', end)
    if (this.#signal.aborted) end()
    const gather = (stream: unknown) => {
      const text = { value: '' }
      ;(stream as NodeJS.ReadableStream).on('data', (bytes: Buffer) => {
        if (text.value.length < TEXT_MAX) text.value += bytes.toString('utf8')
      })
      return text
    }
    const [stdout, stderr, times] = [gather(child.stdio[1]), gather(child.stdio[2]), gather(child.stdio[3])]
    child.on('error', reject)
    child.on('close', (code) => {
      this.#signal.removeEventListener('abort', end)
      resolve({ code, stdout: stdout.value, stderr: stderr.value, times: times.value })
    })
    return promise
  }
}
