/** The files that the rows read: made when a row first asks for one, from fixed seeds, so the same at every run. */

import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { grouped } from '../table.ts'
import {
  writeCapture,
  writeEvents,
  writeFirstLines,
  writeFirstPackets,
  writeKeys,
  writeNumbered,
  writeRepeated,
} from './data.ts'
import type { InputFile } from './input-file.ts'
import type { Meter } from './meter.ts'
import { writeMixedCapture } from './mixed-capture.ts'
import { EXAMPLES, figuresSaid, parseLoopCommand } from './programs.ts'
import { type Shape, seededTrees } from './seeded-trees.ts'

export interface InputOptions {
  /** Records of what is generated. */
  readonly events: number
  /** Files to use instead of generated ones. */
  readonly eve: string | undefined
  readonly pcap: string | undefined
}

/** Read by the same programs to learn what they cost before the first record. */
const FEW_RATIO = 0.01
/** What programs get that take minutes over all. */
const SLOW_RATIO = 0.1
/** How often a file holds the events whose flow is to run for seconds. */
const LONG_TIMES = 3
/** Records and keys of the counting row, for each event: ten million and five million. */
const KEY_RECORDS_RATIO = 10
const KEYS_RATIO = 5

export class Inputs {
  readonly #folder: string
  readonly #options: InputOptions
  readonly #meter: Meter
  readonly #signal: AbortSignal
  readonly #say: (line: string) => void
  readonly #made = new Map<string, Promise<InputFile>>()

  /**
   * @param folder gets all files; the caller removes it.
   * @param signal ends the making of a file.
   */
  constructor(folder: string, options: InputOptions, meter: Meter, signal: AbortSignal, say: (line: string) => void) {
    this.#folder = folder
    this.#options = options
    this.#meter = meter
    this.#signal = signal
    this.#say = say
  }

  /** False when an EVE file was given, whose names may have any public suffix. */
  get isGenerated(): boolean {
    return this.#options.eve === undefined
  }

  /** Where a program may write. */
  place(name: string): string {
    return join(this.#folder, name)
  }

  /** Generated events, or the file that was given. */
  eve(): Promise<InputFile> {
    return this.#once('eve.json', async (place) => {
      const { eve: given, events } = this.#options
      const path = given === undefined ? place : resolve(given)
      if (given === undefined) {
        this.#say(`Making ${grouped(events)} events`)
        await writeEvents(path, events, this.#signal)
      }
      return this.#withFirstLines(path, FEW_RATIO)
    })
  }

  /** The events, each with its number. */
  numberedEve(): Promise<InputFile> {
    return this.#once('numbered.json', async (path) => {
      const { path: from, ...counts } = await this.eve()
      await writeNumbered(path, from, this.#signal)
      return { path, ...counts }
    })
  }

  /** The events three times over: for flows whose speed by the clock must not be that of their start. */
  longEve(): Promise<InputFile> {
    return this.#once('long.json', async (path) => {
      const { path: from, records, few } = await this.eve()
      await writeRepeated(path, from, LONG_TIMES, this.#signal)
      return { path, records: records * LONG_TIMES, few }
    })
  }

  /** The first tenth of the events. */
  tenthOfEve(): Promise<InputFile> {
    return this.#once('tenth.json', async (path) => {
      await writeFirstLines(path, (await this.eve()).path, SLOW_RATIO)
      return this.#withFirstLines(path, FEW_RATIO)
    })
  }

  /** Traffic of many kinds with some DNS in it, or the capture that was given. */
  mixedCapture(): Promise<InputFile> {
    return this.#once('mixed.pcap', async (place) => {
      const { pcap: given, events } = this.#options
      const path = given === undefined ? place : resolve(given)
      if (given === undefined) {
        this.#say(`Making ${grouped(events)} packets`)
        await writeMixedCapture(path, events, this.#signal)
      }
      return this.#withFirstPackets(path)
    })
  }

  /** The first tenth of that capture. */
  tenthOfMixedCapture(): Promise<InputFile> {
    return this.#once('tenth.pcap', async (path) => {
      await writeFirstPackets(path, (await this.mixedCapture()).path, SLOW_RATIO)
      return this.#withFirstPackets(path)
    })
  }

  /** The sample of DNS messages, over and over. */
  dnsCapture(): Promise<InputFile> {
    return this.#once('dns.pcap', async (path) => {
      const { events } = this.#options
      const few = { path: this.place('few-dns.pcap'), records: Math.ceil(events * FEW_RATIO) }
      const sample = join(EXAMPLES, 'samples', 'dns.pcap')
      await writeCapture(path, sample, events, this.#signal)
      await writeCapture(few.path, sample, few.records, this.#signal)
      return { path, records: events, few }
    })
  }

  /** Small records with very many different clients, and how many those are. */
  async keys(): Promise<{ readonly file: InputFile; readonly keys: number }> {
    const { events } = this.#options
    const keys = events * KEYS_RATIO
    const file = await this.#once('keys.json', async (path) => {
      const records = events * KEY_RECORDS_RATIO
      this.#say(`Making ${grouped(records)} small records`)
      await writeKeys(path, records, keys, this.#signal)
      const few = { path: this.place('few-keys.json'), records: Math.ceil(records * FEW_RATIO) }
      await writeKeys(few.path, few.records, keys, this.#signal)
      return { path, records, few }
    })
    return { file, keys }
  }

  /** What a program finds that prints figures, so that others can be held against it. */
  async found(command: readonly string[]): Promise<number> {
    return figuresSaid((await this.#meter.measure(command)).stdout).found!
  }

  /** A model file of trees made up from a seed. */
  async trees(shape: Shape): Promise<string> {
    const path = this.place(`${shape.name}.json`)
    await writeFile(path, JSON.stringify(seededTrees(shape)))
    return path
  }

  /** Name, records and size of each file made or given so far. */
  async facts(): Promise<Readonly<Record<string, object>>> {
    const files = await Promise.all([...this.#made].map(async ([name, file]) => [name, await file] as const))
    return Object.fromEntries(
      files.map(([name, { path, records }]) => {
        const bytes = statSync(path).size
        const from = basename(path) === name ? {} : { from: basename(path) }
        return [name, { ...from, records, bytes, mean_bytes: Math.round(bytes / records) }]
      }),
    )
  }

  #once(name: string, make: (place: string) => Promise<InputFile>): Promise<InputFile> {
    let made = this.#made.get(name)
    if (made === undefined) {
      made = make(this.place(name))
      this.#made.set(name, made)
    }
    return made
  }

  /** Counting also brings a given file into the file cache. */
  async #withFirstLines(path: string, share_ratio: number): Promise<InputFile> {
    const few = this.place(`few-${basename(path)}`)
    await writeFirstLines(few, path, share_ratio)
    const count = async (file: string) => {
      const { stdout } = await this.#meter.measure(parseLoopCommand(file))
      return { path: file, records: figuresSaid(stdout).records! }
    }
    return { ...(await count(path)), few: await count(few) }
  }

  async #withFirstPackets(path: string): Promise<InputFile> {
    const few = this.place(`few-${basename(path)}`)
    const { all, written } = await writeFirstPackets(few, path, FEW_RATIO)
    return { path, records: all, few: { path: few, records: written } }
  }
}
