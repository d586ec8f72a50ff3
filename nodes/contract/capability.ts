/**
 * Capabilities: the only doors between a node and the world. A source or sink says which it `uses` and gets them in
 * `open`. Declared here, implemented in runtime/io, handed over by the engine; a preview in the browser has none.
 */

/** A place in an input that survives a restart. Plain JSON, made and understood by the capability that read it. */
export type Position = Readonly<Record<string, string | number | boolean>>

/** Bytes of a file in order, decompressed where asked. */
export interface ByteReader {
  /**
   * Fills `into` from `offset` and gives the number of bytes; 0 at the end. With `follow` it waits for more instead of
   * ending, and goes over to the new file when the path is rotated (renamed or truncated).
   * @throws Error named `InputError` with the path and the reason, when the file can't be read on.
   */
  read(into: Uint8Array, offset: number): number | Promise<number>
  /** The place of the byte that the next `read` gives, minus `unread` bytes that the caller still holds. */
  position(unread: number): Position
  /**
   * Where the input can be entered anywhere, at no cost: the next byte read is the one at this place, counted from the
   * start, at most the size. Only while no read is on its way.
   */
  readonly seek?: ((place: number) => void) | undefined
  /** True when the next byte begins a new file (after a rotation): a half record before it is complete as it stands. */
  readonly startsFile: boolean
  /** Bytes of the input read so far, and its size where known, for a progress bar. Compressed size for compressed input. */
  progress(): { readonly done_bytes: number; readonly total_bytes: number | undefined }
  close(): Promise<void>
}

export interface ReadOptions {
  /** Wait for more at the end of the file and follow rotation. */
  readonly follow: boolean
  /** `auto` looks at the first bytes. */
  readonly compression: 'auto' | 'none' | 'gzip'
  /**
   * Every record is a line and read alike wherever it stands; empty lines are none. Of an input that several workers
   * share, each may then be given only lines of its own, so it reads on only when it has given all before in an earlier
   * `read` of its own. Left out: each worker gets the whole input.
   */
  readonly dividedAt?: 'lines'
  /** Begin here instead of at the start. */
  readonly from?: Position | undefined
}

/** Appends bytes to a file, in order. */
export interface ByteWriter {
  /**
   * Size of the file when it was opened, after it was emptied where it was: 0 for a new one and for standard output. Of
   * several workers that share it only one sees 0, and writes what stands at its head.
   */
  readonly opened_bytes: number
  /**
   * Takes a copy of the bytes, which are whole records: those of one call stay together, whoever else writes there. True
   * when the caller should `await drained()` before writing much more.
   */
  write(bytes: Uint8Array, start: number, end: number): boolean
  /** All bytes given so far are with the operating system. @throws InputError naming the path: disk full, folder gone. */
  drained(): Promise<void>
  /** As `drained`, and on the disk. */
  synced(): Promise<void>
  close(): Promise<void>
}

export interface Files {
  /** `-` is standard input. A relative path is relative to the flow's folder. @throws InputError */
  read(path: string, options: ReadOptions): Promise<ByteReader>
  /** `-` is standard output. Missing folders are not made. @throws InputError */
  write(path: string, options: { readonly append: boolean }): Promise<ByteWriter>
}

/** Something outside is wrong: a file that is missing, a disk that is full. The message says what, where and the fix. */
export class InputError extends Error {
  override name = 'InputError'
}

/** By its name: an artifact brings a class of its own. */
export function isInputError(error: unknown): error is InputError {
  return error instanceof Error && error.name === 'InputError'
}

/** Clock for pacing a replay. Event time never comes from here. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now_ms(): number
  /** Resolves after about `ms`, or at once when the node is being closed. */
  sleep(ms: number): Promise<void>
}

export interface Capabilities {
  readonly files: Files
  readonly clock: Clock
}

export type CapabilityName = keyof Capabilities
