import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { createNetworkRequest, type CreateNetworkFlags } from '../../request/create-network.ts'
import { cut, parseLabel, parseOption } from '../../request/values.ts'
import { addExamples } from '../examples.ts'
import { list, map } from '../flags.ts'

export function declareNetworkCreate(command: Command, context: Context): void {
  command
    .argument('<network>', 'Name of the new network')
    .option('-d, --driver <driver>', 'What carries the network: bridge, macvlan, …', 'bridge')
    .addOption(list('--subnet <cidr>', 'Subnet; a second one of the other family for both'))
    .addOption(list('--gateway <address>', 'Address of the gateway, inside its subnet'))
    .addOption(list('--ip-range <cidr>', 'Take addresses for containers from this part of the subnet'))
    .addOption(
      map('--aux-address <host=address>', 'Keep an address out of use', (text) => [
        cut(text, '=')[0],
        cut(text, '=')[1] ?? '',
      ]),
    )
    .option('--internal', 'No way out of the network, and none in')
    .option('--ipv6', 'Give containers IPv6 addresses too')
    .option('--no-ipv4', 'Give containers no IPv4 addresses')
    .option('--attachable', 'Let containers be attached by hand')
    .addOption(map('-o, --opt <key=value>', "Set one of the driver's options", parseOption))
    .addOption(map('--label <key=value>', 'Put a label on the network', parseLabel))
    .option('--ipam-driver <driver>', 'What hands out addresses', 'default')
    .addOption(map('--ipam-opt <key=value>', "Set one of that driver's options", parseOption))
    .action(async (name: string, flags: CreateNetworkFlags) => {
      const request = createNetworkRequest(name, flags)
      const { Id, Warning } = await (await context.client()).networks.create(request)
      if (Warning) context.printError(`WARNING: ${Warning}`)
      context.print(Id)
    })
  addExamples(
    command,
    'trestle network create lan',
    'trestle network create --subnet 10.1.0.0/24 --gateway 10.1.0.254 lan',
    'trestle network create --internal -o com.docker.network.driver.mtu=1400 backstage',
  )
}
