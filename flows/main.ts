#!/usr/bin/env node
/** The `lacewing` command. A door: it hands rooms to each other that do not know each other. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError } from 'commander'
import { InputError, isInputError } from '../nodes/contract/capability.ts'
import type { EngineStart } from '../runtime/engine/engine.ts'
import type { Made } from './bundle/kept-artifacts.ts'
import { threadDoor } from './bundle/program-files.ts'
import { FlowProblems } from './command/flow-file.ts'
import { PrintError } from './command/print.ts'
import type { RunTools } from './command/run.ts'
import { printable } from './command/table.ts'

const SAMPLES = fileURLToPath(new URL('./examples', import.meta.url))
const WORKER = new URL('../runtime/worker-main.ts', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** Rooms are loaded when a command needs them: `lacewing eval` has no use for esbuild, nor `sensor` for the compiler. */
async function language() {
  const [{ catalogue }, { functions }, { readModel }] = await Promise.all([
    import('../nodes/index.ts'),
    import('../nodes/functions/index.ts'),
    import('../nodes/model/model-file.ts'),
  ])
  return { catalogue, functions, readModel }
}

async function engineTools() {
  const [{ makeEngineStarter }, { readSecrets }] = await Promise.all([
    import('../runtime/engine/thread-engine.ts'),
    import('../runtime/io/secrets.ts'),
  ])
  const startEngine = (start: EngineStart) => makeEngineStarter(threadDoor(WORKER))(start)
  return { startEngine, readSecrets, samples: [SAMPLES] }
}

/** For a process that runs one flow and nothing else. */
async function ownThreadTools() {
  const [{ makeLocalEngineStarter }, { readSecrets }, { SystemClock }, { DiskFiles }] = await Promise.all([
    import('../runtime/engine/local-engine.ts'),
    import('../runtime/io/secrets.ts'),
    import('../runtime/io/clock.ts'),
    import('../runtime/io/files.ts'),
  ])
  const files = ({ folder, samples }: Pick<EngineStart, 'folder' | 'samples'>) => new DiskFiles({ folder, samples })
  const capabilities = (start: EngineStart) => ({ files: files(start), clock: new SystemClock() })
  const startEngine = makeLocalEngineStarter(capabilities)
  const startShared: RunTools['startShared'] = async (start, sharing) => {
    const { makeSharedEngineStarter } = await import('../runtime/engine/shared-engine.ts')
    return makeSharedEngineStarter(threadDoor(WORKER), capabilities, files)(start, sharing)
  }
  return { startEngine, startShared, readSecrets, samples: [SAMPLES] }
}

async function compileNow(...[flow, parameters, modelText]: Parameters<RunTools['compile']>): Promise<Made> {
  const [{ compileFlow }, words] = await Promise.all([import('./bundle/compile-flow.ts'), language()])
  const { compilation, artifact } = await compileFlow({ flow, parameters, ...words, modelText })
  return { problems: compilation.problems, ...(artifact === undefined ? {} : { artifact }) }
}

const several = (value: string, before: string[]) => [...before, value]

function program(finish: (code: number) => void): Command {
  const lacewing = new Command('lacewing')
    .description('Draw, try, deploy and watch dataflows for machine learning on network sensors.')
    .version(version)
    // Before any command is made, so that they all throw for wrong arguments instead of ending the process.
    .exitOverride()
    .showHelpAfterError('(--help shows how)')
    .configureOutput({ writeErr: (text) => process.stderr.write(printable(text)) })

  lacewing
    .command('start')
    .description('start the studio with an embedded sensor, and print the link to the editor')
    .option('--port <port>', 'port to listen on', '7433')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--data <folder>', 'folder for flows, users and deployments', '.lacewing/data')
    .option('--no-sample', 'do not deploy the sample flow')
    .action(async (options) => {
      const command = await import('./command/start.ts')
      finish(await command.start(options, { language: await language(), ...(await engineTools()), version }))
    })

  lacewing
    .command('run')
    .description('run one flow headless until its sources end')
    .argument('<flow>', 'flow file')
    .option('--set <name=value>', 'give a parameter; may be repeated', several, [])
    .option('--stats <file>', "write the counters as JSON ('-' for standard output)")
    .option('--records <n>', 'end each source after so many records')
    .option('--workers <n>', 'threads that share the flow, 1 to 64; each may use as much memory as one', '1')
    .option('--secrets <file>', 'JSON file with the secrets the flow names')
    .option('--data <folder>', 'keep there where the sources stopped')
    .option('--resume', 'go on where the run before stopped; needs --data')
    .action(async (flow: string, options) => {
      const [{ run }, tools] = await Promise.all([import('./command/run.ts'), ownThreadTools()])
      finish(await run(flow, options, { compile: compileNow, ...tools }))
    })

  lacewing
    .command('check')
    .description('compile without running: all problems at once, and the fields on every wire')
    .argument('<flow>', 'flow file')
    .option('--set <name=value>', 'give a parameter; may be repeated', several, [])
    .option('--json', 'print JSON')
    .action(async (flow: string, options) => {
      const { check } = await import('./command/check.ts')
      finish(await check(flow, options, { language: await language(), samples: [SAMPLES] }))
    })

  lacewing
    .command('compile')
    .description('write the artifact: same flow, same bytes')
    .argument('<flow>', 'flow file')
    .option('-o, --output <file>', 'file to write')
    .option('--set <name=value>', 'give a parameter; may be repeated', several, [])
    .option('--show <pass>', 'print what a pass made: resolve, check, plan, project, prefilter, split, fuse or emit')
    .action(async (flow: string, options) => {
      if (options.output === undefined && options.show === undefined) {
        throw new InputError('Say where to write the artifact with -o FILE, or what to print with --show PASS.')
      }
      const { compileTo } = await import('./command/check.ts')
      finish(await compileTo(flow, options, { language: await language(), samples: [SAMPLES] }))
    })

  lacewing
    .command('sensor')
    .description('run a headless sensor that dials out to its studio')
    .requiredOption('--studio <url>', 'address of the studio')
    .requiredOption('--token <token>', 'sensor token, as the studio shows it')
    .option('--name <name>', "name of the sensor; the host's by default")
    .option('--data <folder>', 'folder for artifacts and deployments', '.lacewing/sensor')
    .action(async (options) => {
      const { sensor } = await import('./command/sensor.ts')
      finish(await sensor(options, { ...(await engineTools()), version }))
    })

  lacewing
    .command('deploy')
    .description('deploy a flow to a sensor from a script')
    .argument('<flow>', 'flow file')
    .requiredOption('--studio <url>', 'address of the studio')
    .requiredOption('--token <token>', "API token, the file 'token' in the studio's data folder")
    .requiredOption('--sensor <name>', 'name of the sensor')
    .option('--set <name=value>', 'give a parameter; may be repeated', several, [])
    .action(async (flow: string, options) => {
      const { deploy } = await import('./command/deploy.ts')
      finish(await deploy(flow, options))
    })

  lacewing
    .command('decode')
    .description('pcap or pcapng in, JSON lines with EVE names out')
    .argument('<file...>', 'capture files')
    .option('--types <types>', 'event types to print, with commas between', 'dns')
    .action(async (files: string[], options) => {
      const { decode } = await import('./command/decode.ts')
      finish(await decode(files, options, await language()))
    })

  lacewing
    .command('eval')
    .description('evaluate an expression')
    .argument('[expression]')
    .option('--vars <json>', 'variables as a JSON object', '{}')
    .option('--cases <file>', "JSON lines of {expression, variables} ('-' for standard input); one answer a line")
    .option('--dialect <dialect>', 'stellar or metron', 'stellar')
    .option('--typed', 'print values with their types')
    .action(async (expression: string | undefined, options) => {
      const { evaluate } = await import('./command/eval.ts')
      finish(await evaluate(expression, options))
    })

  lacewing
    .command('nodes')
    .description('list the node types with options, inlets, outlets and help')
    .argument('[type]', 'describe just this one')
    .option('--json', 'print JSON')
    .action(async (type: string | undefined, options) => {
      const { nodes } = await import('./command/nodes.ts')
      finish(await nodes(type, options, (await import('../nodes/index.ts')).catalogue))
    })

  lacewing
    .command('bench')
    .description('run the benchmarks of docs/benchmarks.md; prints JSON')
    .option('--rows <names>', 'rows to run, with commas between; all by default')
    .option('--events <n>', 'events in the EVE file', '1000000')
    .option('--runs <n>', 'runs of each', '5')
    .option('--eve <file>', 'an EVE file to use instead of a generated one')
    .option('--pcap <file>', 'a capture to use instead of a generated one')
    .option('--from <file>', 'measure nothing: show the JSON of an earlier run as tables')
    .option('--into <page>', 'write the tables into a page, between its marks')
    .action(async (options) => {
      const { bench } = await import('./command/bench.ts')
      finish(await bench(options))
    })

  return lacewing
}

/** 0 done, 1 failed while running, 2 the input was wrong. */
export async function main(): Promise<number> {
  let code = 0
  try {
    await program((given) => {
      code = given
    }).parseAsync()
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof FlowProblems || isInputError(error)) {
      console.error(printable(error.message))
      return 2
    }
    if (error instanceof PrintError) {
      console.error(printable(error.message))
      return 1
    }
    console.error(error)
    return 1
  }
}

/** As the sources stand; `lacewing run` gets a faster start for the next time. */
export async function start(): Promise<void> {
  process.exitCode = await main()
  if (process.argv[2] !== 'run' || process.exitCode !== 0) return
  const { buildRunProgram } = await import('./bundle/run-program.ts')
  await buildRunProgram()
}

if (import.meta.main) void start()
