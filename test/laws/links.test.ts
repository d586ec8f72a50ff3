/** What README.md and docs say of the tree: links lead somewhere, and excerpts are what the file they name says. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { suite, test } from 'node:test'
import { expectNone, lineAt, projectFiles, ROOT } from './source-tree.ts'

interface Page {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
}

const pages: readonly Page[] = projectFiles()
  .filter((path) => path === 'README.md' || /^docs\/.*\.md$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

const FENCE = /^( *)(`{3,})([^\n]*)\n([\s\S]*?)^\1\2 *$/gm
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|\b(?:src|srcset|href)="([^"]+)"|^\[[^\]\n]+\]:\s+(\S+)/gm
const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i

/** The text with code blanked out: what stands there is no link. Offsets stay. */
function prose(text: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, ' ')
  return text.replace(FENCE, blank).replace(/(`+)[^`\n][^\n]*?\1/g, blank)
}

/** Relative links of a page, with their lines. */
function linksOf(text: string): { readonly target: string; readonly line: number }[] {
  return [...prose(text).matchAll(LINK)]
    .map((match) => ({ target: match[1] ?? match[2] ?? match[3]!, line: lineAt(text, match.index) }))
    .filter(({ target }) => !ELSEWHERE.test(target))
}

/** Names of the headings as links write them: small letters, no punctuation, hyphens for blanks, numbered where double. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  const withoutCode = text.replace(FENCE, '')
  for (const [, heading] of withoutCode.matchAll(/^#{1,6} +(.*?) *#*$/gm)) {
    const name = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-')
    let unique = name
    for (let i = 1; anchors.has(unique); i++) unique = `${name}-${i}`
    anchors.add(unique)
  }
  for (const [, id] of withoutCode.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id!)
  return anchors
}

/** What is wrong with one link of a page, or undefined. */
function mistakeIn(page: Page, target: string): string | undefined {
  const [path, anchor] = target.split('#', 2) as [string, string | undefined]
  const file = path === '' ? page.path : normalize(join(dirname(page.path), decodeURIComponent(path)))
  if (file.startsWith('..')) return 'leads out of the project'
  if (!existsSync(join(ROOT, file))) return `names ${file}, which is not there`
  if (anchor === undefined || !file.endsWith('.md')) return undefined
  return anchorsOf(readFileSync(join(ROOT, file), 'utf8')).has(anchor) ? undefined : `names no heading of ${file}`
}

/** Code blocks that say which file they are from: ```text from=test/golden/... */
function excerptsOf(
  text: string,
): { readonly file: string; readonly lines: readonly string[]; readonly line: number }[] {
  return [...text.matchAll(FENCE)].flatMap((match) => {
    const file = /\bfrom=(\S+)/.exec(match[3]!)?.[1]
    return file === undefined ? [] : [{ file, lines: match[4]!.trimEnd().split('\n'), line: lineAt(text, match.index) }]
  })
}

/**
 * The first line of an excerpt that the source has not, in order, or undefined. `...` alone on a line stands for any
 * lines, at the end of a line for its rest; indentation that all lines share does not count.
 */
function strayLine(excerpt: readonly string[], source: readonly string[]): string | undefined {
  let at = 0
  for (const line of excerpt) {
    if (line.trim() === '...' || line.trim() === '') continue
    const isCut = line.endsWith(' ...')
    const wanted = (isCut ? line.slice(0, -4) : line).trim()
    const found = source.findIndex(
      (one, i) => i >= at && (isCut ? one.trim().startsWith(wanted) : one.trim() === wanted),
    )
    if (found < 0) return line
    at = found + 1
  }
  return undefined
}

suite('pages', () => {
  test('every relative link of README.md and docs leads to a file that is there, and to a heading of it', () => {
    const bad = pages.flatMap((page) =>
      linksOf(page.text).flatMap(({ target, line }) => {
        const mistake = mistakeIn(page, target)
        return mistake === undefined ? [] : [`${page.path}:${line} the link ${target} ${mistake}. Law 15.`]
      }),
    )
    expectNone(bad)
  })

  test('every excerpt is what the file it names says, in order', () => {
    const bad = pages.flatMap(({ path, text }) =>
      excerptsOf(text).flatMap(({ file, lines, line }) => {
        if (!existsSync(join(ROOT, file))) return [`${path}:${line} is from ${file}, which is not there. Law 15.`]
        const stray = strayLine(lines, readFileSync(join(ROOT, file), 'utf8').split('\n'))
        return stray === undefined ? [] : [`${path}:${line} ${file} has no line '${stray.trim()}' there. Law 15.`]
      }),
    )
    expectNone(bad)
  })

  test('docs/ARCHITECTURE.md is shorter than 300 lines', () => {
    const { text } = pages.find(({ path }) => path === 'docs/ARCHITECTURE.md')!
    assert.ok(text.split('\n').length <= 300)
  })
})

suite('the law test itself', () => {
  test('finds links in all their forms, and none in code or to other places', () => {
    const text = [
      '[a](one.md) and [b](two.md#part "title"), `[c](no.md)`, [d](https://example.com/no)',
      '<img src="three.png">',
      '```md',
      '[e](no.md)',
      '```',
      '[f]: four.md',
    ].join('\n')
    assert.deepEqual(linksOf(text), [
      { target: 'one.md', line: 1 },
      { target: 'two.md#part', line: 1 },
      { target: 'three.png', line: 2 },
      { target: 'four.md', line: 6 },
    ])
  })

  test('names headings as links write them', () => {
    const anchors = anchorsOf('# 10. Trust\n## `a.b`, again\n## `a.b`, again\n```\n# no\n```\n')
    assert.deepEqual([...anchors], ['10-trust', 'ab-again', 'ab-again-1'])
  })

  test('refuses links that lead nowhere', () => {
    const page = { path: 'docs/laws.md', text: '' }
    assert.equal(mistakeIn(page, 'glossary.md'), undefined)
    assert.equal(mistakeIn(page, '../README.md#two-commands'), undefined)
    assert.match(mistakeIn(page, 'nowhere.md') ?? '', /not there/)
    assert.match(mistakeIn(page, 'glossary.md#nothing-of-this-name') ?? '', /no heading/)
    assert.match(mistakeIn(page, '../../elsewhere.md') ?? '', /out of the project/)
  })

  test('refuses excerpts with a line that is not there, or not in that order', () => {
    const source = ['a', '  b 1 2', 'c']
    assert.equal(strayLine(['a', '...', 'c'], source), undefined)
    assert.equal(strayLine(['b 1 ...'], source), undefined)
    assert.equal(strayLine(['b 1'], source), 'b 1')
    assert.equal(strayLine(['c', 'a'], source), 'a')
  })
})
