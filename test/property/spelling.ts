/** JSON as anybody may write it: the same value in many texts. */

import type { Random } from '../json/random-records.ts'

/** One JSON text of a value in one of many spellings: any character may be escaped, space may stand between parts. */
export function spelled(value: unknown, random: Random): string {
  const space = () => (random.once(8) ? random.of([' ', '\t', '  ']) : '')
  const text = (plain: string) =>
    JSON.stringify(plain).replace(/[a-zé/]/g, (letter) => {
      if (!random.once(20)) return letter
      return letter === '/' ? '\\/' : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
  const write = (part: unknown): string => {
    if (Array.isArray(part)) return `[${part.map(write).join(',')}]`
    if (typeof part === 'string') return text(part)
    if (typeof part !== 'object' || part === null) return JSON.stringify(part)
    const members = Object.entries(part).map(([name, member]) => `${text(name)}${space()}:${space()}${write(member)}`)
    return `{${space()}${members.join(`${space()},`)}${space()}}`
  }
  return write(value)
}
