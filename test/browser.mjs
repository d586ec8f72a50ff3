/**
 * Finds a Chromium for the tests that need one, or brings one along.
 *
 * Plain JavaScript for the Node that runs the set-up. Tests learn the path from the environment: LACEWING_CHROMIUM.
 */

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT, SetupError } from '../setup.mjs'

const ON_PATH = ['chromium', 'chromium-browser', 'google-chrome']
const PACKAGE = join(ROOT, 'node_modules', '@sparticuz', 'chromium')

/**
 * The path of a browser that starts: CHROME_PATH, one on PATH, the one carried by npm, or Debian's as the last resort.
 * The first call may take half a minute: the carried browser is 60 MB packed and 200 MB unpacked, kept below node_modules.
 * @throws SetupError
 */
export async function findBrowser() {
  const given = process.env.CHROME_PATH
  if (given !== undefined && given !== '') {
    if (starts(given)) return given
    throw new SetupError(
      `CHROME_PATH is ${given}, which does not start. Correct it, or unset it to use another browser.`,
    )
  }
  const installed = onPath()
  if (installed !== undefined) return installed
  const carried = process.platform === 'linux' && process.arch === 'x64' ? await unpack() : undefined
  if (carried !== undefined && starts(carried)) return carried
  if (process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get')) {
    process.stderr.write('The browser carried by npm does not start here. Installing Debian package chromium.\n')
    apt('update')
    apt('install', '-y', '--no-install-recommends', 'chromium')
    const debian = onPath()
    if (debian !== undefined) return debian
  }
  throw new SetupError(
    'There is no browser for the tests of the editor. Install chromium, or set CHROME_PATH to a Chromium or Chrome.',
  )
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates = ON_PATH.flatMap((name) => folders.map((folder) => join(folder, name)))
  return candidates.find((path) => isExecutable(path) && starts(path))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function starts(path) {
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 60_000 }).status === 0
}

function apt(...arguments_) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', arguments_, { stdio: ['ignore', process.stderr, process.stderr], env })
}

/** Unpacks the carried browser into a folder named after its version and gives the script that starts it. */
async function unpack() {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  const cache = join(ROOT, 'node_modules', '.cache')
  const home = join(cache, `chromium-${version}`)
  const script = join(home, 'start')
  if (existsSync(script)) return script
  process.stderr.write(`Unpacking Chromium ${version} for the tests of the editor.\n`)
  const half = join(cache, `chromium-unpacking-${process.pid}`)
  mkdirSync(half, { recursive: true })
  const { inflate } = await import('@sparticuz/chromium')
  const before = process.env.TMPDIR
  try {
    // The package unpacks into the folder for temporary files and nowhere else.
    process.env.TMPDIR = half
    for (const part of ['chromium.br', 'fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br']) {
      await inflate(join(PACKAGE, 'bin', part))
    }
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
  writeFileSync(
    join(half, 'fonts', 'fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">fonts</dir>
  <cachedir>${join(home, 'cache')}</cachedir>
</fontconfig>
`,
  )
  // A bare machine has neither the NSS libraries nor fonts: both come from the package. The flags are what this build,
  // made for machines without a display and without user namespaces, needs to draw.
  writeFileSync(
    join(half, 'start'),
    `#!/bin/sh
here="$(cd "$(dirname "$0")" && pwd)"
export FONTCONFIG_PATH="$here/fonts"
export LD_LIBRARY_PATH="$here/al2023/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
exec "$here/chromium" --headless=shell --no-sandbox --no-zygote --use-gl=angle --use-angle=swiftshader \\
  --enable-unsafe-swiftshader "$@"
`,
    { mode: 0o755 },
  )
  try {
    renameSync(half, home)
  } catch (error) {
    // Another run unpacked it meanwhile.
    if (!existsSync(script)) throw error
    rmSync(half, { recursive: true })
  }
  return script
}
