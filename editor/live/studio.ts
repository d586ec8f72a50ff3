/** The studio's HTTP interface as the editor uses it. Everything it answers is data to show, never markup. */

import type { WireFields } from '../../flows/compile/wire-fields.ts'
import type { FlowDocument } from '../../flows/format/flow.ts'
import type { ParameterValues } from '../../flows/format/parameters.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import type { DeploymentState, SensorInfo } from '../../runtime/protocol/messages.ts'

export interface FlowSummary {
  readonly name: string
  readonly title?: string
  readonly revision: number
  readonly updated_ms: number
}
export interface ExampleSummary {
  readonly name: string
  readonly title: string
  readonly description: string
}
export interface Deployment {
  readonly sensor: string
  readonly flow: string
  readonly revision: number
  readonly parameters: ParameterValues
  readonly state: DeploymentState
  readonly since_ms: number
}
/** What a sensor runs of a flow: the document as it was when it was deployed. */
export interface Deployed {
  readonly flow: FlowDocument
  readonly revision: number
  readonly parameters: ParameterValues
}
export interface CheckAnswer {
  readonly problems: readonly Problem[]
  readonly wires: WireFields
}
export type SaveAnswer =
  | { readonly answer: 'saved'; readonly revision: number }
  /** Somebody saved in between; this is theirs. */
  | { readonly answer: 'conflict'; readonly revision: number; readonly flow: FlowDocument }
  | { readonly answer: 'refused'; readonly problems: readonly Problem[] }
export type DeployAnswer =
  | { readonly answer: 'running' }
  | { readonly answer: 'rolled-back'; readonly reason: string }
  | { readonly answer: 'refused'; readonly problems: readonly Problem[] }

/** The studio did not do what it was asked. The message is a sentence for the person at the screen. */
export class StudioError extends Error {
  override name = 'StudioError'
  /** HTTP status, 0 when there was no answer. */
  readonly status: number
  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}

const TIMEOUT_MS = 30_000
/** A deployment compiles, sends and waits for health. */
const DEPLOY_TIMEOUT_MS = 120_000

/** Asks the studio this page came from. All methods throw StudioError. */
export class Studio {
  session(): Promise<{ user: string }> {
    return this.#ask('GET', '/api/session')
  }
  flows(): Promise<FlowSummary[]> {
    return this.#ask('GET', '/api/flows')
  }
  flow(name: string): Promise<{ flow: FlowDocument; revision: number }> {
    return this.#ask('GET', `/api/flows/${encodeURIComponent(name)}`)
  }
  examples(): Promise<ExampleSummary[]> {
    return this.#ask('GET', '/api/examples')
  }
  openExample(example: string): Promise<{ name: string }> {
    return this.#ask('POST', '/api/flows', { example })
  }
  sensors(): Promise<SensorInfo[]> {
    return this.#ask('GET', '/api/sensors')
  }
  deployments(): Promise<Deployment[]> {
    return this.#ask('GET', '/api/deployments')
  }
  check(flow: FlowDocument): Promise<CheckAnswer> {
    return this.#ask('POST', '/api/check', { flow })
  }

  /** What runs of a flow on a sensor; undefined when it does not run there. */
  async deployed(sensor: string, flow: string): Promise<Deployed | undefined> {
    const path = `/api/deployments/${encodeURIComponent(sensor)}/${encodeURIComponent(flow)}`
    const { status, body } = await this.#send('GET', path)
    if (status === 404) return undefined
    return this.#accept<Deployed>(status, body)
  }

  /** Saves over the revision the draft is based on; 0 for a flow the studio does not have. */
  async save(flow: FlowDocument, base_revision: number): Promise<SaveAnswer> {
    const path = `/api/flows/${encodeURIComponent(flow.name)}`
    const { status, body } = await this.#send('PUT', path, { flow, base_revision })
    if (status === 409) return { answer: 'conflict', ...(body as { revision: number; flow: FlowDocument }) }
    if (status === 422) return { answer: 'refused', problems: problemsOf(body) }
    return { answer: 'saved', ...this.#accept<{ revision: number }>(status, body) }
  }

  async deploy(flow: string, revision: number, sensor: string, parameters: ParameterValues): Promise<DeployAnswer> {
    const request = { flow, revision, sensor, parameters }
    const { status, body } = await this.#send('POST', '/api/deployments', request, DEPLOY_TIMEOUT_MS)
    if (status === 422) return { answer: 'refused', problems: problemsOf(body) }
    return this.#accept<DeployAnswer>(status, body)
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.#send(method, path, body)
    return this.#accept<T>(answer.status, answer.body)
  }

  #accept<T>(status: number, body: unknown): T {
    if (status >= 200 && status < 300) return body as T
    if (status === 401 || status === 403) {
      throw new StudioError('You are not logged in. Open the login link that `lacewing start` printed.', status)
    }
    throw new StudioError(messageOf(body) ?? `The studio answered ${status}.`, status)
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    timeout_ms = TIMEOUT_MS,
  ): Promise<{ status: number; body: unknown }> {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (method !== 'GET') headers['x-lacewing'] = '1'
    if (body !== undefined) headers['content-type'] = 'application/json'
    try {
      const response = await fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        signal: AbortSignal.timeout(timeout_ms),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    } catch {
      // The network, the time limit or a body that is no JSON: for the person it is one thing.
      throw new StudioError('The studio does not answer. It may have stopped; your draft is kept in this browser.', 0)
    }
  }
}

function problemsOf(body: unknown): readonly Problem[] {
  const problems = (body as { problems?: unknown } | undefined)?.problems
  return Array.isArray(problems) ? (problems as Problem[]) : []
}

function messageOf(body: unknown): string | undefined {
  const { message, error } = (body ?? {}) as { message?: unknown; error?: unknown }
  if (typeof message === 'string') return message
  return typeof error === 'string' ? error : undefined
}
