import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../examples.ts'

export function declareNetworkDisconnect(command: Command, context: Context): void {
  command
    .argument('<network>', 'Name or id')
    .argument('<container>', 'Name or id')
    .option('-f, --force', 'Also when the container is gone')
    .action(async (network: string, container: string, flags: { force?: boolean }) => {
      await (await context.client()).networks.disconnect(network, { Container: container, Force: flags.force ?? false })
    })
  addExamples(command, 'trestle network disconnect lan web')
}
