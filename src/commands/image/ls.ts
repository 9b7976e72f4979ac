import type { Command } from 'commander'
import type { Filters } from '../../../api/docker/common.ts'
import type { Context } from '../../context.ts'
import { imageListing, imageRows } from '../../render/images.ts'
import { renderList, type ListFlags } from '../../render/list.ts'
import { addExamples } from '../examples.ts'
import { addListFlags, filter } from '../flags.ts'

export function declareImageLs(command: Command, context: Context): void {
  addListFlags(command.alias('list').argument('[reference]', 'Only images of this name').addOption(filter('images')))
    .option('-a, --all', 'Also intermediate images')
    .action(
      async (reference: string | undefined, flags: ListFlags & { all?: boolean; filter?: Filters; trunc: boolean }) => {
        const filters = { ...flags.filter, ...(reference !== undefined && { reference: [reference] }) }
        const images = await (await context.client()).images.list({ all: flags.all ?? false, filters })
        const now = new Date()
        const rows = images.flatMap((image) => imageRows(image, flags.trunc, now))
        context.stdout.write(renderList(imageListing, rows, images, flags))
      },
    )
  addExamples(command, 'trestle image ls', "trestle image ls --format '{{.Repository}}:{{.Tag}} {{.Size}}'")
}
