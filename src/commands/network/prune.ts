import type { Command } from 'commander'
import type { Filters } from '../../../api/docker/common.ts'
import type { Context } from '../../context.ts'
import { confirm } from '../../terminal/confirm.ts'
import { addExamples } from '../examples.ts'
import { filter } from '../flags.ts'

export function declareNetworkPrune(command: Command, context: Context): void {
  command
    .addOption(filter('networks (by until, label or label!)', '--filter <name=value>'))
    .option('-f, --force', 'Do not ask')
    .action(async (flags: { filter?: Filters; force?: boolean }) => {
      const question =
        'WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] '
      if (flags.force !== true && !(await confirm(question, context))) return
      const { NetworksDeleted } = await (await context.client()).networks.prune({ filters: flags.filter ?? {} })
      if (NetworksDeleted?.length)
        context.stdout.write(`Deleted Networks:\n${NetworksDeleted.map((name) => `${name}\n`).join('')}\n`)
    })
  addExamples(command, 'trestle network prune', 'trestle network prune --force --filter until=24h')
}
