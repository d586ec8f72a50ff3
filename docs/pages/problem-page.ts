/** All problem codes, each with a flow that has it. */

import { PROBLEMS, type Problem, type ProblemCode, problemLine } from '../../nodes/contract/problem.ts'
import { block, code, GENERATED, page } from './markdown.ts'

/** A flow that has one problem. */
export interface ProblemExample {
  /** Text of the file; undefined for a file that is not there. */
  readonly text: string | undefined
  /** What reading and compiling it says. */
  readonly problems: readonly Problem[]
}

const RANGES: readonly (readonly [prefix: string, title: string])[] = [
  ['FLOW-01', 'The file'],
  ['FLOW-02', 'The flow'],
  ['FLOW-03', 'Expressions'],
  ['FLOW-04', 'Models'],
]

/** A flow may earn one code many times over. */
const SHOWN = 2

export function problemPage(examples: ReadonlyMap<ProblemCode, ProblemExample>): string {
  const sections = RANGES.flatMap(([prefix, title]) => {
    const codes = (Object.keys(PROBLEMS) as ProblemCode[]).filter((one) => one.startsWith(prefix))
    return [`## ${title}`, ...codes.map((one) => problemSection(one, examples.get(one)))]
  })
  const intro =
    'What `lacewing check` and the editor may say about a flow, with a flow that makes them say it. An error stops the ' +
    'flow from being compiled, a warning does not. Each flow is a file in [problems/](problems/).'
  return page(GENERATED, '# Problems', intro, ...sections)
}

function problemSection(problem: ProblemCode, example: ProblemExample | undefined): string {
  const said = (example?.problems ?? []).filter(({ code }) => code === problem).map(problemLine)
  const more = said.length > SHOWN ? [`... and ${said.length - SHOWN} more`] : []
  return [
    `### ${problem}`,
    PROBLEMS[problem],
    example?.text === undefined ? `A file that is not there, such as ${code(`${problem}.json`)}.` : '',
    example?.text === undefined ? '' : block('json', shortened(example.text)),
    said.length === 0 ? '' : block('text', [...said.slice(0, SHOWN), ...more].join('\n')),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function shortened(text: string): string {
  return text.length > 4096 ? `${text.slice(0, 1024)}\n...` : text
}
