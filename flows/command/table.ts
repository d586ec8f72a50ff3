/** Tables and figures for a terminal. */

export type Cell = string | number

/** A whole number with thousands separators. Not by `toLocaleString`: its tables take 50 ms to load. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Columns aligned, numbers to the right with thousands separators. */
export function formatTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell)))
  const widths = head.map((name, i) => Math.max(name.length, ...texts.map((row) => row[i]!.length)))
  const isNumber = head.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd()
  return [line(head), ...texts.map(line)].join('\n')
}

/** Bold where the stream is a terminal and NO_COLOR is not set. */
export function emphasis(text: string, stream: NodeJS.WriteStream): string {
  const { NO_COLOR } = process.env
  return stream.isTTY && (NO_COLOR === undefined || NO_COLOR === '') ? `\u001b[1m${text}\u001b[0m` : text
}

/** Text of a user or of the wire, safe on a terminal: control characters shown as `\xNN`. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
