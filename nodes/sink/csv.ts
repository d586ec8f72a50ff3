/**
 * Writes values as CSV that spreadsheets and other programs read alike.
 *
 * Fields with a quote, comma or line break stand in quotes (RFC 4180), lists and maps as JSON text, a missing value as
 * an empty field. A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV
 * Injection"); numbers never do. This file must not know which records are written.
 */

import type { Value } from '../contract/field.ts'
import type { TextBuffer } from '../contract/operator.ts'
import { ByteText, writeNumber, writeValue } from '../records/json-writer.ts'

const json = new ByteText()

/** Appends one field, without the comma before it. */
export function writeCsvField(out: TextBuffer, value: Value): void {
  if (value === null) return
  if (typeof value === 'number') {
    if (Number.isFinite(value)) writeNumber(out, value)
  } else if (typeof value === 'bigint') out.text(String(value))
  else if (typeof value === 'boolean') out.text(value ? 'true' : 'false')
  else if (typeof value === 'string') writeCsvText(out, value)
  else {
    json.length = 0
    writeValue(json, value)
    writeCsvText(out, json.toString())
  }
}

function writeCsvText(out: TextBuffer, text: string): void {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  out.text(/[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe)
}

/** Appends the end of a row. */
export function endCsvRow(out: TextBuffer): void {
  out.text('\r\n')
}
