import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import type { Studio } from '../../editor/server/studio.ts'
import { TAPS_PER_CLIENT } from '../../runtime/protocol/channels.ts'
import { CREDIT_FRAMES, type LiveFrame, type SampleFrame, type SensorInfo } from '../../runtime/protocol/messages.ts'
import {
  readLiveAnswer,
  readLiveFrame,
  readSampleFrame,
  readSensorInfos,
} from '../../runtime/protocol/read-messages.ts'
import { ask, atEnd, flowOf, logIn, temporaryFolder, testSensor, testStudio, until, World } from './fakes.ts'

/** The arguments of the socket's next event of this name. */
// biome-ignore lint/suspicious/noExplicitAny: whatever the event carries.
function once(socket: Socket, event: string): Promise<any[]> {
  return new Promise((resolve) => socket.once(event, (...given) => resolve(given)))
}

type Headers = Readonly<Record<string, string>>

function connect(t: TestContext, studio: Studio, namespace: string, extraHeaders: Headers, auth = {}): Socket {
  const options = { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders, auth }
  const socket = io(`${studio.url}${namespace}`, options)
  atEnd(t, async () => {
    socket.disconnect()
  })
  return socket
}
/** A browser that is logged in. */
async function browser(t: TestContext, studio: Studio): Promise<Socket> {
  const socket = connect(t, studio, '/live', { cookie: await logIn(studio), origin: studio.url })
  await once(socket, 'connect')
  return socket
}
async function refusal(socket: Socket): Promise<string> {
  const [error] = await once(socket, 'connect_error')
  return error.message
}
const tapOf = (tap: string) => ({ tap, sensor: 'lab', flow: 'counter', wire: 'count -> out', limit_per_s: 50 })

async function running(t: TestContext): Promise<{ studio: Studio; world: World }> {
  const world = new World()
  const studio = await testStudio(t)
  await testSensor(t, studio, world)
  await studio.flows.save(flowOf('counter', {}), 0)
  await studio.deploy({ flow: 'counter', sensor: 'lab' })
  return { studio, world }
}

test('a socket without login, of another site, or with a wrong token is refused', async (t) => {
  const studio = await testStudio(t)
  const cookie = await logIn(studio)
  const origin = studio.url
  assert.match(await refusal(connect(t, studio, '/live', {})), /Log in/)
  assert.match(await refusal(connect(t, studio, '/live', { origin })), /websocket error/)
  assert.match(await refusal(connect(t, studio, '/live', { origin, cookie: 'lacewing_1=x' })), /websocket error/)
  assert.match(await refusal(connect(t, studio, '/live', { origin: 'http://evil.example', cookie })), /websocket error/)
  assert.match(await refusal(connect(t, studio, '/', { origin, cookie })), /nothing here/)
  const key = 'k'.repeat(43)
  assert.match(await refusal(connect(t, studio, '/fleet', {})), /needed/)
  assert.match(await refusal(connect(t, studio, '/fleet', {}, { token: 'guess', key, name: 'lab' })), /not valid/)
  assert.match(
    await refusal(connect(t, studio, '/fleet', {}, { token: studio.sensorToken, key, name: '../x' })),
    /needed/,
  )
  assert.deepEqual((await ask(studio, 'GET', '/api/sensors')).body, [])
})

test('a browser gets the sensors, and frames of the deployment it watches', async (t) => {
  const { studio } = await running(t)
  const socket = await browser(t, studio)
  const sensors: SensorInfo[][] = []
  const frames: LiveFrame[] = []
  socket.on('sensors', (infos) => sensors.push(infos))
  socket.on('frame', (frame, credit) => {
    frames.push(frame)
    credit()
  })
  const answer = await socket.emitWithAck('watch', { sensor: 'lab', flow: 'counter' })
  assert.deepEqual(answer, { answer: 'ok' })
  assert.deepEqual(readLiveAnswer(answer), answer)
  await until(() => frames.length > CREDIT_FRAMES * 2)
  for (const frame of frames) assert.deepEqual(readLiveFrame(frame), frame)
  assert.equal(frames.at(-1)!.report.status.state, 'running')
  await ask(studio, 'DELETE', '/api/deployments/lab/counter')
  await until(() => sensors.at(-1)?.[0]?.deployments[0]?.state === 'stopped')
  assert.deepEqual(readSensorInfos(sensors.at(-1)), sensors.at(-1))
  await socket.emitWithAck('unwatch', {})
})

test('browsers that look at one wire share one tap, which closes when the last one goes', async (t) => {
  const { studio, world } = await running(t)
  const sockets = [await browser(t, studio), await browser(t, studio)]
  const seen: SampleFrame[][] = [[], []]
  for (const [i, socket] of sockets.entries()) {
    socket.on('samples', (frame, credit) => {
      seen[i]!.push(frame)
      credit()
    })
    assert.deepEqual(await socket.emitWithAck('tap', tapOf(`mine-${i}`)), { answer: 'open' })
  }
  assert.equal(world.taps, 1)
  await until(() => seen.every((frames) => frames.length > 3))
  assert.ok(seen[0]!.every((frame) => frame.tap === 'mine-0') && seen[1]!.every((frame) => frame.tap === 'mine-1'))
  assert.deepEqual(readSampleFrame(seen[0]![0]), seen[0]![0])
  assert.equal((seen[0]![0]!.samples[0]!.record as { flow_id: unknown }).flow_id, String(2n ** 60n))
  await sockets[0]!.emitWithAck('untap', { tap: 'mine-0' })
  assert.equal(world.taps, 1)
  sockets[1]!.disconnect()
  await until(() => world.taps === 0)
})

test('a tap is refused for a wire, flow or sensor that is not there, and beyond sixteen', async (t) => {
  const { studio, world } = await running(t)
  const socket = await browser(t, studio)
  const tap = (over: object) => socket.emitWithAck('tap', { ...tapOf('a'), ...over })
  for (const over of [{ wire: 'no -> wire' }, { flow: 'none' }, { sensor: 'none' }, { limit_per_s: 0 }, { tap: 7 }]) {
    assert.equal((await tap(over)).answer, 'refused', JSON.stringify(over))
  }
  for (let i = 0; i < TAPS_PER_CLIENT; i++) assert.deepEqual(await tap({ tap: `t${i}` }), { answer: 'open' })
  assert.equal((await tap({ tap: 'one-more' })).answer, 'refused')
  assert.equal((await tap({ tap: 't0' })).answer, 'refused')
  assert.equal(world.taps, 1)
})

test('a tap outlives a redeployment and a restart of its sensor', async (t) => {
  const world = new World()
  const studio = await testStudio(t)
  const dataFolder = await temporaryFolder(t)
  const sensor = await testSensor(t, studio, world, { dataFolder })
  await studio.flows.save(flowOf('counter', {}), 0)
  await studio.deploy({ flow: 'counter', sensor: 'lab' })
  const socket = await browser(t, studio)
  let frames = 0
  socket.on('samples', (_, credit) => {
    frames++
    credit()
  })
  await socket.emitWithAck('tap', tapOf('a'))
  await until(() => frames > 1)
  await studio.flows.save(flowOf('counter', { filler: 1 }), 1)
  await studio.deploy({ flow: 'counter', sensor: 'lab' })
  frames = 0
  await until(() => frames > 1)
  await sensor.close()
  frames = 0
  await testSensor(t, studio, world, { dataFolder })
  await until(() => frames > 1)
  assert.equal(world.taps, 1)
})

test('a browser that never acknowledges gets its credit and no more, whatever comes', async (t) => {
  const { studio } = await running(t)
  const silent = await browser(t, studio)
  const healthy = await browser(t, studio)
  let got = 0
  let healthyGot = 0
  silent.on('frame', () => got++)
  silent.on('samples', () => got++)
  healthy.on('frame', (_, credit) => {
    healthyGot++
    credit()
  })
  await silent.emitWithAck('watch', { sensor: 'lab', flow: 'counter' })
  await silent.emitWithAck('tap', tapOf('a'))
  await healthy.emitWithAck('watch', { sensor: 'lab', flow: 'counter' })
  await until(() => healthyGot > CREDIT_FRAMES * 3)
  assert.equal(got, CREDIT_FRAMES)
})

test('a logout closes the sockets of its session', async (t) => {
  const studio = await testStudio(t)
  const cookie = await logIn(studio)
  const socket = connect(t, studio, '/live', { cookie, origin: studio.url })
  await once(socket, 'connect')
  const gone = once(socket, 'disconnect')
  await ask(studio, 'POST', '/api/logout', undefined, { cookie, 'x-lacewing': '1', origin: studio.url })
  await gone
})

test('a sensor that speaks nonsense, another protocol, or for the taps of others does no harm', async (t) => {
  const { studio } = await running(t)
  const viewer = await browser(t, studio)
  const seen: SampleFrame[] = []
  viewer.on('samples', (frame, credit) => {
    seen.push(frame)
    credit()
  })
  await viewer.emitWithAck('tap', tapOf('a'))
  const auth = { token: studio.sensorToken, key: 'k'.repeat(43), name: 'rogue' }
  const rogue = connect(t, studio, '/fleet', {}, auth)
  await once(rogue, 'connect')
  const hello = { protocol: 1, name: 'rogue', version: '1', deployments: [] }
  assert.equal((await rogue.emitWithAck('hello', { ...hello, protocol: 2 })).answer, 'refused')
  assert.equal((await rogue.emitWithAck('hello', { ...hello, name: 'lab' })).answer, 'refused')
  assert.equal((await rogue.emitWithAck('hello', 'hello')).answer, 'refused')
  assert.deepEqual(await rogue.emitWithAck('hello', hello), { answer: 'welcome' })
  await rogue.emitWithAck('samples', { tap: 'studio-1', samples: [{ sequence: 1, record: 'forged' }], missed: 0 })
  await rogue.emitWithAck('report', { status: { flow: '__proto__' } })
  await wait(100)
  assert.equal(
    seen.some(({ samples }) => samples.some(({ record }) => record === 'forged')),
    false,
  )
  const rogueInfo = (await ask(studio, 'GET', '/api/sensors')).body.find((one: SensorInfo) => one.name === 'rogue')
  assert.deepEqual(rogueInfo, { name: 'rogue', connected: true, version: '1', deployments: [] })
})

test('a message larger than the bound closes its connection only', async (t) => {
  const { studio } = await running(t)
  const socket = await browser(t, studio)
  const gone = once(socket, 'disconnect')
  socket.emit('watch', { sensor: 'x'.repeat(2_000_000), flow: 'counter' })
  await gone
  const { body } = await ask(studio, 'GET', '/api/sensors')
  assert.equal(body[0].connected, true)
})
