/**
 * Who may come in: login links, sessions and tokens. Secrets are 256 random bits; what is kept of a session is a hash,
 * so that reading the studio's files does not log anyone in. Scripts and new sensors use tokens kept in files of their own.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../nodes/contract/capability.ts'
import { oneAtATime, readJsonFile, writeDurably } from '../../runtime/io/durable-file.ts'
import { object, oneOf, table, text, whole } from '../../runtime/protocol/shape.ts'

const LINK_MS = 24 * 3600 * 1000
export const SESSION_MS = 30 * 24 * 3600 * 1000
/** The oldest session leaves when one more logs in. */
const SESSIONS_MAX = 256
const TOKEN = /^[\w-]{43}$/

/** What a person may do. There is one role so far; every session bears it, so that others can be added. */
export type Role = 'admin'
export interface Visitor {
  readonly user: string
  readonly role: Role
  /** Hash of the session's id; undefined for a script with the API token. */
  readonly session: string | undefined
}
interface Session {
  readonly user: string
  readonly role: Role
  readonly created_ms: number
  readonly expires_ms: number
}

const readSessions = object({
  version: oneOf('1'),
  sessions: table(
    text(64, /^[0-9a-f]{64}$/),
    object({ user: text(64), role: oneOf('admin'), created_ms: whole(), expires_ms: whole() }),
    SESSIONS_MAX,
  ),
})
const readSensorTokens = object({ version: oneOf('1'), join: text(43, TOKEN) })

export class Access {
  readonly #folder: string
  readonly #sessions = new Map<string, Session>()
  /** Expiry by the hash of a link's token. */
  readonly #links = new Map<string, number>()
  readonly #run = oneAtATime()
  readonly #onEnded: ((session: string) => void)[] = []
  /** For scripts, as `Authorization: Bearer`. */
  readonly apiToken: string
  /** Lets a new sensor join. */
  readonly sensorToken: string

  private constructor(folder: string, apiToken: string, sensorToken: string) {
    this.#folder = folder
    this.apiToken = apiToken
    this.sensorToken = sensorToken
  }

  /** Reads sessions and tokens, making what is missing. @throws InputError for a damaged file. */
  static async open(folder: string): Promise<Access> {
    const access = new Access(folder, await keepApiToken(folder), await keepSensorToken(folder))
    const path = access.#sessionsPath
    const content = await readJsonFile(path)
    if (content === undefined) return access
    const read = readSessions(content)
    if (read === undefined) throw new InputError(`${path} is damaged. Remove it; everyone then logs in anew.`)
    for (const [hash, session] of Object.entries(read.sessions)) access.#sessions.set(hash, session)
    return access
  }

  /** The token of a new login link. It opens one session, within a day. */
  newLinkToken(): string {
    const token = newSecret()
    this.#links.set(hashOf(token), Date.now() + LINK_MS)
    return token
  }

  /** Uses up a link's token and gives the id of a new session; undefined when the token is unknown, used or too old. */
  async login(token: string): Promise<string | undefined> {
    const hash = hashOf(token)
    const expires_ms = this.#links.get(hash)
    this.#links.delete(hash)
    if (expires_ms === undefined || expires_ms < Date.now()) return undefined
    const id = newSecret()
    const now_ms = Date.now()
    for (const [old, session] of this.#sessions) {
      if (session.expires_ms < now_ms || this.#sessions.size >= SESSIONS_MAX) this.#end(old)
    }
    const session: Session = { user: 'admin', role: 'admin', created_ms: now_ms, expires_ms: now_ms + SESSION_MS }
    this.#sessions.set(hashOf(id), session)
    await this.#save()
    return id
  }

  async logout(session: string): Promise<void> {
    this.#end(session)
    await this.#save()
  }

  /** Called with a session's hash when it ends before its time. */
  onSessionEnded(listener: (session: string) => void): void {
    this.#onEnded.push(listener)
  }

  /** The visitor with this session id. Looked up by hash, so timing tells nothing about ids that exist. */
  bySession(id: string | undefined): Visitor | undefined {
    if (id === undefined || !TOKEN.test(id)) return undefined
    const hash = hashOf(id)
    return this.isOpen(hash) ? { user: 'admin', role: 'admin', session: hash } : undefined
  }

  /** True while the session with this hash lasts. */
  isOpen(session: string): boolean {
    const found = this.#sessions.get(session)
    return found !== undefined && found.expires_ms >= Date.now()
  }

  /** The visitor with this `Authorization` header. */
  byBearer(authorization: string | undefined): Visitor | undefined {
    const token = /^Bearer ([\w-]{43})$/i.exec(authorization ?? '')?.[1]
    if (token === undefined || !sameSecret(token, this.apiToken)) return undefined
    return { user: 'script', role: 'admin', session: undefined }
  }

  mayJoin(token: string): boolean {
    return sameSecret(token, this.sensorToken)
  }

  #end(session: string): void {
    if (this.#sessions.delete(session)) for (const listener of this.#onEnded) listener(session)
  }

  #save(): Promise<void> {
    return this.#run(() => {
      const sessions = Object.fromEntries(this.#sessions)
      return writeDurably(this.#sessionsPath, `${JSON.stringify({ version: '1', sessions }, undefined, 2)}\n`)
    })
  }

  get #sessionsPath(): string {
    return join(this.#folder, 'sessions.json')
  }
}

async function keepApiToken(folder: string): Promise<string> {
  const path = join(folder, 'token')
  try {
    const token = (await readFile(path, 'utf8')).trim()
    if (TOKEN.test(token)) return token
    throw new InputError(`${path} is damaged. Remove it; a new token is made at the next start.`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const token = newSecret()
  await writeDurably(path, `${token}\n`)
  return token
}

async function keepSensorToken(folder: string): Promise<string> {
  const path = join(folder, 'sensor-tokens.json')
  const content = await readJsonFile(path)
  if (content !== undefined) {
    const read = readSensorTokens(content)
    if (read === undefined)
      throw new InputError(`${path} is damaged. Remove it; a new token is made at the next start.`)
    return read.join
  }
  const token = newSecret()
  await writeDurably(path, `${JSON.stringify({ version: '1', join: token }, undefined, 2)}\n`)
  return token
}

/** 256 random bits in 43 characters that need no quoting anywhere. */
function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares without telling by its time where two secrets differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(a)), Buffer.from(hashOf(b)))
}
