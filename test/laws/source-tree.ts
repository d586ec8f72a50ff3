/** The project's own files as the laws see them. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

/** Paths from the root of all files that are in git or could be: what .gitignore names is left out. */
export function projectFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  return [...new Set(list.split('\0'))].filter((path) => path !== '' && existsSync(join(ROOT, path))).sort()
}

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
}

/** All TypeScript and JavaScript files, written by hand or generated. */
export function sourceFiles(): SourceFile[] {
  return projectFiles()
    .filter((path) => /\.(ts|mjs|js)$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

export interface Import {
  readonly specifier: string
  /** From 1. */
  readonly line: number
  /** `export ... from`. */
  readonly isExport: boolean
}

// Formatted code has its import and export statements at the beginning of a line; `npm run check` holds the format.
const STATEMENT =
  /^(import|export)\s+(?:type\s+)?(?:(?:[\w$]+\s*,\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?|[\w$]+)\s*from\s*)?(['"])([^'"\n]+)\2/gm
const CALL = /^(?!\s*(?:\*|\/\/)).*?\bimport\(\s*(['"])([^'"\n]+)\1/gm

/** Every module the text names in an import, type imports and `import('...')` included. */
export function importsOf(text: string): Import[] {
  const found: Import[] = []
  for (const match of text.matchAll(STATEMENT)) {
    found.push({ specifier: match[3]!, line: lineAt(text, match.index), isExport: match[1] === 'export' })
  }
  for (const match of text.matchAll(CALL)) {
    found.push({ specifier: match[2]!, line: lineAt(text, match.index), isExport: false })
  }
  // A specifier with a placeholder stands in a program that the file writes, not in the file's own code.
  return found.filter(({ specifier }) => !specifier.includes('${')).sort((a, b) => a.line - b.line)
}

/** Line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i !== -1 && i < offset; i = text.indexOf('\n', i + 1)) line += 1
  return line
}

/** Fails with all violations, one a line. */
export function expectNone(violations: readonly string[]): void {
  assert.ok(violations.length === 0, `${violations.length} found:\n${violations.join('\n')}`)
}
