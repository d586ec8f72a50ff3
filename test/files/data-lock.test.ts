import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { lockData } from '../../runtime/io/data-lock.ts'
import { temporaryFolder } from './fakes.ts'

test('a killed process that nobody has reaped holds no lock', async (t) => {
  const folder = temporaryFolder(t)
  // The shell becomes a program that never asks for its child, which thereby stays a zombie.
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => parent.kill())
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', (text) => resolve(String(text)))))
  const fields = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const holder = { pid, started: `${boot} ${fields()[19]}` }
  writeFileSync(join(folder, 'lock'), `${JSON.stringify(holder)}\n`)
  await assert.rejects(lockData(folder), new RegExp(`in use by process ${pid}`))
  while (fields()[0] !== 'Z') await wait(20)
  const unlock = await lockData(folder)
  await unlock()
})
