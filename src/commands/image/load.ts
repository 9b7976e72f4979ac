import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../examples.ts'
import { openArchive } from './archive.ts'

export function declareImageLoad(command: Command, context: Context): void {
  command
    .option('-i, --input <file>', 'Archive to read, in place of standard input')
    .option('-q, --quiet', 'Say nothing')
    .action(async ({ input = '-', quiet }: { input?: string; quiet?: boolean }) => {
      const client = await context.client()
      for await (const { stream } of client.images.load(await openArchive(input, context))) {
        if (quiet !== true && stream !== undefined) context.stdout.write(stream)
      }
    })
  addExamples(command, 'trestle image load -i toolbox.tar', 'docker save alpine | trestle image load')
}
