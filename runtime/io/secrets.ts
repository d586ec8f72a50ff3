import { readFileSync } from 'node:fs'
import { InputError } from '../../nodes/contract/capability.ts'

/**
 * Secrets by name from a JSON object file; none without a path.
 * @throws InputError when the file can't be read or is no flat object of texts; never with a value in the message.
 */
export function readSecrets(path: string | undefined): Readonly<Record<string, string>> {
  if (path === undefined) return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not JSON' : String((error as NodeJS.ErrnoException).code)
    throw new InputError(`The secrets in ${path} could not be read: ${why}. Write {"NAME": "value"}.`)
  }
  const isFlat =
    typeof parsed === 'object' &&
    parsed !== null &&
    !Array.isArray(parsed) &&
    Object.values(parsed).every((value) => typeof value === 'string')
  if (!isFlat) throw new InputError(`The secrets in ${path} are not an object of texts. Write {"NAME": "value"}.`)
  return Object.assign(Object.create(null), parsed)
}
