import type { Command } from 'commander'
import type { Filters } from '../../../api/docker/common.ts'
import type { Context } from '../../context.ts'
import { renderList, type ListFlags } from '../../render/list.ts'
import { networkListing, networkRow } from '../../render/networks.ts'
import { addExamples } from '../examples.ts'
import { addListFlags, filter } from '../flags.ts'

export function declareNetworkLs(command: Command, context: Context): void {
  addListFlags(
    command.alias('list').addOption(filter('networks (by driver, id, label, name, scope, type or dangling)')),
  ).action(async (flags: ListFlags & { filter?: Filters; trunc: boolean }) => {
    const networks = await (await context.client()).networks.list({ filters: flags.filter ?? {} })
    networks.sort((a, b) => a.Name.localeCompare(b.Name, 'en', { numeric: true }))
    context.stdout.write(
      renderList(
        networkListing,
        networks.map((one) => networkRow(one, flags.trunc)),
        networks,
        flags,
      ),
    )
  })
  addExamples(
    command,
    'trestle network ls',
    'trestle network ls --filter driver=bridge',
    "trestle network ls --format 'table {{.Name}}\\t{{.Subnets}}'",
  )
}
