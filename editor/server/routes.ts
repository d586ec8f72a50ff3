/** The HTTP interface under /api: each route with the schema that checks it and documents it. */

import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { FlowDocument } from '../../flows/format/flow.ts'
import { FLOW_LIMITS } from '../../flows/format/limits.ts'
import type { ParameterValues } from '../../flows/format/parameters.ts'
import { readFlow } from '../../flows/format/read.ts'
import type { Problem } from '../../nodes/contract/problem.ts'
import { FLOW_NAME, SENSOR_NAME } from '../../runtime/protocol/channels.ts'
import type { ActivateAnswer } from '../../runtime/protocol/messages.ts'
import { nestsDeeperThan } from '../../runtime/protocol/plain-json.ts'
import type { Access, Visitor } from './access.ts'
import { AnswerError } from './answer-error.ts'
import type { FlowCompiler } from './compiler.ts'
import { listExamples, openExample } from './examples.ts'
import type { Fleet } from './fleet.ts'
import type { FlowStore } from './flow-store.ts'

/* ---- schemas ---- */

const flowName = { type: 'string', pattern: FLOW_NAME.source }
const sensorName = { type: 'string', pattern: SENSOR_NAME.source }
const revision = { type: 'integer', minimum: 1, maximum: 999_999_999 }
const time_ms = { type: 'number', description: 'Milliseconds since 1970 UTC.' }
const text = { type: 'string' }
const flow = { type: 'object', description: 'A flow document; see docs/reference/flow.schema.json.' }
const problems = { type: 'array', items: { type: 'object' }, description: 'What is wrong with the flow.' }
const parameters = {
  type: 'object',
  maxProperties: 256,
  propertyNames: flowName,
  additionalProperties: { type: ['string', 'number', 'boolean'], maxLength: 65_536 },
}
const object = (required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
  additionalProperties: false,
})
const listOf = (items: object) => ({ type: 'array', items })
const ok = (schema: object, description = 'Done.') => ({ 200: { description, schema } })
const inFlow = object({ name: flowName })
const inDeployment = object({ sensor: sensorName, flow: flowName })
const wireFields = {
  type: 'object',
  additionalProperties: object({
    fields: listOf(object({ path: text, kind: text }, { origin: text, help: text, unit: text })),
  }),
}
const fault = object({ message: text }, { node: text, stack: text })
const status = {
  flow: flowName,
  revision: { type: 'integer' },
  artifact: text,
  state: { enum: ['preparing', 'running', 'ended', 'stopped', 'faulted'] },
  since_ms: time_ms,
}

/** What a script or a person asks to be deployed. */
export interface DeployRequest {
  /** Name of a flow the studio keeps. */
  readonly flow: string
  /** The newest when left out. */
  readonly revision?: number
  readonly sensor: string
  readonly parameters?: ParameterValues
}

export interface ApiParts {
  readonly access: Access
  readonly flows: FlowStore
  readonly fleet: Fleet
  readonly compiler: FlowCompiler
  readonly examplesFolder: string
  readonly dataFolder: string
  readonly openapi: () => object
  /** Who sent this request; set before any handler runs. */
  readonly visitorOf: (request: object) => Visitor
}

/** Compiles a kept flow and runs it on a sensor. @throws AnswerError 404, 409, 422 with `problems`, 503 */
export async function deployFlow(parts: ApiParts, request: DeployRequest): Promise<ActivateAnswer> {
  const { flows, fleet, compiler, dataFolder } = parts
  const { flow, revision } = await flows.read(request.flow, request.revision)
  fleet.reach(request.sensor)
  const given = request.parameters ?? {}
  const { problems, artifact } = await compiler.compile(flow, given, join(dataFolder, 'flows', flow.name))
  if (artifact === undefined) throw refuseFlow(problems)
  return fleet.deploy(request.sensor, { flow, revision, parameters: given }, artifact)
}

export function addRoutes(app: FastifyInstance, parts: ApiParts): void {
  const { access, flows, fleet, compiler, examplesFolder, dataFolder } = parts

  app.get(
    '/api/session',
    { schema: { summary: 'Who is logged in.', response: ok(object({ user: text, role: text })) } as object },
    async (request) => {
      const { user, role } = parts.visitorOf(request)
      return { user, role }
    },
  )
  app.post(
    '/api/logout',
    { schema: { summary: 'Ends the session.', response: { 204: { description: 'Logged out.' } } } as object },
    async (request, reply) => {
      const { session } = parts.visitorOf(request)
      if (session !== undefined) await access.logout(session)
      return reply.code(204).send()
    },
  )

  /* ---- flows ---- */

  app.get(
    '/api/flows',
    {
      schema: {
        summary: 'The flows.',
        response: ok(listOf(object({ name: flowName, title: text, revision, updated_ms: time_ms }))),
      } as object,
    },
    async () => flows.list(),
  )
  app.post<{ Body: { example?: string; flow?: unknown } }>(
    '/api/flows',
    {
      schema: {
        summary: 'Keeps a new flow, from an example or a document. A taken name gets a number.',
        body: { oneOf: [object({ example: flowName }), object({ flow })] },
        response: ok(object({ name: flowName, revision })),
      } as object,
    },
    async ({ body }) => {
      const { example } = body
      return flows.create(example === undefined ? acceptFlow(body.flow) : await openExample(examplesFolder, example))
    },
  )
  app.get<{ Params: { name: string } }>(
    '/api/flows/:name',
    { schema: { summary: 'The newest revision.', params: inFlow, response: ok(object({ flow, revision })) } as object },
    async ({ params }) => flows.read(params.name),
  )
  app.put<{ Params: { name: string }; Body: { flow: unknown; base_revision: number } }>(
    '/api/flows/:name',
    {
      schema: {
        summary: 'Keeps the next revision, if base_revision is the newest; 0 begins a flow.',
        params: inFlow,
        body: object({ flow, base_revision: { ...revision, minimum: 0 } }),
        response: {
          ...ok(object({ revision })),
          409: {
            description: 'Someone saved meanwhile: theirs.',
            schema: object({ error: text, fix: text, flow, revision }),
          },
          422: { description: 'It is no flow.', schema: object({ error: text, fix: text, problems }) },
        },
      } as object,
    },
    async ({ params, body }) => {
      const given = acceptFlow(body.flow)
      if (given.name !== params.name) {
        throw new AnswerError(
          400,
          `The flow's name is '${given.name}', the address says '${params.name}'.`,
          'Make them equal.',
        )
      }
      return flows.save(given, body.base_revision)
    },
  )
  app.delete<{ Params: { name: string } }>(
    '/api/flows/:name',
    {
      schema: {
        summary: 'Removes a flow; what is deployed runs on.',
        params: inFlow,
        response: { 204: { description: 'Removed.' } },
      } as object,
    },
    async ({ params }, reply) => {
      await flows.remove(params.name)
      return reply.code(204).send()
    },
  )
  app.get<{ Params: { name: string } }>(
    '/api/flows/:name/revisions',
    {
      schema: {
        summary: 'All revisions, oldest first.',
        params: inFlow,
        response: ok(listOf(object({ revision, saved_ms: time_ms }))),
      } as object,
    },
    async ({ params }) => flows.revisions(params.name),
  )
  app.get<{ Params: { name: string; revision: string } }>(
    '/api/flows/:name/revisions/:revision',
    {
      schema: {
        summary: 'One revision.',
        params: object({ name: flowName, revision: { type: 'string', pattern: '^[1-9][0-9]{0,8}$' } }),
        response: ok(object({ flow, revision })),
      } as object,
    },
    async ({ params }) => flows.read(params.name, Number(params.revision)),
  )
  app.post<{ Body: { flow: unknown; parameters?: ParameterValues } }>(
    '/api/check',
    {
      schema: {
        summary: 'All problems of a flow, and the fields on each wire. Nothing runs, nothing is kept.',
        body: object({ flow }, { parameters }),
        response: ok(object({ problems, wires: wireFields })),
      } as object,
    },
    async ({ body }) => {
      const reading = readGiven(body.flow)
      if (reading.flow === undefined) return { problems: reading.problems, wires: {} }
      const { name } = reading.flow
      const checked = await compiler.check(reading.flow, body.parameters ?? {}, join(dataFolder, 'flows', name))
      return { problems: [...reading.problems, ...checked.problems], wires: checked.wires }
    },
  )
  app.get(
    '/api/examples',
    {
      schema: {
        summary: 'The flows that come with Lacewing.',
        response: ok(listOf(object({ name: flowName, title: text, description: text }))),
      } as object,
    },
    async () =>
      (await listExamples(examplesFolder)).map(({ name, title, description }) => ({
        name,
        title: title ?? name,
        description: description ?? '',
      })),
  )

  /* ---- sensors and deployments ---- */

  app.get(
    '/api/sensors',
    {
      schema: {
        summary: 'The sensors and what each runs.',
        response: ok(
          listOf(
            object({
              name: sensorName,
              connected: { type: 'boolean' },
              version: text,
              deployments: listOf(object(status, { fault })),
            }),
          ),
        ),
      } as object,
    },
    async () => fleet.sensors(),
  )
  app.delete<{ Params: { sensor: string } }>(
    '/api/sensors/:sensor',
    {
      schema: {
        summary: 'Forgets a sensor that is not connected, and its key.',
        params: object({ sensor: sensorName }),
        response: { 204: { description: 'Forgotten.' } },
      } as object,
    },
    async ({ params }, reply) => {
      await fleet.forget(params.sensor)
      return reply.code(204).send()
    },
  )
  app.get(
    '/api/deployments',
    {
      schema: {
        summary: 'What shall run where, and how it does.',
        response: ok(listOf(object({ sensor: sensorName, ...status, parameters, deployed_ms: time_ms }, { fault }))),
      } as object,
    },
    async () => fleet.deployments(),
  )
  app.post<{ Body: DeployRequest }>(
    '/api/deployments',
    {
      schema: {
        summary: 'Compiles a flow and runs it on a sensor, in place of the revision that runs there.',
        body: object({ flow: flowName, sensor: sensorName }, { revision, parameters }),
        response: {
          ...ok(object({ answer: { enum: ['running', 'rolled-back'] } }, { reason: text })),
          422: { description: 'It does not compile.', schema: object({ error: text, fix: text, problems }) },
        },
      } as object,
    },
    async ({ body }) => deployFlow(parts, body),
  )
  app.get<{ Params: { sensor: string; flow: string } }>(
    '/api/deployments/:sensor/:flow',
    {
      schema: {
        summary: 'The document as it was deployed.',
        params: inDeployment,
        response: ok(object({ flow, revision, parameters })),
      } as object,
    },
    async ({ params }) => {
      const { flow: deployed, revision: number, parameters: given } = fleet.deployed(params.sensor, params.flow)
      return { flow: deployed, revision: number, parameters: given }
    },
  )
  app.delete<{ Params: { sensor: string; flow: string } }>(
    '/api/deployments/:sensor/:flow',
    {
      schema: {
        summary: 'Stops a flow; on a sensor that is away as soon as it comes.',
        params: inDeployment,
        response: ok(object({ answer: { enum: ['stopped', 'stopping'] } })),
      } as object,
    },
    async ({ params }) => fleet.stop(params.sensor, params.flow),
  )
  app.get(
    '/api/openapi.json',
    { schema: { summary: 'This interface.', response: ok({ type: 'object' }) } as object },
    async () => parts.openapi(),
  )
}

/** A given document through the one reader of flows, as if it were a file. */
function readGiven(given: unknown): { readonly flow?: FlowDocument; readonly problems: readonly Problem[] } {
  if (nestsDeeperThan(given, FLOW_LIMITS.nesting)) {
    return {
      problems: [
        {
          code: 'FLOW-0102',
          severity: 'error',
          message: `The flow is nested deeper than ${FLOW_LIMITS.nesting} levels.`,
          fix: 'Flatten the options of its nodes.',
        },
      ],
    }
  }
  return readFlow(JSON.stringify(given))
}

function acceptFlow(given: unknown): FlowDocument {
  const { flow, problems } = readGiven(given)
  if (flow === undefined) throw refuseFlow(problems)
  return flow
}

function refuseFlow(problems: readonly Problem[]): AnswerError {
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const count = errors === 1 ? 'a problem' : `${errors} problems`
  return new AnswerError(422, `The flow has ${count}.`, 'Mend what the list of problems says.', { problems })
}
