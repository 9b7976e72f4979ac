import type { Command } from 'commander'
import type { Filters } from '../../../api/docker/common.ts'
import type { Context } from '../../context.ts'
import { renderList, type ListFlags } from '../../render/list.ts'
import { volumeListing, volumeRow } from '../../render/volumes.ts'
import { addExamples } from '../examples.ts'
import { addListFlags, filter } from '../flags.ts'

export function declareVolumeLs(command: Command, context: Context): void {
  addListFlags(command.alias('list').addOption(filter('volumes'))).action(
    async (flags: ListFlags & { filter?: Filters }) => {
      const { Volumes: volumes } = await (await context.client()).volumes.list({ filters: flags.filter ?? {} })
      volumes.sort((a, b) => a.Name.localeCompare(b.Name, 'en', { numeric: true }))
      context.stdout.write(renderList(volumeListing, volumes.map(volumeRow), volumes, flags))
    },
  )
  addExamples(
    command,
    'trestle volume ls',
    'trestle volume ls --filter dangling=true',
    "trestle volume ls --format 'table {{.Name}}\\t{{.Mountpoint}}'",
  )
}
