import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'

export function declareKill(command: Command, context: Context): void {
  command
    .argument('<container...>', 'Names or ids')
    .option('-s, --signal <signal>', 'Name or number', 'KILL')
    .action(async (names: string[], { signal }: { signal: string }) => {
      const { containers } = await context.client()
      await forEachOf(names, context, async (name) => {
        await containers.kill(name, { signal })
        return name
      })
    })
  addExamples(command, 'trestle kill web', 'trestle kill -s HUP web')
}
