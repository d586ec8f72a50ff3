/** `lacewing deploy`: saves a flow in a studio and deploys it, from a script. */

import { InputError } from '../../nodes/contract/capability.ts'
import { type Problem, problemLine } from '../../nodes/contract/problem.ts'
import type { ActivateAnswer } from '../../runtime/protocol/messages.ts'
import { loadFlow, parseSettings } from './flow-file.ts'
import { printable } from './table.ts'

export interface DeployOptions {
  readonly studio: string
  readonly token: string
  readonly sensor: string
  readonly set: readonly string[]
}

interface Answer {
  readonly status: number
  readonly body: {
    readonly error?: string
    readonly fix?: string
    readonly problems?: Problem[]
  } & Partial<ActivateAnswer>
}

/** @returns the exit code: 1 when the sensor went back to what ran before. @throws InputError */
export async function deploy(path: string, options: DeployOptions): Promise<number> {
  const { flow } = loadFlow(path)
  const known = await ask(options, 'GET', `/api/flows/${flow.name}`)
  const revision = (known.body as { revision?: number }).revision
  const saved =
    known.status === 404
      ? await ask(options, 'POST', '/api/flows', { flow })
      : await ask(options, 'PUT', `/api/flows/${flow.name}`, { flow, base_revision: revision })
  refuse(saved)
  const parameters = parseSettings(options.set)
  const answer = await ask(options, 'POST', '/api/deployments', { flow: flow.name, sensor: options.sensor, parameters })
  refuse(answer)
  if (answer.body.answer === 'running') {
    console.error(`${flow.name} runs on ${options.sensor}.`)
    return 0
  }
  console.error(
    printable(`${flow.name} was not taken over: ${(answer.body as { reason?: string }).reason ?? 'no reason given'}`),
  )
  return 1
}

async function ask(options: DeployOptions, method: string, path: string, body?: unknown): Promise<Answer> {
  let url: URL
  try {
    url = new URL(path, options.studio)
  } catch {
    throw new InputError(`--studio ${options.studio} is no address. Write it as http://127.0.0.1:7433.`)
  }
  try {
    const answer = await fetch(url, {
      method,
      headers: { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message
    throw new InputError(
      `The studio at ${url.origin} did not answer (${cause}). Check that it runs and the address is right.`,
    )
  }
}

function refuse({ status, body }: Answer): void {
  if (status < 400) return
  const problems = (body.problems ?? []).map(problemLine)
  const said = [body.error ?? `The studio refused (${status}).`, body.fix ?? '', ...problems].filter(
    (line) => line !== '',
  )
  throw new InputError(said.join('\n'))
}
