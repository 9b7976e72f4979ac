/** How commands declare their flags: parsed one by one, refused in pflag's words, which scripts and people know from docker. */
import { Option, type Command } from 'commander'
import { UsageError } from '../errors.ts'
import { cut, parseInteger } from '../request/values.ts'

/** A flag whose value has a syntax. */
export function value(flags: string, description: string, parse: (text: string) => unknown): Option {
  return new Option(flags, description).argParser((text) => refusing(flags, text, parse))
}

/** A flag that may be given several times. */
export function list(flags: string, description: string, parse: (text: string) => unknown = (text) => text): Option {
  return new Option(flags, description).argParser((text, before: unknown[] | undefined) => [
    ...(before ?? []),
    refusing(flags, text, parse),
  ])
}

/** `key=value`, several times; a later one wins. */
export function map(flags: string, description: string, parse: (text: string) => [string, string]): Option {
  return new Option(flags, description).argParser((text, before: Record<string, string> | undefined) => ({
    ...before,
    ...Object.fromEntries([refusing(flags, text, parse)]),
  }))
}

export const integer = (flags: string, description: string): Option => value(flags, description, parseInteger)

/** `--filter name=value`, several times, as the API takes them. */
export const filter = (what: string, flags = '-f, --filter <name=value>'): Option =>
  new Option(flags, `Only ${what} that match`).argParser((text, before: Record<string, string[]> | undefined) => {
    const [name, wanted] = refusing(flags, text, (one): [string, string] => {
      const [key, rest] = cut(one, '=')
      if (rest === undefined) throw new UsageError('bad format of filter (expected name=value)')
      return [key.trim().toLowerCase(), rest.trim()]
    })
    return { ...before, [name]: [...(before?.[name] ?? []), wanted] }
  })

/** The flags of every `ls`. */
export function addListFlags(command: Command): Command {
  return command
    .option('--format <template>', "A Go template for each line, 'table TEMPLATE' with headings, or 'json'")
    .option('--json', "The daemon's own answer")
    .option('--no-trunc', 'Show whole ids and texts')
    .option('-q, --quiet', 'Show ids only')
}

/** The flags of every `inspect`. */
export function addInspectFlags(command: Command): Command {
  return command
    .option('-f, --format <template>', "A Go template, or 'json' for one line")
    .option('--json', "The daemon's own answer (this is what is shown without a template)")
}

function refusing<T>(flags: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(
      `invalid argument ${JSON.stringify(text)} for "${flags.replace(/ [<[].*$/, '')}" flag: ${error.message}`,
    )
  }
}
