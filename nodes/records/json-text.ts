/**
 * From bytes to text: the strings that a reader of UTF-8 input hands out.
 *
 * Most texts of a sensor's records come again and again (event types, protocols, record types, addresses), so short
 * ones are kept in a table of fixed size and handed out without making a string. This file must not know JSON.
 */

/** Longest text the table keeps, in bytes. */
const KEPT_BYTES = 32
/** Entries; a power of two. Together with the copies of the bytes about 0.2 MB, however many texts come by. */
const ENTRIES = 4096
const ENTRY_BITS = 12
/** An entry's words: the length, then four or eight words that hold all bytes of the text. */
const ENTRY_WORDS = 9

/** Where Node's Buffer is at hand it makes strings from bytes several times faster than TextDecoder. */
const buffers = (globalThis as { Buffer?: typeof Buffer }).Buffer
/** Methods that Node's types leave out; without the parsing of an encoding's name that `toString` does each time. */
interface Slicing {
  utf8Slice(start: number, end: number): string
  latin1Slice(start: number, end: number): string
}
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Each text stands at the entry that its bytes hash to, until another one comes to the same entry for the second time
 * on end: to keep what comes only once costs more than to make it.
 */
class TextTable {
  /** The hash of the text kept, so that most others are told from it by one word. */
  readonly hashes = new Int32Array(ENTRIES)
  /** The hash of the text that came to the entry last and was not kept. */
  readonly passing = new Int32Array(ENTRIES)
  readonly texts: string[] = new Array<string>(ENTRIES).fill('')
  readonly words = new Int32Array(ENTRIES * ENTRY_WORDS)
}

/** Decodes windows of one array after the other. */
export class TextDecoding {
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(this.#bytes.buffer)
  #slicing: Slicing | undefined
  #table: TextTable | undefined

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const buffer: unknown = buffers?.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
    this.#slicing = buffer as Slicing | undefined
  }

  /** Text of valid UTF-8. A byte order mark stays in the text. */
  utf8(bytes: Uint8Array, start: number, end: number): string {
    if (bytes !== this.#bytes) this.#look(bytes)
    return this.#slicing !== undefined
      ? this.#slicing.utf8Slice(start, end)
      : decoder.decode(bytes.subarray(start, end))
  }

  /** Text of bytes below 0x80. */
  ascii(bytes: Uint8Array, start: number, end: number): string {
    if (bytes !== this.#bytes) this.#look(bytes)
    const length = end - start
    if (length < 4) return length === 0 ? '' : this.#tiny(bytes, start, length)
    if (length > KEPT_BYTES) return this.#anew(start, end)
    // Words from both ends, which meet or overlap: with the length they say what the text is.
    const view = this.#view
    const isLong = length > 16
    const reach = isLong ? 16 : length >= 8 ? 8 : 4
    let hash = length
    this.#table ??= new TextTable()
    const { hashes, passing, texts, words } = this.#table
    const a = view.getInt32(start, true)
    const b = view.getInt32(start + reach - 4, true)
    const c = view.getInt32(end - reach, true)
    const d = view.getInt32(end - 4, true)
    hash = Math.imul(hash ^ a, 0x2c1b3c6d)
    hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x297a2d39)
    hash = Math.imul(hash ^ (hash >>> 15) ^ c, 0x2c1b3c6d)
    hash = Math.imul(hash ^ (hash >>> 15) ^ d, 0x297a2d39)
    let e = 0
    let f = 0
    let g = 0
    let h = 0
    if (isLong) {
      e = view.getInt32(start + 4, true)
      f = view.getInt32(start + 8, true)
      g = view.getInt32(end - 12, true)
      h = view.getInt32(end - 8, true)
      hash = Math.imul(hash ^ (hash >>> 15) ^ e ^ g, 0x2c1b3c6d)
      hash = Math.imul(hash ^ (hash >>> 15) ^ f ^ (h << 1), 0x297a2d39)
    }
    const entry = hash >>> (32 - ENTRY_BITS)
    const at = entry * ENTRY_WORDS
    if (
      hashes[entry] === hash &&
      words[at] === length &&
      words[at + 1] === a &&
      words[at + 2] === b &&
      words[at + 3] === c &&
      words[at + 4] === d &&
      words[at + 5] === e &&
      words[at + 6] === f &&
      words[at + 7] === g &&
      words[at + 8] === h
    ) {
      return texts[entry]!
    }
    const text = this.#anew(start, end)
    if (passing[entry] !== hash) {
      passing[entry] = hash
      return text
    }
    hashes[entry] = hash
    texts[entry] = text
    words[at] = length
    words[at + 1] = a
    words[at + 2] = b
    words[at + 3] = c
    words[at + 4] = d
    words[at + 5] = e
    words[at + 6] = f
    words[at + 7] = g
    words[at + 8] = h
    return text
  }

  /** One to three bytes: the engine keeps strings of one character, and adds them up faster than it decodes. */
  #tiny(bytes: Uint8Array, start: number, length: number): string {
    if (length === 1) return String.fromCharCode(bytes[start]!)
    if (length === 2) return String.fromCharCode(bytes[start]!, bytes[start + 1]!)
    return String.fromCharCode(bytes[start]!, bytes[start + 1]!, bytes[start + 2]!)
  }

  #anew(start: number, end: number): string {
    return this.#slicing !== undefined
      ? this.#slicing.latin1Slice(start, end)
      : decoder.decode(this.#bytes.subarray(start, end))
  }
}
