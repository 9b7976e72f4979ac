import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'
import { integer } from '../flags.ts'

export function declareStop(command: Command, context: Context): void {
  command
    .argument('<container...>', 'Names or ids')
    .option('-s, --signal <signal>', "In place of the container's own stop signal")
    .addOption(integer('-t, --timeout <seconds>', 'How long to wait before it is killed; -1 for ever'))
    .addOption(integer('--time <seconds>', 'The older name of --timeout').hideHelp())
    .action(async (names: string[], flags: { signal?: string; timeout?: number; time?: number }) => {
      const { containers } = await context.client()
      const timeoutSeconds = flags.timeout ?? flags.time
      await forEachOf(names, context, async (name) => {
        await containers.stop(name, {
          ...(flags.signal !== undefined && { signal: flags.signal }),
          ...(timeoutSeconds !== undefined && { timeoutSeconds }),
        })
        return name
      })
    })
  addExamples(command, 'trestle stop web', 'trestle stop -t 1 web db')
}
