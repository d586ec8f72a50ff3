/** sink.file: records into a file or onto standard output, as JSON lines or CSV. */

import type { ByteWriter } from '../contract/capability.ts'
import type { Schema, Value } from '../contract/field.ts'
import { need } from '../contract/need.ts'
import { NodeMistakes, sinkNode } from '../contract/node.ts'
import type { Sink, SinkBatch } from '../contract/operator.ts'
import { option } from '../contract/option.ts'
import { ByteText } from '../records/json-writer.ts'
import { endCsvRow, writeCsvField } from './csv.ts'

/** So many bytes of text go to the file at once; more than what a source reads at once, so that a batch takes one call. */
const PIECE_BYTES = 1 << 19
const LF = 10
const COMMA = 44

/** A row: the values of the columns by `columnName`. */
type Row = Readonly<Record<string, Value>>

export default sinkNode({
  type: 'sink.file',
  version: 1,
  title: 'File',
  help: 'Writes records to a file, one JSON object a line or as CSV. A record that came as JSON keeps its bytes; fields that nodes added follow at its end. In CSV, lists and maps stand as JSON text, and a text that a spreadsheet would take for a formula begins with an apostrophe.',
  icon: 'file-output',
  uses: ['files'],
  options: {
    path: option.path({ direction: 'write', help: 'The file; `-` is standard output. Its folder must be there.' }),
    format: option.choice({ of: ['jsonl', 'csv'], default: 'jsonl', help: 'JSON lines, or comma-separated values.' }),
    columns: option.texts({
      default: [],
      help: 'Fields for the columns of CSV, in order. Needed unless all fields of the records are known and wanted.',
    }),
    append: option.boolean({
      default: false,
      help: 'Writes after what is in the file. Without it the file is emptied when the flow starts anew.',
    }),
  },
  essence: (options) => String(options.path),
  needs: (options, schema) =>
    Object.fromEntries(columnsOf(options, schema).map((path, i) => [columnName(i), need.optional(path, 'any')])),
  reads: ({ format }) => (format === 'jsonl' ? 'record' : 'needs'),
  open: async (options, capabilities, context): Promise<Sink<Row>> => {
    const file = await capabilities.files.write(options.path, { append: options.append || context.resumed })
    if (options.format === 'jsonl') return new JsonLinesSink(file)
    const columns = options.columns.length > 0 ? options.columns : plainPaths(Object.entries(context.fields))
    return new CsvSink(file, columns)
  },
})

const columnName = (i: number): string => `column_${i}`

interface FileOptions {
  readonly format: 'jsonl' | 'csv'
  readonly columns: readonly string[]
}

/** @throws NodeMistakes when CSV is wanted of records that may hold more than is known. */
function columnsOf({ format, columns }: FileOptions, schema: Schema): readonly string[] {
  if (format === 'jsonl') return []
  if (columns.length > 0) return columns
  if (schema.reader === 'json' || schema.open.size > 0) {
    const message = 'CSV needs its columns named: these records may hold fields that are not known beforehand.'
    const fix = 'List the paths of the fields that become columns.'
    throw new NodeMistakes([{ code: 'FLOW-0202', option: 'columns', message, fix }])
  }
  return plainPaths([...schema.fields])
}

/** Bytes have no place in text. */
const plainPaths = (fields: readonly (readonly [string, { readonly kind: string }])[]): string[] =>
  fields.filter(([, { kind }]) => kind !== 'bytes').map(([path]) => path)

/** What both formats share: text gathers, goes to the file in pieces, and the flow waits while the file is behind. */
abstract class TextSink implements Sink<Row> {
  protected readonly text = new ByteText(PIECE_BYTES)
  readonly #file: ByteWriter

  constructor(file: ByteWriter) {
    this.#file = file
  }

  protected abstract writeRecord(batch: SinkBatch<Row>, i: number): void

  write(batch: SinkBatch<Row>): void | Promise<void> {
    let isPressed = false
    for (let i = 0; i < batch.count; i++) {
      this.writeRecord(batch, i)
      if (this.text.length >= PIECE_BYTES) isPressed = this.#pass() || isPressed
    }
    isPressed = this.#pass() || isPressed
    return isPressed ? this.#file.drained() : undefined
  }

  async flush(): Promise<void> {
    this.#pass()
    await this.#file.drained()
  }

  async close(): Promise<void> {
    this.#pass()
    await this.#file.close()
  }

  /** Gives the text to the file; true when the file is behind. */
  #pass(): boolean {
    if (this.text.length === 0) return false
    const isPressed = this.#file.write(this.text.bytes, 0, this.text.length)
    this.text.length = 0
    return isPressed
  }
}

class JsonLinesSink extends TextSink {
  protected override writeRecord(batch: SinkBatch<Row>, i: number): void {
    batch.writeJson(i, this.text)
    this.text.byte(LF)
  }
}

class CsvSink extends TextSink {
  readonly #columns: readonly string[]

  constructor(file: ByteWriter, columns: readonly string[]) {
    super(file)
    this.#columns = columns.map((_, i) => columnName(i))
    if (file.opened_bytes > 0) return
    columns.forEach((path, i) => {
      if (i > 0) this.text.byte(COMMA)
      writeCsvField(this.text, path)
    })
    endCsvRow(this.text)
  }

  protected override writeRecord(batch: SinkBatch<Row>, i: number): void {
    const row = batch.at(i)
    for (let i = 0; i < this.#columns.length; i++) {
      if (i > 0) this.text.byte(COMMA)
      writeCsvField(this.text, row[this.#columns[i]!] ?? null)
    }
    endCsvRow(this.text)
  }
}
