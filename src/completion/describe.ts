/** The command tree as data, for completion scripts. */
import type { Command, Option } from 'commander'
import { fill } from '../stubs.ts'

export interface DescribedFlag {
  /** `-p`, `--publish`: one or both. */
  names: string[]
  description: string
  takesValue: boolean
  choices: string[]
}

export interface DescribedCommand {
  /** Words after the program's name. */
  path: string[]
  description: string
  flags: DescribedFlag[]
  verbs: DescribedCommand[]
  /** What stands for its arguments, one by one. */
  operands: { name: string; isVariadic: boolean; choices: string[] }[]
}

export async function describeCommands(command: Command, path: string[] = []): Promise<DescribedCommand> {
  await fill(command)
  const help = command.createHelp()
  const verbs = await Promise.all(command.commands.map((verb) => describeCommands(verb, [...path, verb.name()])))
  return {
    path,
    description: command.summary() || command.description(),
    flags: help.visibleOptions(command).map(describeFlag),
    verbs,
    operands: command.registeredArguments.map((one) => ({
      name: one.name(),
      isVariadic: one.variadic,
      choices: one.argChoices ?? [],
    })),
  }
}

function describeFlag(option: Option): DescribedFlag {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  }
}

/** Every command of the tree, the root first. */
export function flatten(command: DescribedCommand): DescribedCommand[] {
  return [command, ...command.verbs.flatMap(flatten)]
}
