/** Times as Suricata's EVE writes them. */

let second = -1
let prefix = ''

/**
 * `2026-11-22T05:11:56.123456+0000`, always in UTC.
 *
 * @param ts_us whole microseconds since 1970, 0 to 2^53.
 */
export function timestampText(ts_us: number): string {
  const seconds = Math.floor(ts_us / 1_000_000)
  // Packets come many to a second: the part that needs the calendar is kept.
  if (seconds !== second) {
    second = seconds
    prefix = new Date(seconds * 1000).toISOString().slice(0, 20)
  }
  return `${prefix}${String(ts_us - seconds * 1_000_000).padStart(6, '0')}+0000`
}
