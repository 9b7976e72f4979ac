import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { parsePorts } from '../../request/ports.ts'
import { addExamples } from '../examples.ts'
import { printPorts } from './print-ports.ts'

export function declarePortAdd(command: Command, context: Context): void {
  command
    .argument('<container>', 'Name or id')
    .argument('<port...>', '[[ip:][host port]:]container port[/protocol], or ranges, as with run -p')
    .action(async (container: string, ports: string[]) => {
      const { trestle } = await context.client()
      printPorts(await trestle.ports.add(container, { portBindings: parsePorts(ports).bindings }), context)
    })
  addExamples(
    command,
    'trestle port add web 8080:80',
    'trestle port add web 127.0.0.1:8443:443 53:53/udp',
    'trestle port add web 80   # any free port of the host',
  )
}
