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
    .addOption(list('--link-local-ip <address>', 'An address beside those of the network, such as a link-local one'))
    .addOption(integer('--gw-priority <number>', 'The network with the highest gives the container its default route'))
    .addOption(
      list(
        '--driver-opt <key=value>',
        'An option of the endpoint: com.docker.network.endpoint.ifname or .sysctls, trestle.bridge.anti_spoofing',
      ),
    )
    .action(async (network: string, container: string, { alias, ...flags }: ConnectFlags) => {
      const endpoint = endpointRequest({ ...flags, ...(alias && { networkAlias: alias }) })
      await (await context.client()).networks.connect(network, { Container: container, EndpointConfig: endpoint })
    })
  addExamples(
    command,
    'trestle network connect lan web',
    'trestle network connect --ip 10.1.0.80 --alias www lan web',
    'trestle network connect --gw-priority 10 --driver-opt com.docker.network.endpoint.ifname=wan0 uplink web',
    'trestle network connect --driver-opt com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.rp_filter=2 lan web',
    'trestle network connect --link-local-ip 169.254.7.7 lan web',
  )
}
