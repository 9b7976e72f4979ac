import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import { parseVariable } from '../../request/values.ts'
import { joinTerminal, refuseWithoutTerminal } from '../../terminal/session.ts'
import { addExamples } from '../examples.ts'
import { list } from '../flags.ts'
import { startError } from './attached.ts'
import { readVariableFiles } from './variable-files.ts'

interface ExecFlags {
  detach?: boolean
  env?: string[]
  envFile?: string[]
  interactive?: boolean
  privileged?: boolean
  tty?: boolean
  user?: string
  workdir?: string
}

export function declareExec(command: Command, context: Context): void {
  command
    .argument('<container>', 'Name or id')
    .argument('<command...>', 'Command and arguments')
    .passThroughOptions()
    .option('-d, --detach', 'Run in the background')
    .option('-i, --interactive', 'Keep the input open')
    .option('-t, --tty', 'Give the process a terminal')
    .addOption(
      list('-e, --env <name=value>', 'Set an environment variable', (text) => parseVariable(text, context.environment)),
    )
    .addOption(list('--env-file <file>', 'Set environment variables from a file'))
    .option('-u, --user <user>', 'user[:group], names or numbers')
    .option('-w, --workdir <path>', 'Working directory')
    .option('--privileged', 'Every capability and device')
    .action((container: string, args: string[], flags: ExecFlags) => exec(container, args, flags, context))
  addExamples(command, 'trestle exec web ip addr', 'trestle exec -it web sh')
}

async function exec(container: string, args: string[], flags: ExecFlags, context: Context): Promise<void> {
  const isTty = flags.tty ?? false
  const hasInput = flags.interactive === true && flags.detach !== true
  const isAttached = flags.detach !== true
  refuseWithoutTerminal(context, { isTty, hasInput })
  const { stdout } = context
  const consoleSize = isTty && stdout.isTTY ? { ConsoleSize: [stdout.rows, stdout.columns] as [number, number] } : {}
  const variables = [...(await readVariableFiles(flags.envFile ?? [], context.environment)), ...(flags.env ?? [])]

  const client = await context.client()
  const { Id } = await client.exec.create(container, {
    Cmd: args,
    Tty: isTty,
    AttachStdin: hasInput,
    AttachStdout: isAttached,
    AttachStderr: isAttached,
    Privileged: flags.privileged ?? false,
    ...(variables.length > 0 && { Env: variables }),
    ...(flags.user !== undefined && { User: flags.user }),
    ...(flags.workdir !== undefined && { WorkingDir: flags.workdir }),
    ...consoleSize,
  })
  if (!isAttached) {
    await client.exec.startDetached(Id).catch((error: unknown) => {
      throw startError(error)
    })
    return
  }
  const connection = await client.exec.start(Id, { Tty: isTty, ...consoleSize }).catch((error: unknown) => {
    throw startError(error)
  })
  const outcome = await joinTerminal(connection, context, {
    isTty,
    hasInput,
    resize: (size) => client.exec.resize(Id, size),
  })
  if (outcome === 'detached') return
  const { ExitCode, Running } = await client.exec.inspect(Id)
  if (Running) throw new CommandError('netd closed the connection while the command was running', 125)
  context.setExitCode(ExitCode ?? 0)
}
