/** The OpenAPI document, made of the schemas by which the routes check requests: the two can't differ. */

import type { FastifyInstance, FastifySchema } from 'fastify'

interface RouteSchema extends FastifySchema {
  readonly summary?: string
  readonly response?: Readonly<Record<string, { readonly description: string; readonly schema?: object }>>
}

/** Collects every route registered after this call; gives the document. */
export function collectOpenapi(app: FastifyInstance, version: string): () => object {
  const paths: Record<string, Record<string, object>> = {}
  app.addHook('onRoute', ({ url, method, schema }) => {
    if (schema === undefined) return
    const { summary = '', params, querystring, body, response = {} } = schema as RouteSchema
    const path = url.replace(/:(\w+)/g, '{$1}')
    const operation = {
      summary,
      parameters: [...parameters('path', params), ...parameters('query', querystring)],
      ...(body === undefined
        ? {}
        : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
      responses: {
        ...Object.fromEntries(
          Object.entries(response).map(([status, { description, schema: content }]) => [
            status,
            { description, ...(content === undefined ? {} : { content: { 'application/json': { schema: content } } }) },
          ]),
        ),
        default: {
          description: 'What is wrong, and how to mend it.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
        },
      },
    }
    for (const verb of [method].flat()) {
      paths[path] = { ...paths[path], [verb.toLowerCase()]: operation }
    }
  })
  return () => ({
    openapi: '3.1.0',
    info: { title: 'Lacewing studio', version },
    paths,
    components: {
      schemas: {
        Error: {
          type: 'object',
          required: ['error', 'fix'],
          properties: { error: { type: 'string' }, fix: { type: 'string' } },
        },
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: "The text of the file 'token' in the data folder." },
      },
    },
    security: [{ token: [] }],
  })
}

function parameters(place: 'path' | 'query', schema: unknown): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, object>
    required?: string[]
  }
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
  }))
}
