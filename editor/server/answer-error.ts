/** A refusal with its HTTP status: what is wrong, and how to mend it. The error handler turns it into JSON. */
export class AnswerError extends Error {
  override name = 'AnswerError'
  readonly status: number
  readonly fix: string
  /** Further parts of the answer's body: `problems`, or the `flow` and `revision` that stand in the way. */
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, message: string, fix: string, body: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.status = status
    this.fix = fix
    this.body = body
  }
}
