import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'

export function declareImageRm(command: Command, context: Context): void {
  command
    .alias('remove')
    .argument('<image...>', 'Names or ids')
    .option('-f, --force', 'Also when a stopped container uses it')
    .option('--no-prune', 'Keep parents without a name')
    .action(async (names: string[], flags: { force?: boolean; prune: boolean }) => {
      const { images } = await context.client()
      await forEachOf(names, context, async (name) => {
        const removed = await images.remove(name, { force: flags.force ?? false, noprune: !flags.prune })
        return removed
          .map((item) => ('Untagged' in item ? `Untagged: ${item.Untagged}` : `Deleted: ${item.Deleted}`))
          .join('\n')
      })
    })
  addExamples(command, 'trestle image rm mine:latest')
}
