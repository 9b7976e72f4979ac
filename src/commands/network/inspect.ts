import type { Command } from 'commander'
import type { Network } from '../../../api/docker/networks.ts'
import type { Context } from '../../context.ts'
import type { InspectFlags } from '../../render/inspect.ts'
import { addExamples } from '../examples.ts'
import { addInspectFlags } from '../flags.ts'
import { inspectAll } from '../inspect-all.ts'

export function declareNetworkInspect(command: Command, context: Context): void {
  addInspectFlags(command.argument('<network...>', 'Names or ids'))
    .option('-v, --verbose', 'Ask for all the daemon knows')
    .action(async (names: string[], flags: InspectFlags & { verbose?: boolean }) => {
      const { networks } = await context.client()
      await inspectAll(names, context, flags, (name): Promise<Network> =>
        networks.inspect(name, { verbose: flags.verbose ?? false }),
      )
    })
  addExamples(
    command,
    'trestle network inspect lan',
    "trestle network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{println}}{{end}}' lan",
  )
}
