import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { portChoice } from '../../request/ports.ts'
import { forEachOf } from '../each.ts'
import { addExamples } from '../examples.ts'

export function declarePortRm(command: Command, context: Context): void {
  command
    .alias('remove')
    .argument('<container>', 'Name or id')
    .argument('<port...>', 'A container port wherever it is published, or [[ip:]host port:]container port[/protocol]')
    .action(async (container: string, ports: string[]) => {
      const choices = new Map(ports.map((port) => [port, portChoice(port)]))
      const { trestle } = await context.client()
      await forEachOf(ports, context, async (port) => {
        await trestle.ports.remove(container, choices.get(port)!)
        return port
      })
    })
  addExamples(command, 'trestle port rm web 8080:80', 'trestle port rm web 53/udp')
}
