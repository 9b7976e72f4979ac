import type { Command } from 'commander'
import { RemoteError } from '../../../api/client/errors.ts'
import type { Context } from '../../context.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'

export function declareNetworkRm(command: Command, context: Context): void {
  command
    .alias('remove')
    .argument('<network...>', 'Names or ids')
    .option('-f, --force', 'A network that is not there is no error')
    .action(async (names: string[], flags: { force?: boolean }) => {
      const { networks } = await context.client()
      await forEachOf(names, context, async (name) => {
        await networks.remove(name).catch((error: unknown) => {
          if (flags.force !== true || !(error instanceof RemoteError && error.status === 404)) throw error
        })
        return name
      })
    })
  addExamples(
    command,
    'trestle network rm lan',
    'trestle network rm $(trestle network ls -q --filter label=lab=first-steps)',
  )
}
