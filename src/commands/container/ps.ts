import type { Command } from 'commander'
import type { Filters } from '../../../api/docker/common.ts'
import type { Context } from '../../context.ts'
import { containerListing, containerRow } from '../../render/containers.ts'
import { renderList, type ListFlags } from '../../render/list.ts'
import { addExamples } from '../examples.ts'
import { addListFlags, filter, integer } from '../flags.ts'

interface PsFlags extends ListFlags {
  all?: boolean
  filter?: Filters
  last?: number
  latest?: boolean
  trunc: boolean
}

export function declarePs(command: Command, context: Context): void {
  addListFlags(command.addOption(filter('containers')))
    .option('-a, --all', 'Also those that do not run')
    .addOption(integer('-n, --last <number>', 'The last so many that were created, running or not'))
    .option('-l, --latest', 'The last that was created, running or not')
    .action(async (flags: PsFlags) => {
      const limit = flags.latest === true ? 1 : flags.last
      const containers = await (
        await context.client()
      ).containers.list({
        all: flags.all === true || limit !== undefined,
        ...(limit !== undefined && { limit }),
        filters: flags.filter ?? {},
      })
      const now = new Date()
      context.stdout.write(
        renderList(
          containerListing,
          containers.map((one) => containerRow(one, flags.trunc, now)),
          containers,
          flags,
        ),
      )
    })
  addExamples(
    command,
    'trestle ps',
    'trestle ps -a --filter network=lan',
    "trestle ps --format '{{.Names}}: {{.Ports}}'",
  )
}
