/** What the tables of these tests share. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { evaluateLine } from '../../flows/expression/evaluate.ts'
import type { Dialect } from '../../flows/expression/tokens.ts'

type Extra = {
  readonly variables?: unknown
  readonly setup?: readonly string[]
  readonly mode?: string
  readonly missing?: string
}

/** The answer of one case: its result as typed JSON, or `{ error }`. */
export function typed(dialect: Dialect, expression: string | null, extra: Extra = {}): unknown {
  const answer = JSON.parse(evaluateLine(JSON.stringify({ expression, ...extra }), { dialect, typed: true }))
  return 'error' in answer ? answer : answer.result
}

/** As `typed`, without types. */
export function plain(dialect: Dialect, expression: string | null, extra: Extra = {}): unknown {
  const answer = JSON.parse(evaluateLine(JSON.stringify({ expression, ...extra }), { dialect, typed: false }))
  return 'error' in answer ? answer : answer.result
}

export const int = (value: number | string) => ({ $int: String(value) })
export const long = (value: number | string) => ({ $long: String(value) })
export const float = (text: string) => ({ $float: text })
export const double = (text: string) => ({ $double: text })
export const list = (...items: unknown[]) => ({ $list: items })

/** An error whose message holds the text. */
export class Failure {
  readonly part: string
  constructor(part: string) {
    this.part = part
  }
}
export const fails = (part = '') => new Failure(part)

export type Row = readonly [expression: string, expected: unknown, variables?: Record<string, unknown>]

/** One test for a table: every expression gives its typed result, or fails with the text. */
export function tableTest(title: string, dialect: Dialect, rows: readonly Row[]): void {
  test(title, () => {
    const wrong: string[] = []
    for (const [expression, expected, variables] of rows) {
      const answer = typed(dialect, expression, { variables })
      if (expected instanceof Failure) {
        const message = (answer as { error?: string } | null)?.error
        if (message === undefined || !message.includes(expected.part))
          wrong.push(`${expression}: ${JSON.stringify(answer)} instead of an error with '${expected.part}'`)
      } else if (!isDeepStrictEqual(answer, expected))
        wrong.push(`${expression}: ${JSON.stringify(answer)} instead of ${JSON.stringify(expected)}`)
    }
    assert.deepEqual(wrong, [])
  })
}
