import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'

export function declareVolumeRm(command: Command, context: Context): void {
  command
    .alias('remove')
    .argument('<volume...>', 'Names')
    .option('-f, --force', 'A volume that is not there is no error')
    .action(async (names: string[], flags: { force?: boolean }) => {
      const { volumes } = await context.client()
      await forEachOf(names, context, async (name) => {
        await volumes.remove(name, flags)
        return name
      })
    })
  addExamples(
    command,
    'trestle volume rm data',
    'trestle volume rm $(trestle volume ls -q --filter label=lab=first-steps)',
  )
}
