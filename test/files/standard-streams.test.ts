import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DescriptorInput } from '../../runtime/io/standard-streams.ts'

const COPY = fileURLToPath(new URL('./slow-pipes.ts', import.meta.url))
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

test('pipes that do not block carry everything, however slow the writer before and the reader after', async () => {
  // A shell makes pipes; Node would give a socket.
  const copy = `(sleep 0.4; head -c 300000 /dev/zero; sleep 0.4; head -c 1000000 /dev/zero) | ${quoted(process.execPath)} ${quoted(COPY)} | (sleep 1; wc -c)`
  const shell = spawn('sh', ['-c', copy], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  shell.stdout.on('data', (text) => (said += text))
  shell.stderr.on('data', (text) => (said += text))
  await new Promise((resolve) => shell.on('close', resolve))
  assert.equal(said.trim(), '1300000')
})

test('waiting for input ends when it is destroyed', async () => {
  // Not a child of the shell: that would outlive it, and keep the pipe and so this test open.
  const shell = spawn('sh', ['-c', 'exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const { fd } = (shell.stdout as unknown as { _handle: { fd: number } })._handle
  const input = new DescriptorInput(fd)
  const first = input[Symbol.asyncIterator]().next()
  await wait(20)
  input.destroy()
  assert.equal((await first).done, true)
  shell.kill()
})
