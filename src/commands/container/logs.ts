import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { parseTime } from '../../request/time.ts'
import { copyOutput } from '../../terminal/output.ts'
import { addExamples } from '../examples.ts'

interface LogsFlags {
  follow?: boolean
  since?: string
  tail: string
  timestamps?: boolean
  until?: string
}

export function declareLogs(command: Command, context: Context): void {
  command
    .argument('<container>', 'Name or id')
    .option('-f, --follow', 'Go on until the container ends')
    .option('-n, --tail <lines>', 'Only so many lines from the end', 'all')
    .option('-t, --timestamps', 'Begin each line with its time')
    .option('--since <time>', 'From then on: 2026-01-02T13:23:37Z, or 42m ago')
    .option('--until <time>', 'Until then')
    .action(async (container: string, { since, until, ...flags }: LogsFlags) => {
      const { containers } = await context.client()
      const { Config } = await containers.inspect(container)
      const now = new Date()
      const source = await containers.logs(container, {
        ...flags,
        ...(since !== undefined && { since: parseTime(since, now) }),
        ...(until !== undefined && { until: parseTime(until, now) }),
      })
      await copyOutput(source, Config['Tty'] === true, context)
    })
  addExamples(command, 'trestle logs web', 'trestle logs -f --tail 20 --since 10m web')
}
