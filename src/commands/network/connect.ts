import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { endpointRequest } from '../../request/networks.ts'
import { addExamples } from '../examples.ts'
import { integer, list } from '../flags.ts'

interface ConnectFlags {
  alias?: string[]
  ip?: string
  ip6?: string
  link?: string[]
  linkLocalIp?: string[]
  gwPriority?: number
  driverOpt?: string[]
}

export function declareNetworkConnect(command: Command, context: Context): void {
  command
    .argument('<network>', 'Name or id')
    .argument('<container>', 'Name or id')
    .option('--ip <address>', 'IPv4 address in the network')
    .option('--ip6 <address>', 'IPv6 address in the network')
    .addOption(list('--alias <name>', 'A further name for the container on the network'))
    .addOption(list('--link <container:alias>', 'A further name for another container, for this one only'))
    .addOption(list('--link-local-ip <address>', 'A link-local address'))
    .addOption(integer('--gw-priority <number>', 'The network with the highest gives the container its default route'))
    .addOption(list('--driver-opt <key=value>', "Set one of the driver's options for the endpoint"))
    .action(async (network: string, container: string, { alias, ...flags }: ConnectFlags) => {
      const endpoint = endpointRequest({ ...flags, ...(alias && { networkAlias: alias }) })
      await (await context.client()).networks.connect(network, { Container: container, EndpointConfig: endpoint })
    })
  addExamples(command, 'trestle network connect lan web', 'trestle network connect --ip 10.1.0.80 --alias www lan web')
}
