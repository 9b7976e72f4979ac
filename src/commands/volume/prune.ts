import type { Command } from 'commander'
import type { Filters } from '../../../api/docker/common.ts'
import type { Context } from '../../context.ts'
import { humanSize } from '../../render/units.ts'
import { confirm } from '../../terminal/confirm.ts'
import { addExamples } from '../examples.ts'
import { filter } from '../flags.ts'

interface PruneFlags {
  all?: boolean
  filter?: Filters
  force?: boolean
}

export function declareVolumePrune(command: Command, context: Context): void {
  command
    .option('-a, --all', 'Named volumes, too')
    .addOption(filter('volumes', '--filter <name=value>'))
    .option('-f, --force', 'Do not ask')
    .action(async ({ all: isAll, filter: filters, force }: PruneFlags) => {
      const which = isAll === true ? 'all volumes' : 'anonymous volumes'
      const question = `WARNING! This will remove ${which} not used by at least one container.\nAre you sure you want to continue? [y/N] `
      if (force !== true && !(await confirm(question, context))) return
      const { VolumesDeleted: deleted, SpaceReclaimed: bytes } = await (
        await context.client()
      ).volumes.prune({ filters: { ...filters, ...(isAll === true && { all: ['true'] }) } })
      if (deleted?.length) context.stdout.write(`Deleted Volumes:\n${deleted.map((name) => `${name}\n`).join('')}\n`)
      context.print(`Total reclaimed space: ${humanSize(bytes)}`)
    })
  addExamples(command, 'trestle volume prune', 'trestle volume prune --all --force --filter label=lab=first-steps')
}
