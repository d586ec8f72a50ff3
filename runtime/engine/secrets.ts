/** Secrets in options: `${secret:NAME}` stands in flows and artifacts, the secret itself only in the running flow. */

import { InputError } from '../../nodes/contract/capability.ts'

/**
 * A copy of the options with secrets put in, where there are any.
 * @param names options that hold some; of a list `name.index`, the entry.
 * @throws InputError for a secret that is not among `secrets`.
 */
export function withSecrets<T>(options: T, names: readonly string[], secrets: Readonly<Record<string, string>>): T {
  if (names.length === 0) return options
  const filled: Record<string, unknown> = { ...(options as Record<string, unknown>) }
  for (const path of names) {
    const [name, entry] = path.split('.') as [string, string?]
    const value = filled[name]
    // Of a list only the entries named: another may hold text that merely looks like a secret's name.
    filled[name] =
      entry === undefined || !Array.isArray(value)
        ? filledIn(value, secrets)
        : value.with(Number(entry), filledIn(value[Number(entry)], secrets))
  }
  return filled as T
}

function filledIn(value: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (typeof value !== 'string') return value
  return value.replace(/\$\$\{|\$\{secret:([^}]*)\}/g, (match, name: string | undefined) => {
    if (name === undefined) return match.slice(1)
    if (!Object.hasOwn(secrets, name)) {
      throw new InputError(`The secret ${name} is not known on this sensor. Add it to the sensor's secrets file.`)
    }
    return secrets[name]!
  })
}
