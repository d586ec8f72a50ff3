/** What is wrong with an expression, and where. */

import { type Problem, placeOf, type Span, type TextPlace } from '../../nodes/contract/problem.ts'

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
