import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import { refuseWithoutTerminal } from '../../terminal/session.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'
import { startAttached } from './attached.ts'

export function declareStart(command: Command, context: Context): void {
  command
    .argument('<container...>', 'Names or ids')
    .option('-a, --attach', 'Attach to its output, pass signals on, and end with its exit code')
    .option('-i, --interactive', 'Attach to its input too')
    .action(async (names: string[], flags: { attach?: boolean; interactive?: boolean }) => {
      const client = await context.client()
      if (flags.attach !== true && flags.interactive !== true) {
        await forEachOf(names, context, async (name) => {
          await client.containers.start(name)
          return name
        })
        return
      }
      const [name, ...others] = names
      if (others.length > 0) throw new UsageError('you cannot start and attach multiple containers at once')
      const { Id, Config, HostConfig, State } = await client.containers.inspect(name!)
      if (State.Running) throw new UsageError(`${name} is running already`)
      const isTty = Config['Tty'] === true
      const hasInput = flags.interactive === true && Config['OpenStdin'] === true
      refuseWithoutTerminal(context, { isTty, hasInput })
      const streams = { stdin: hasInput, stdout: true, stderr: true }
      context.setExitCode(
        await startAttached(client, context, Id, { streams, isTty, isAutoRemove: HostConfig['AutoRemove'] === true }),
      )
    })
  addExamples(command, 'trestle start web', 'trestle start -ai shell')
}
