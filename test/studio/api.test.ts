import assert from 'node:assert/strict'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Studio } from '../../editor/server/studio.ts'
import { ask, fakeCompiler, flowOf, logIn, temporaryFolder, testStudio } from './fakes.ts'

/** A request with its path exactly as given: fetch would tidy it. */
function askRaw(studio: Studio, path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const { hostname, port } = new URL(studio.url)
  const headers = { authorization: `Bearer ${studio.apiToken}` }
  httpRequest({ hostname, port, path, headers }, (response) => {
    response.resume()
    resolve(response.statusCode ?? 0)
  })
    .on('error', reject)
    .end()
  return promise
}

test('a login link opens one session, once', async (t) => {
  const studio = await testStudio(t)
  const first = await fetch(studio.loginLink, { redirect: 'manual' })
  assert.equal(first.status, 303)
  assert.equal(first.headers.get('location'), '/')
  const cookie = first.headers.get('set-cookie')!
  assert.match(cookie, /^lacewing_\d+=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/)
  const second = await fetch(studio.loginLink, { redirect: 'manual' })
  assert.equal(second.status, 401)
  assert.equal(second.headers.get('set-cookie'), null)
  const session = await ask(studio, 'GET', '/api/session', undefined, { cookie: cookie.split(';')[0]! })
  assert.deepEqual(session.body, { user: 'admin', role: 'admin' })
})

test('HEAD does not use up a login link', async (t) => {
  const studio = await testStudio(t)
  await fetch(studio.loginLink, { method: 'HEAD' })
  assert.equal((await fetch(studio.loginLink, { redirect: 'manual' })).status, 303)
})

test('guessing login links is slowed down', async (t) => {
  const studio = await testStudio(t)
  const statuses = await Promise.all(
    Array.from({ length: 30 }, (_, i) => fetch(`${studio.url}/login/guess${i}`).then(({ status }) => status)),
  )
  assert.equal(statuses.filter((status) => status === 429).length, 10)
})

test('a session outlives a restart of the studio, on disk only as a hash; a logout ends it', async (t) => {
  const dataFolder = await temporaryFolder(t)
  const studio = await testStudio(t, { dataFolder })
  const port = Number(new URL(studio.url).port)
  const cookie = await logIn(studio)
  await studio.close()
  const again = await testStudio(t, { dataFolder, port })
  assert.equal((await ask(again, 'GET', '/api/session', undefined, { cookie })).status, 200)
  const kept = await readFile(join(dataFolder, 'sessions.json'), 'utf8')
  assert.equal(kept.includes(cookie.split('=')[1]!), false)
  const headers = { cookie, 'x-lacewing': '1', origin: again.url }
  assert.equal((await ask(again, 'POST', '/api/logout', undefined, headers)).status, 204)
  assert.equal((await ask(again, 'GET', '/api/session', undefined, { cookie })).status, 401)
})

test('files with secrets are readable by their owner only', async (t) => {
  const dataFolder = await temporaryFolder(t)
  const studio = await testStudio(t, { dataFolder })
  await logIn(studio)
  for (const name of ['token', 'sensor-tokens.json', 'sessions.json']) {
    assert.equal((await stat(join(dataFolder, name))).mode & 0o777, 0o600, name)
  }
})

test('every route but /healthz and /login wants a login', async (t) => {
  const studio = await testStudio(t)
  const { body } = await ask(studio, 'GET', '/api/openapi.json')
  const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => [verb.toUpperCase(), path.replace(/\{\w+\}/g, 'a1')] as const),
  )
  assert.ok(routes.length >= 18)
  for (const [verb, path] of [...routes, ['GET', '/metrics'], ['GET', '/'], ['GET', '/api/nothing']] as const) {
    const answer = await ask(studio, verb, path, undefined, {})
    assert.equal(answer.status, 401, `${verb} ${path}`)
    assert.ok(answer.body.error && answer.body.fix)
  }
  const wrong = { authorization: `Bearer ${'A'.repeat(43)}` }
  assert.equal((await ask(studio, 'GET', '/api/flows', undefined, wrong)).status, 401)
  assert.deepEqual((await ask(studio, 'GET', '/healthz', undefined, {})).body, { status: 'ok' })
})

test('a request by cookie that changes something needs the editor header and origin', async (t) => {
  const studio = await testStudio(t)
  const cookie = await logIn(studio)
  const body = { example: 'counter' }
  const post = async (headers: Record<string, string>) =>
    (await ask(studio, 'POST', '/api/flows', body, { cookie, ...headers })).status
  assert.equal(await post({}), 403)
  assert.equal(await post({ 'x-lacewing': '1' }), 403)
  assert.equal(await post({ origin: studio.url }), 403)
  assert.equal(await post({ 'x-lacewing': '1', origin: 'http://evil.example' }), 403)
  assert.equal(await post({ 'x-lacewing': '1', origin: 'null' }), 403)
  assert.equal(await post({ 'x-lacewing': '1', origin: studio.url }), 200)
})

test('answers forbid framing, sniffing and foreign code', async (t) => {
  const studio = await testStudio(t)
  const { headers } = await ask(studio, 'GET', '/api/flows')
  const policy = headers.get('content-security-policy')!
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /script-src 'self'/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /unsafe|upgrade-insecure/)
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.equal(headers.get('cache-control'), 'no-store')
})

test('a flow is kept with its revisions', async (t) => {
  const studio = await testStudio(t)
  const made = await ask(studio, 'POST', '/api/flows', { example: 'counter' })
  assert.deepEqual(made.body, { name: 'counter', revision: 1 })
  const changed = flowOf('counter', { total: 7 }, 'Seven')
  const saved = await ask(studio, 'PUT', '/api/flows/counter', { flow: changed, base_revision: 1 })
  assert.deepEqual(saved.body, { revision: 2 })
  const repeated = await ask(studio, 'PUT', '/api/flows/counter', { flow: changed, base_revision: 1 })
  assert.deepEqual(repeated.body, { revision: 2 }, 'a save sent again is one save')
  const { body: flows } = await ask(studio, 'GET', '/api/flows')
  assert.deepEqual([flows.length, flows[0].name, flows[0].title, flows[0].revision], [1, 'counter', 'Seven', 2])
  assert.equal((await ask(studio, 'GET', '/api/flows/counter')).body.flow.title, 'Seven')
  const { body: revisions } = await ask(studio, 'GET', '/api/flows/counter/revisions')
  assert.deepEqual(
    revisions.map((one: { revision: number }) => one.revision),
    [1, 2],
  )
  assert.equal((await ask(studio, 'GET', '/api/flows/counter/revisions/1')).body.flow.title, 'Counter')
  assert.equal((await ask(studio, 'GET', '/api/flows/counter/revisions/3')).status, 404)
  assert.equal((await ask(studio, 'DELETE', '/api/flows/counter')).status, 204)
  assert.equal((await ask(studio, 'GET', '/api/flows/counter')).status, 404)
})

test('a save over a newer revision is 409 with that revision; base 0 begins a flow; a taken name gets a number', async (t) => {
  const studio = await testStudio(t)
  const put = (title: string, base_revision: number) =>
    ask(studio, 'PUT', '/api/flows/counter', { flow: flowOf('counter', {}, title), base_revision })
  assert.equal((await put('Lost', 3)).status, 404)
  assert.deepEqual((await put('One', 0)).body, { revision: 1 })
  assert.deepEqual((await put('Two', 1)).body, { revision: 2 })
  const late = await put('Late', 1)
  assert.equal(late.status, 409)
  assert.deepEqual([late.body.revision, late.body.flow.title], [2, 'Two'])
  const copy = await ask(studio, 'POST', '/api/flows', { flow: flowOf('counter') })
  assert.deepEqual(copy.body, { name: 'counter-2', revision: 1 })
})

test('two saves at once: one is kept, the other is told', async (t) => {
  const studio = await testStudio(t)
  await ask(studio, 'POST', '/api/flows', { example: 'counter' })
  const answers = await Promise.all(
    ['A', 'B', 'C'].map((title) =>
      ask(studio, 'PUT', '/api/flows/counter', { flow: flowOf('counter', {}, title), base_revision: 1 }),
    ),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409])
})

test('what is no flow is 422 with problems', async (t) => {
  const studio = await testStudio(t)
  const refused = await ask(studio, 'POST', '/api/flows', { flow: { lacewing: 1, nodes: 3 } })
  assert.equal(refused.status, 422)
  assert.ok(refused.body.problems.length > 0)
  const nested = JSON.stringify({ flow: flowOf('deep') }).replace(
    '{}',
    `{"a": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
  )
  assert.equal((await ask(studio, 'POST', '/api/flows', nested)).body.problems[0].code, 'FLOW-0102')
  const newer = await ask(studio, 'POST', '/api/flows', { flow: { ...flowOf('counter'), lacewing: 99 } })
  assert.equal(newer.body.problems[0].code, 'FLOW-0103')
})

test('a check gives problems and the fields of each wire, and keeps nothing', async (t) => {
  const studio = await testStudio(t)
  const checked = await ask(studio, 'POST', '/api/check', { flow: flowOf('counter'), parameters: { total: 3 } })
  assert.deepEqual(checked.body, {
    problems: [],
    wires: { 'count -> out': { fields: [{ path: 'n', kind: 'integer' }] } },
  })
  assert.equal((await ask(studio, 'POST', '/api/check', { flow: { lacewing: 1 } })).body.problems.length > 0, true)
  assert.deepEqual((await ask(studio, 'GET', '/api/flows')).body, [])
})

test('hostile requests are answered 4xx and change nothing', async (t) => {
  const dataFolder = await temporaryFolder(t)
  const studio = await testStudio(t, { dataFolder })
  const paths = [
    '/api/flows/..%2f..%2ftoken',
    '/api/flows/%2e%2e',
    '/api/flows/..%252f..%252ftoken',
    '/api/flows/../../token',
    '/api/flows/__proto__',
    '/api/flows/a%00b',
    '/api/flows/%ff',
    `/api/flows/${'a'.repeat(65)}`,
    '/api/flows/a/revisions/0',
    '/api/flows/a/revisions/1e3',
    '/../token',
    '//etc/passwd',
    `/api/flows?x=${'y'.repeat(100_000)}`,
  ]
  for (const path of paths) {
    const status = await askRaw(studio, path)
    assert.ok(status >= 400 && status < 500, `${path.slice(0, 60)} gave ${status}`)
  }
  const authorization = `Bearer ${studio.apiToken}`
  const post = (body: string, type = 'application/json') =>
    fetch(`${studio.url}/api/flows`, { method: 'POST', body, headers: { authorization, 'content-type': type } })
  assert.equal((await post('{"__proto__": {"flow": 1}}')).status, 400)
  assert.equal((await post('{"constructor": {"prototype": {}}}')).status, 400)
  assert.equal((await post('{')).status, 400)
  assert.equal((await post('')).status, 400)
  assert.equal((await post('{"example": "counter", "extra": 1}')).status, 400)
  assert.equal((await post('{"example": ["counter"]}')).status, 400)
  assert.equal((await post('{"example": "../../x"}')).status, 400)
  assert.equal((await post('example=counter', 'application/x-www-form-urlencoded')).status, 415)
  const large = await post(`{"example": "${'x'.repeat(9 * 1024 * 1024)}"}`)
  assert.equal(large.status, 413)
  assert.ok(((await large.json()) as { fix: string }).fix)
  assert.deepEqual((await ask(studio, 'GET', '/api/flows')).body, [])
})

test('an unknown route is 404 with an error and its fix', async (t) => {
  const studio = await testStudio(t)
  const { status, body } = await ask(studio, 'GET', '/api/nothing')
  assert.equal(status, 404)
  assert.deepEqual(Object.keys(body), ['error', 'fix'])
})

test('a failure inside is told to the log, not to the visitor', async (t) => {
  const lines: string[] = []
  const compiler = { ...fakeCompiler, check: () => Promise.reject(new Error('secret detail')) }
  const studio = await testStudio(t, { compiler, log: (line) => lines.push(line) })
  const { status, body } = await ask(studio, 'POST', '/api/check', { flow: flowOf('counter') })
  assert.equal(status, 500)
  assert.equal(JSON.stringify(body).includes('secret'), false)
  assert.ok(lines.some((line) => line.includes('secret detail')))
})

test('login links and tokens never reach the log', async (t) => {
  const lines: string[] = []
  const studio = await testStudio(t, { log: (line) => lines.push(line) })
  await logIn(studio)
  await fetch(`${studio.loginLink}/more`)
  assert.equal(
    lines.some((line) => line.includes(studio.loginLink.split('/').at(-1)!)),
    false,
  )
})

test('the editor is served to those logged in, hashed files for ever', async (t) => {
  const editorFiles = await temporaryFolder(t)
  await mkdir(join(editorFiles, 'assets'))
  await writeFile(join(editorFiles, 'index.html'), '<!doctype html><title>Editor</title>')
  await writeFile(join(editorFiles, 'assets', 'main-ABCD1234.js'), '1')
  const studio = await testStudio(t, { editorFiles })
  const cookie = await logIn(studio)
  const page = await ask(studio, 'GET', '/', undefined, { cookie })
  assert.match(page.body, /Editor/)
  assert.equal(page.headers.get('cache-control'), 'no-cache')
  const script = await ask(studio, 'GET', '/assets/main-ABCD1234.js', undefined, { cookie })
  assert.match(script.headers.get('cache-control')!, /immutable/)
  const stranger = await ask(studio, 'GET', '/', undefined, { accept: 'text/html' })
  assert.equal(stranger.status, 401)
  assert.match(stranger.body, /login link/)
})

test('a port in use and a data folder in use are said clearly', async (t) => {
  const dataFolder = await temporaryFolder(t)
  const studio = await testStudio(t, { dataFolder })
  const port = Number(new URL(studio.url).port)
  await assert.rejects(testStudio(t, { port }), { name: 'InputError', message: /Port \d+ of 127\.0\.0\.1 is in use/ })
  await assert.rejects(testStudio(t, { dataFolder }), { name: 'InputError', message: /in use by process \d+/ })
})

test('listening beyond this machine needs a certificate', async (t) => {
  await assert.rejects(testStudio(t, { host: '0.0.0.0' }), { name: 'InputError', message: /needs TLS/ })
})

test('the lock of a process that is gone is taken over, also when its number is in use again', async (t) => {
  for (const holder of [
    { pid: 4_000_000, started: 'gone' },
    { pid: process.ppid, started: 'another boot 1' },
    { pid: process.pid, started: 'another boot 1' },
  ]) {
    const dataFolder = await temporaryFolder(t)
    await writeFile(join(dataFolder, 'lock'), JSON.stringify(holder))
    await testStudio(t, { dataFolder })
  }
})
