import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { suite, test } from 'node:test'
import { expectNone, lineAt, projectFiles, ROOT, sourceFiles } from './source-tree.ts'

const files = projectFiles()
const sources = sourceFiles()
/** This file spells out what it forbids. */
const OWN = 'test/laws/words.test.ts'

/** Each place where a pattern matches, in all files but this one. */
function findAll(pattern: RegExp, texts: readonly { path: string; text: string }[], law: string): string[] {
  return texts
    .filter(({ path }) => path !== OWN)
    .flatMap(({ path, text }) =>
      [...text.matchAll(pattern)].map((match) => `${path}:${lineAt(text, match.index)} ${match[0].trim()} ${law}`),
    )
}

/** Text files of the project; what holds a NUL byte in its first 8 KiB is not text. */
function textFiles(): { path: string; text: string }[] {
  return files
    .map((path) => ({ path, bytes: readFileSync(join(ROOT, path)) }))
    .filter(({ bytes }) => !bytes.subarray(0, 8192).includes(0))
    .map(({ path, bytes }) => ({ path, text: bytes.toString('utf8') }))
}

suite('words', () => {
  test('source files are named in kebab-case after what they define', () => {
    const bad = sources.filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|gen))?\.(ts|mjs)$/.test(basename(path)))
    expectNone(bad.map(({ path }) => `${path} Law 7: kebab-case.ts.`))
  })

  test('no file is called after what it is for its author instead of what it defines', () => {
    const vague = /(^|[-.])(utils?|helpers?|managers?|misc|common|impl|stuff)([-.]|$)/
    expectNone(files.filter((path) => vague.test(basename(path))).map((path) => `${path} Law 7: name the idea.`))
  })

  test('no type escapes the compiler, and no rule of the linter is switched off without a reason', () => {
    const code = sources.filter(({ path }) => path.endsWith('.ts'))
    expectNone([
      ...findAll(/@ts-(ignore|expect-error|nocheck)/g, code, 'Law 8: the compiler is right.'),
      ...findAll(/biome-ignore [\w/]+:\s*$/gm, code, 'Law 8: say why.'),
    ])
  })

  test('nothing waits to be written: no to-do marks, no skipped tests, no tests of one case only', () => {
    expectNone([
      ...findAll(/\b(TODO|FIXME|XXX|HACK)\b/g, sources, 'Law 8: finish it.'),
      ...findAll(
        /\b(test|suite|it|describe)\.(skip|only|todo)\b|\b(skip|todo): true/g,
        sources.filter(({ path }) => path.startsWith('test/')),
        'Law 8: every test runs.',
      ),
    ])
  })

  test('no file of the project knows a machine: no home folders, no registry addresses', () => {
    const texts = textFiles().filter(({ path }) => path !== OWN)
    expectNone([
      ...findAll(/(?<![\w.-])\/(home|Users|root|work|mnt)\/[\w.-]+/g, texts, 'Law 9: a path of one machine.'),
      ...findAll(/"resolved":\s*"[^"]*"/g, texts, 'Law 9: the lock file names no registry.'),
      ...findAll(/\b[\w.-]*(artifactory|nexus|verdaccio)[\w.-]*\.\w+/gi, texts, 'Law 9: a host of one site.'),
    ])
  })

  test('sources have Unix line ends, no tabs for indentation and one line feed at the end', () => {
    const bad = sources.filter(({ text }) => text.includes('\r\n') || /^\t/m.test(text) || !/[^\n]\n$/.test(text))
    expectNone(bad.map(({ path }) => `${path} Law 7: run npm run format.`))
  })
})
