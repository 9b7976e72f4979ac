import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { addExamples } from '../examples.ts'
import { printPorts } from './print-ports.ts'

export function declarePortLs(command: Command, context: Context): void {
  command
    .alias('list')
    .argument('<container>', 'Name or id')
    .option('--json', "The daemon's answer as JSON")
    .action(async (container: string, flags: { json?: boolean }) => {
      const ports = await (await context.client()).trestle.ports.list(container)
      if (flags.json === true) context.print(JSON.stringify(ports, undefined, 2))
      else printPorts(ports, context)
    })
  addExamples(command, 'trestle port ls web', 'trestle port ls --json web')
}
