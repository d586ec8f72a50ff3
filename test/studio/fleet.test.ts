import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Studio } from '../../editor/server/studio.ts'
import { startSensor } from '../../runtime/sensor/sensor.ts'
import type { Program } from './fakes.ts'
import { ask, atEnd, count, flowOf, temporaryFolder, testSensor, testStudio, until, World } from './fakes.ts'

async function saveFlow(studio: Studio, name: string, program: Program): Promise<void> {
  const has = studio.flows.list().find((flow) => flow.name === name)
  await studio.flows.save(flowOf(name, program), has?.revision ?? 0)
}
async function deploy(studio: Studio, name: string, program: Program, sensor = 'lab') {
  await saveFlow(studio, name, program)
  return studio.deploy({ flow: name, sensor })
}
const stateOf = async (studio: Studio, flow: string) =>
  (await ask(studio, 'GET', '/api/deployments')).body.find((one: { flow: string }) => one.flow === flow)?.state

test('a flow deployed to a sensor runs there in a folder of its own', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  await testSensor(t, studio, world, { dataFolder })
  assert.deepEqual(await deploy(studio, 'counter', { total: 20 }), { answer: 'running' })
  await until(async () => (await stateOf(studio, 'counter')) === 'ended')
  assert.deepEqual(world.written.out, count(20))
  assert.equal(world.starts[0]!.folder, join(dataFolder, 'flows', 'counter'))
  assert.equal(world.starts[0]!.resume, undefined)
  const [artifact] = await readdir(join(dataFolder, 'artifacts'))
  assert.equal((await stat(join(dataFolder, 'artifacts', artifact!))).mode & 0o777, 0o600)
  assert.equal((await stat(join(dataFolder, 'artifacts'))).mode & 0o777, 0o700)
  assert.equal((await stat(join(dataFolder, 'key'))).mode & 0o777, 0o600)
})

test('a redeployed flow goes on where the old one stood: no record is lost or doubled', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world)
  await deploy(studio, 'counter', { total: 2000 })
  for (let filler = 1; filler < 6; filler++) {
    assert.deepEqual(await deploy(studio, 'counter', { total: 2000, filler }), { answer: 'running' })
  }
  await until(async () => (await stateOf(studio, 'counter')) === 'ended')
  assert.deepEqual(world.written.out, count(2000))
  assert.equal(world.starts.length, 6)
})

test('a new revision that does not become ready, or faults at once, gives way to the old one without a loss', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world)
  await deploy(studio, 'counter', { total: 1500 })
  const notReady = await deploy(studio, 'counter', { total: 1500, notReady: 'No such file' })
  assert.deepEqual(notReady, { answer: 'rolled-back', reason: 'No such file' })
  const faulted = await deploy(studio, 'counter', { total: 1500, faultAfter: 20 })
  assert.deepEqual(faulted, { answer: 'rolled-back', reason: 'node count: It broke' })
  assert.equal((await ask(studio, 'GET', '/api/deployments/lab/counter')).body.revision, 1)
  await until(async () => (await stateOf(studio, 'counter')) === 'ended')
  assert.deepEqual(world.written.out, count(1500))
})

test('a first deployment that fails leaves nothing behind', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const sensor = await testSensor(t, studio, world)
  const answer = await deploy(studio, 'counter', { notReady: 'No such file' })
  assert.equal(answer.answer, 'rolled-back')
  assert.deepEqual(sensor.deployments(), [])
  assert.deepEqual((await ask(studio, 'GET', '/api/deployments')).body, [])
  assert.deepEqual((await ask(studio, 'GET', '/api/sensors')).body[0].deployments, [])
  assert.equal(world.running, 0)
})

test('two sensors do not share a data folder; one that is closed gives it free', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const first = await testSensor(t, studio, world, { dataFolder })
  await assert.rejects(testSensor(t, studio, world, { dataFolder }), /in use by process \d+\. Stop it/)
  await first.close()
  await testSensor(t, studio, world, { dataFolder })
})

test('deploying what runs already changes nothing; a flow that ended begins anew', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world)
  await deploy(studio, 'counter', { total: 400 })
  await studio.deploy({ flow: 'counter', sensor: 'lab' })
  assert.equal(world.starts.length, 1)
  await until(async () => (await stateOf(studio, 'counter')) === 'ended')
  await studio.deploy({ flow: 'counter', sensor: 'lab' })
  assert.equal(world.starts.length, 2)
  assert.equal(world.starts[1]!.resume, undefined)
})

test('an artifact of many chunks arrives whole', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world)
  assert.deepEqual(await deploy(studio, 'counter', { total: 5, filler: 3_000_000 }), { answer: 'running' })
  assert.equal(String(world.starts[0]!.artifact).length > 3_000_000, true)
})

test('a flow that faults is started again and goes on; after too many faults it stays faulted, and others run on', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const sensor = await testSensor(t, studio, world, { timing: { restarts: 3, restart_ms: 5, health_ms: 30 } })
  await deploy(studio, 'well', { sink: 'well' })
  await deploy(studio, 'ill', { sink: 'ill', faultAt: 200 })
  await until(() => world.starts.length === 5)
  await until(() => sensor.deployments().find((one) => one.flow === 'ill')?.state === 'faulted')
  await wait(100)
  assert.equal(world.starts.length, 5, 'one start of each, three restarts')
  assert.deepEqual(world.written.ill, count(199))
  const ill = sensor.deployments().find((one) => one.flow === 'ill')
  assert.deepEqual(ill?.fault, { node: 'count', message: 'It broke' })
  assert.equal(sensor.deployments().find((one) => one.flow === 'well')?.state, 'running')
})

test('a sensor that restarts goes on with what it ran, without its studio', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const first = await testSensor(t, studio, world, { dataFolder })
  await deploy(studio, 'counter', { total: 3000 })
  await first.close()
  assert.equal(world.running, 0)
  await studio.close()
  const second = await startSensor({
    studioUrl: studio.url,
    token: studio.sensorToken,
    name: 'lab',
    version: '0.0.0',
    dataFolder,
    samples: [],
    secrets: {},
    startEngine: world.startEngine,
  })
  atEnd(t, () => second.close())
  await until(() => second.deployments()[0]?.state === 'ended')
  assert.deepEqual(world.written.out, count(3000))
})

test('a studio that restarts finds its sensors again and knows what runs', async (t) => {
  const world = new World()
  const dataFolder = await temporaryFolder(t)
  const studio = await testStudio(t, { dataFolder })
  const sensor = await testSensor(t, studio, world)
  await deploy(studio, 'counter', {})
  const port = Number(new URL(studio.url).port)
  await studio.close()
  await until(() => !sensor.isConnected)
  assert.equal(sensor.deployments()[0]?.state, 'running')
  const again = await testStudio(t, { dataFolder, port })
  await until(() => sensor.isConnected)
  await until(async () => (await stateOf(again, 'counter')) === 'running')
  assert.equal(world.starts.length, 1)
})

test('a sensor that lost its data is given what it should run when it comes back under its key', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const sensor = await testSensor(t, studio, world, { dataFolder })
  await deploy(studio, 'counter', { total: 10 })
  await until(async () => (await stateOf(studio, 'counter')) === 'ended')
  await sensor.close()
  const bare = await temporaryFolder(t)
  await writeFile(join(bare, 'key'), await readFile(join(dataFolder, 'key')))
  await testSensor(t, studio, world, { dataFolder: bare })
  await until(() => world.starts.length === 2)
})

test('a bit flipped in an artifact keeps it from running, and the studio sends it anew', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const sensor = await testSensor(t, studio, world, { dataFolder })
  await deploy(studio, 'counter', {})
  await sensor.close()
  const [name] = await readdir(join(dataFolder, 'artifacts'))
  const path = join(dataFolder, 'artifacts', name!)
  const bytes = await readFile(path)
  bytes[bytes.length - 3]! ^= 1
  await writeFile(path, bytes)
  const again = await testSensor(t, studio, world, { dataFolder })
  await until(() => world.starts.length === 2 && again.deployments()[0]?.state === 'running')
  for (const { artifact } of world.starts) {
    assert.equal(`${createHash('sha256').update(String(artifact)).digest('hex')}.mjs`, name)
  }
})

test('an artifact damaged while it runs is sent anew when the flow is to start again', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  await testSensor(t, studio, world, { dataFolder })
  await deploy(studio, 'counter', { faultAfter: 600 })
  const [name] = await readdir(join(dataFolder, 'artifacts'))
  await writeFile(join(dataFolder, 'artifacts', name!), 'damaged')
  await until(() => world.starts.length === 2)
  assert.equal(world.starts[1]!.artifact, world.starts[0]!.artifact)
})

test('a stopped flow stops, and is not started by a restart', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const sensor = await testSensor(t, studio, world, { dataFolder })
  await deploy(studio, 'counter', {})
  const { status, body } = await ask(studio, 'DELETE', '/api/deployments/lab/counter')
  assert.deepEqual([status, body], [200, { answer: 'stopped' }])
  assert.equal(world.running, 0)
  await sensor.close()
  await testSensor(t, studio, world, { dataFolder })
  await wait(50)
  assert.equal(world.running, 0)
  assert.equal((await ask(studio, 'GET', '/api/deployments/lab/counter')).status, 404)
})

test('a flow stopped while its sensor is away stops when it comes back', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const sensor = await testSensor(t, studio, world, { dataFolder })
  await deploy(studio, 'counter', {})
  await sensor.close()
  await until(async () => (await ask(studio, 'GET', '/api/sensors')).body[0].connected === false)
  assert.deepEqual((await ask(studio, 'DELETE', '/api/deployments/lab/counter')).body, { answer: 'stopping' })
  const again = await testSensor(t, studio, world, { dataFolder })
  await until(() => again.deployments()[0]?.state === 'stopped')
  assert.equal(world.running, 0)
})

test('deploying to a sensor that is unknown is 404, to one that is away 503, a flow with problems 422', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await saveFlow(studio, 'counter', {})
  const request = { flow: 'counter', sensor: 'lab' }
  assert.equal((await ask(studio, 'POST', '/api/deployments', request)).status, 404)
  const sensor = await testSensor(t, studio, world)
  const bad = { ...flowOf('ill'), nodes: { count: { type: 'bad.node', options: {} } }, wires: [] }
  await studio.flows.save(bad, 0)
  const refused = await ask(studio, 'POST', '/api/deployments', { flow: 'ill', sensor: 'lab' })
  assert.equal(refused.status, 422)
  assert.equal(refused.body.problems[0].code, 'FLOW-0201')
  await sensor.close()
  await until(async () => (await ask(studio, 'POST', '/api/deployments', request)).status === 503)
})

test('a second deployment of a flow during the first is told so', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world, { timing: { health_ms: 500 } })
  await saveFlow(studio, 'counter', {})
  const request = { flow: 'counter', sensor: 'lab' }
  const [a, b] = await Promise.all([
    ask(studio, 'POST', '/api/deployments', request),
    ask(studio, 'POST', '/api/deployments', request),
  ])
  assert.deepEqual([a.status, b.status].sort(), [200, 409])
})

test('a sensor that dies in the middle of an activation ends in the new revision or the old one', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const sensor = await testSensor(t, studio, world, { dataFolder, timing: { health_ms: 400 } })
  await deploy(studio, 'counter', { sink: 'old' })
  const second = deploy(studio, 'counter', { sink: 'new' })
  await wait(150)
  await sensor.close()
  await second.catch((error) => assert.equal(error.status, 503))
  const again = await testSensor(t, studio, world, { dataFolder })
  await until(() => again.deployments()[0]?.state === 'running')
  await until(async () => (await stateOf(studio, 'counter')) === 'running')
  const { revision } = (await ask(studio, 'GET', '/api/deployments/lab/counter')).body
  await until(() => again.deployments()[0]?.revision === revision)
  assert.equal(world.running, 1)
  const all = [...world.written.old!, ...world.written.new!].sort((a, b) => a - b)
  assert.deepEqual(all, count(all.length))
})

test('a name belongs to the key that took it, and a token is needed to join', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world)
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const common = { studioUrl: studio.url, version: '0', samples: [], secrets: {}, startEngine: world.startEngine, log }
  const thief = await startSensor({
    ...common,
    token: studio.sensorToken,
    name: 'lab',
    dataFolder: await temporaryFolder(t),
  })
  atEnd(t, () => thief.close())
  await until(() => lines.some((line) => line.includes('Another sensor is called lab')))
  const stranger = await startSensor({ ...common, token: 'guess', name: 'other', dataFolder: await temporaryFolder(t) })
  atEnd(t, () => stranger.close())
  await until(() => lines.some((line) => line.includes('The token is not valid')))
  assert.equal(thief.isConnected || stranger.isConnected, false)
  assert.deepEqual(studio.flows.list(), [])
})

test('a sensor does not send its token in clear over a network', async (t) => {
  const world = new World()
  const dataFolder = await temporaryFolder(t)
  await mkdir(dataFolder, { recursive: true })
  const options = {
    token: 't',
    name: 'lab',
    version: '0',
    samples: [],
    secrets: {},
    startEngine: world.startEngine,
    dataFolder,
  }
  await assert.rejects(startSensor({ ...options, studioUrl: 'http://studio.example:7433' }), { name: 'InputError' })
})

test('metrics of deployments are served in both text formats', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world)
  await deploy(studio, 'counter', { total: 50 })
  await until(async () => (await stateOf(studio, 'counter')) === 'ended')
  const plain = await ask(studio, 'GET', '/metrics')
  assert.match(plain.body, /^lacewing_wire_records_total\{sensor="lab",flow="counter",wire="count -> out"\} 50$/m)
  assert.match(plain.body, /^# TYPE lacewing_wire_records_total counter$/m)
  const open = await ask(studio, 'GET', '/metrics', undefined, {
    authorization: `Bearer ${studio.apiToken}`,
    accept: 'application/openmetrics-text',
  })
  assert.match(open.body, /^# TYPE lacewing_wire_records counter$/m)
  assert.match(open.body, /\n# EOF\n$/)
})
