/** What is wrong with an expression, and where. */

import type { Problem, TextPlace } from '../../nodes/contract/problem.ts'

export interface ExpressionProblem {
  readonly code: Extract<
    Problem['code'],
    'FLOW-0301' | 'FLOW-0302' | 'FLOW-0303' | 'FLOW-0304' | 'FLOW-0207' | 'FLOW-0211'
  >
  readonly severity: Problem['severity']
  readonly message: string
  readonly fix: string
  readonly at: TextPlace
}

/** A stretch of the expression's text, in UTF-16 units. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** The span with line and column, both from 1. Only a line feed ends a line. */
export function placeOf(text: string, span: Span): TextPlace {
  let line = 1
  let lineStart = 0
  for (let feed = text.indexOf('\n'); feed !== -1 && feed < span.start; feed = text.indexOf('\n', feed + 1)) {
    line++
    lineStart = feed + 1
  }
  return { start: span.start, end: span.end, line, column: span.start - lineStart + 1 }
}

/** A stretch of text fit for a message: one line, not long. */
export function excerpt(text: string, span: Span): string {
  const part = text.slice(span.start, Math.min(span.end, span.start + 40)).replace(/\s+/g, ' ')
  return span.end - span.start > 40 ? `${part}...` : part
}

/** Collects problems of one text; keeps the first 20, which is more than anyone mends at once. */
export class Problems {
  readonly list: ExpressionProblem[] = []
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** True when something was found that forbids running the expression. */
  get hasErrors(): boolean {
    return this.list.some((problem) => problem.severity === 'error')
  }

  error(code: ExpressionProblem['code'], span: Span, message: string, fix: string): void {
    this.#add(code, 'error', span, message, fix)
  }

  warning(code: ExpressionProblem['code'], span: Span, message: string, fix: string): void {
    this.#add(code, 'warning', span, message, fix)
  }

  #add(code: ExpressionProblem['code'], severity: 'error' | 'warning', span: Span, message: string, fix: string) {
    if (this.list.length >= 20 && !(severity === 'error' && !this.hasErrors)) return
    this.list.push({ code, severity, message, fix, at: placeOf(this.text, span) })
  }
}
