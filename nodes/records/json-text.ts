/**
 * From bytes to text: the strings that a reader of UTF-8 input hands out.
 *
 * Most texts of a sensor's records come again and again (event types, protocols, record types, addresses), so short
 * ones are kept in a table of fixed size and handed out without making a string. This file must not know JSON.
 */

/** Longest text the table keeps, in bytes. */
const KEPT_BYTES = 32
/** Entries; a power of two. Together with the copies of the bytes about 0.3 MB, however many texts come by. */
const ENTRIES = 4096

/** Where Node's Buffer is at hand it makes strings from bytes several times faster than TextDecoder. */
const buffers = (globalThis as { Buffer?: typeof Buffer }).Buffer
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Each text stands at the entry that its bytes hash to, until another one comes to the same entry. */
class TextTable {
  readonly texts: string[] = new Array<string>(ENTRIES).fill('')
  readonly lengths = new Uint8Array(ENTRIES)
  readonly copies = new Uint8Array(ENTRIES * KEPT_BYTES)
}

/** Decodes windows of one array after the other. */
export class TextDecoding {
  #bytes: Uint8Array = new Uint8Array(0)
  #view: Buffer | undefined
  #table: TextTable | undefined

  #viewOf(bytes: Uint8Array): Buffer | undefined {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = buffers?.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
    }
    return this.#view
  }

  /** Text of valid UTF-8. A byte order mark stays in the text. */
  utf8(bytes: Uint8Array, start: number, end: number): string {
    const view = this.#viewOf(bytes)
    return view !== undefined ? view.toString('utf8', start, end) : decoder.decode(bytes.subarray(start, end))
  }

  /** Text of bytes below 0x80. */
  ascii(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start
    if (length === 0) return ''
    if (length > KEPT_BYTES) return this.#asciiAnew(bytes, start, end)
    let hash = length
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0
    hash ^= hash >>> 15
    const entry = hash & (ENTRIES - 1)
    const at = entry * KEPT_BYTES
    this.#table ??= new TextTable()
    const { texts, lengths, copies } = this.#table
    if (lengths[entry] === length) {
      let i = 0
      while (i < length && copies[at + i] === bytes[start + i]) i++
      if (i === length) return texts[entry]!
    }
    const text = this.#asciiAnew(bytes, start, end)
    lengths[entry] = length
    texts[entry] = text
    for (let i = 0; i < length; i++) copies[at + i] = bytes[start + i]!
    return text
  }

  #asciiAnew(bytes: Uint8Array, start: number, end: number): string {
    const view = this.#viewOf(bytes)
    return view !== undefined ? view.toString('latin1', start, end) : decoder.decode(bytes.subarray(start, end))
  }
}
