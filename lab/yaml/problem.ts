/** What is wrong with a topology file, and where. */
export interface Problem {
  /** Both count from 1. */
  line: number
  column: number
  sentence: string
}

export class TopologyError extends Error {
  override readonly name = 'TopologyError'
  /** Of the command that was given the file. */
  readonly exitCode = 2
  readonly problems: Problem[]

  /** One line per problem, as compilers write them: `file:line:column: sentence`. */
  constructor(file: string, problems: Problem[]) {
    super(problems.map(({ line, column, sentence }) => `${file}:${line}:${column}: ${sentence}`).join('\n'))
    this.problems = problems
  }
}

/** Where something stands in the document: keys and indices from its root; `isKey` for the key itself rather than what it holds. */
export interface DocumentPath {
  path: PropertyKey[]
  isKey?: boolean
}

export interface Finding extends DocumentPath {
  sentence: string
}
