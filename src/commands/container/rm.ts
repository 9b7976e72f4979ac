import type { Command } from 'commander'
import { RemoteError } from '../../../api/client/errors.ts'
import type { Context } from '../../context.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'

export function declareRm(command: Command, context: Context): void {
  command
    .alias('remove')
    .argument('<container...>', 'Names or ids')
    .option('-f, --force', 'Kill it first when it runs; one that is not there is no error')
    .option('-v, --volumes', 'Also its anonymous volumes')
    .action(async (names: string[], flags: { force?: boolean; volumes?: boolean }) => {
      const { containers } = await context.client()
      await forEachOf(names, context, async (name) => {
        await containers.remove(name, flags).catch((error: unknown) => {
          if (flags.force !== true || !(error instanceof RemoteError && error.status === 404)) throw error
        })
        return name
      })
    })
  addExamples(command, 'trestle rm web', 'trestle rm -f $(trestle ps -aq)')
}
