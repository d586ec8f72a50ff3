/** What Lacewing says about the flows in docs/reference/problems. The page of problems and its law test both ask here. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelsIn } from '../flows/bundle/model-files.ts'
import { checkFlow } from '../flows/compile/compile.ts'
import type { CompileInput } from '../flows/compile/ir.ts'
import { readFlow } from '../flows/format/read.ts'
import { PROBLEMS, type ProblemCode } from '../nodes/contract/problem.ts'
import type { ProblemExample } from './pages/problem-page.ts'

const FOLDER = join(import.meta.dirname, 'reference', 'problems')

/** What flows are checked against. */
export type Language = Pick<CompileInput, 'catalogue' | 'functions' | 'readModel'>

/** Each code with the flow kept for it, `<code>.json`, and what reading and checking that flow says. */
export function explainProblems(language: Language): Map<ProblemCode, ProblemExample> {
  const codes = Object.keys(PROBLEMS) as ProblemCode[]
  return new Map(codes.map((code) => [code, explain(join(FOLDER, `${code}.json`), language)]))
}

function explain(path: string, language: Language): ProblemExample {
  if (!existsSync(path)) return { text: undefined, problems: [] }
  const text = readFileSync(path, 'utf8')
  const { flow, problems } = readFlow(text)
  if (flow === undefined) return { text, problems }
  const input = { flow, parameters: {}, ...language, modelText: modelsIn([FOLDER], false).text }
  return { text, problems: [...problems, ...checkFlow(input).problems] }
}

/** Names of all files kept as examples. */
export function exampleFiles(): string[] {
  return readdirSync(FOLDER).sort()
}
