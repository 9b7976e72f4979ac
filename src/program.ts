/** The commander program: global flags, every command as a stub that is filled in when it is called, and what errors look like. */
import { Command, CommanderError } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { addExamples } from './commands/examples.ts'
import { commands } from './commands/index.ts'
import { Context, type GlobalOptions } from './context.ts'
import { exitCodeOf, sentence } from './errors.ts'
import { addStub } from './stubs.ts'

/** For flags of these, whatever goes wrong on our side is 125: what is below belongs to the program in the container. */
const processCommands = new Set(['run', 'exec'])

export async function main(process: NodeJS.Process): Promise<void> {
  const program = createProgram(process)
  quietWhenNobodyReads(process)
  const args = process.argv.slice(2)
  try {
    if (args.length === 0) program.outputHelp()
    // commander's own help command knows nothing of stubs.
    else await program.parseAsync(args[0] === 'help' ? [...args.slice(1), '--help'] : args, { from: 'user' })
  } catch (error) {
    process.exitCode = report(error, program, process)
  }
}

export function createProgram(process: NodeJS.Process): Command {
  const program = new Command('trestle')
  const context = new Context(process, () => program.opts<GlobalOptions>())
  program
    .description(manifest.description)
    .version(`trestle version ${manifest.version}`, '-v, --version', 'Print the version and quit')
    .helpOption('-h, --help', 'Print help and quit')
    .helpCommand(false)
    .option(
      '-H, --host <address>',
      'Where the daemon listens: unix:///path or tcp://host:port (default: $TRESTLE_HOST, then unix:///run/trestle/netd.sock)',
    )
    .option('--tls', 'Use TLS')
    .option('--tlsverify', "Use TLS and check the daemon's certificate")
    .option('--tlscacert <file>', 'Trust certificates signed by this authority only')
    .option('--tlscert <file>', 'Our certificate')
    .option('--tlskey <file>', 'The key of our certificate')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
      outputError: () => {},
    })
    .configureHelp({ styleTitle: (title) => (isColoured(process) ? `\u{1b}[1m${title}\u{1b}[0m` : title) })
    .addHelpText(
      'after',
      `
Examples:
  trestle network create --subnet 10.1.0.0/24 lan
  trestle run -d --name web --network lan -p 8080:80 trestle/toolbox httpd -f
  trestle graph

Exit codes: 0 all is well; 1 the daemon refused or failed; 2 the command line cannot be understood; 141 whoever read
the output went away. Of run and exec: 125 trestle or the daemon failed, 126 the command cannot be invoked, 127 it is
not there, else the command's own.`,
    )
  for (const [name, entry] of Object.entries(commands)) {
    if ('load' in entry) {
      addStub(program, name, entry, context)
      continue
    }
    const group = addExamples(
      program.command(name).summary(entry.summary).description(entry.summary).helpCommand(false),
      ...entry.examples,
    )
    for (const [verb, leaf] of Object.entries(entry.verbs)) addStub(group, verb, leaf, context)
  }
  return program
}

/** Prints one sentence, unless the error has been shown, and gives the exit code. */
function report(error: unknown, program: Command, process: NodeJS.Process): number {
  const called = processCommands.has(program.args[0] ?? '')
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    const isUsage = error.code !== 'commander.help'
    if (isUsage) process.stderr.write(`trestle: ${commanderSentence(error.message)}\n`)
    return called ? 125 : 2
  }
  process.stderr.write(`trestle: ${sentence(error)}\n`)
  const code = exitCodeOf(error)
  return called && (code === 1 || code === 2) ? 125 : code
}

/** `error: unknown option '--foo'\n(Did you mean --format?)`, as a sentence of ours. */
function commanderSentence(message: string): string {
  return message
    .replace(/^error: /, '')
    .replace(/\n?\(Did you mean (.*)\?\)$/s, '; did you mean $1?')
    .replace(/^unknown option '([^']*)'/, 'unknown flag: $1')
    .replace(/^unknown command '([^']*)'/, 'unknown command: $1')
}

/** `trestle ps | head -1`: the end of the pipe is the end of our work, as with any program that SIGPIPE ends. */
function quietWhenNobodyReads(process: NodeJS.Process): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      process.exit(141)
    })
  }
}

function isColoured(process: NodeJS.Process): boolean {
  return process.stdout.isTTY && !process.env['NO_COLOR']
}
