/** Any command: its exit code, and what it prints. */
import { z } from 'zod'
import { command } from '../yaml/values.ts'
import { defineKind } from './kind.ts'
import { firstLine, runCommand, runTool } from './scene.ts'

const pattern = z.string().superRefine((text, context) => {
  try {
    RegExp(text, 'm')
  } catch (error) {
    context.addIssue((error as Error).message)
  }
})

interface Subject {
  node: string
  command: string[]
}

/** As the file has it: without the shell that runs a text. */
function subject({ node, command }: Subject): string {
  return `"${(command[0] === 'sh' && command[1] === '-c' ? command.slice(2) : command).join(' ')}" in ${node}`
}

export const exec = defineKind({
  schema: z.strictObject({
    node: z.string(),
    command,
    exit: z.number().int().min(0).max(255).default(0).describe('the exit code it must have'),
    output: pattern.describe('a regular expression that its standard output must match').optional(),
  }),
  words: {
    exit: (values: Subject & { found: number; wanted: number; says?: string | undefined }) =>
      `${subject(values)} ends with exit code ${values.found}, not ${values.wanted}${values.says === undefined ? '' : `: ${values.says}`}`,
    output: (values: Subject & { pattern: string }) =>
      `what ${subject(values)} prints does not match /${values.pattern}/`,
  },
  nodes: ({ node }) => [{ key: 'node', node }],
  async judge({ node, command, exit, output }, scene) {
    // 126 and 127 are answers where a task asks for them.
    const run = exit === 126 || exit === 127 ? runCommand : runTool
    const { exitCode, stdout, stderr } = await run(scene, node, command)
    if (exitCode !== exit)
      return { code: 'exit', values: { node, command, found: exitCode, wanted: exit, says: firstLine(stderr) } }
    if (output !== undefined && !new RegExp(output, 'm').test(stdout))
      return { code: 'output', values: { node, command, pattern: output } }
    return undefined
  },
})
