import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../examples.ts'
import { list } from '../flags.ts'
import { openArchive } from './archive.ts'

export function declareImageImport(command: Command, context: Context): void {
  command
    .argument('<file>', 'A tar archive of a root file system; - for standard input')
    .argument('[reference]', 'Name and tag of the image')
    .addOption(list('-c, --change <instruction>', 'A line of a Dockerfile: CMD ["sh"]'))
    .option('-m, --message <text>', 'What is said of it in its history')
    .action(async (file: string, reference: string | undefined, flags: { change?: string[]; message?: string }) => {
      const client = await context.client()
      const id = await client.images.importRootfs(await openArchive(file, context), {
        ...(reference !== undefined && { reference }),
        ...(flags.message !== undefined && { message: flags.message }),
        ...(flags.change && { changes: flags.change }),
      })
      context.print(id)
    })
  addExamples(
    command,
    'trestle image import rootfs.tar mine:latest',
    `tar -C rootfs -c . | trestle image import -c 'CMD ["sh"]' - mine`,
  )
}
