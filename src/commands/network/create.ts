import type { Command } from 'commander'
import type { Context } from '../../context.ts'
import { createNetworkRequest, type CreateNetworkFlags } from '../../request/create-network.ts'
import { cut, parseLabel, parseOption } from '../../request/values.ts'
import { addExamples } from '../examples.ts'
import { list, map } from '../flags.ts'

export function declareNetworkCreate(command: Command, context: Context): void {
  command
    .argument('<network>', 'Name of the new network')
    .option('-d, --driver <driver>', 'What carries the network: bridge, macvlan, ipvlan', 'bridge')
    .addOption(list('--subnet <cidr>', 'A subnet; several of either family where more are wanted'))
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
    .option('--attachable', 'Let containers be attached by hand, which they may anyway outside a swarm')
    .option('--ingress', 'A routing mesh, which only a swarm has')
    .option('--scope <scope>', 'How far the network reaches: local')
    .option('--config-only', 'Only hold configuration for other networks')
    .option('--config-from <network>', 'Take the configuration from such a network')
    .addOption(map('-o, --opt <key=value>', "Set one of the driver's options", parseOption))
    .addOption(map('--label <key=value>', 'Put a label on the network', parseLabel))
    .option('--ipam-driver <driver>', 'What hands out addresses', 'default')
    .addOption(map('--ipam-opt <key=value>', "Set one of that driver's options", parseOption))
    .action(async (name: string, flags: CreateNetworkFlags) => {
      const request = createNetworkRequest(name, flags)
      const { Id, Warning } = await (await context.client()).networks.create(request)
      for (const line of Warning.split('\n')) if (line !== '') context.printError(`WARNING: ${line}`)
      context.print(Id)
    })
  addExamples(
    command,
    'trestle network create lan',
    'trestle network create --subnet 10.1.0.0/24 --gateway 10.1.0.254 lan',
    'trestle network create --ipv6 --subnet 10.1.0.0/24 --subnet 10.2.0.0/24 --subnet fd01::/64 lan',
    'trestle network create -o com.docker.network.bridge.name=br0 --subnet 10.1.0.0/24 shared',
    'trestle network create -d macvlan -o parent=eth0.10 --subnet 10.9.0.0/24 --gateway 10.9.0.254 vlan10',
    'trestle network create --config-only --subnet 10.3.0.0/24 template && trestle network create --config-from template made',
    'trestle network create --internal -o com.docker.network.driver.mtu=1400 backstage',
  )
}
