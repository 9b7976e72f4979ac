import { Option, type Command } from 'commander'
import type { Client } from '../../../api/client/client.ts'
import { RemoteError } from '../../../api/client/errors.ts'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import type { InspectFlags } from '../../render/inspect.ts'
import { addExamples } from '../examples.ts'
import { addInspectFlags } from '../flags.ts'
import { inspectAll } from '../inspect-all.ts'

const types = ['container', 'network', 'image', 'volume'] as const
type Type = (typeof types)[number]

export function declareInspect(command: Command, context: Context): void {
  addInspectFlags(command.argument('<name...>', 'Names or ids of containers, networks, images or volumes'))
    .addOption(new Option('--type <type>', 'Look among these only').choices(types))
    .action(async (names: string[], flags: InspectFlags & { type?: Type }) => {
      const client = await context.client()
      await inspectAll(names, context, flags, (name) => inspect(client, name, flags.type))
    })
  addExamples(
    command,
    'trestle inspect web',
    "trestle inspect -f '{{range $name, $endpoint := .NetworkSettings.Networks}}{{$name}}: {{$endpoint.IPAddress}}{{println}}{{end}}' web",
  )
}

/** A container has the first claim to a name, then a network, then an image, then a volume. */
async function inspect(client: Client, name: string, wanted: Type | undefined): Promise<unknown> {
  const look: Record<Type, () => Promise<unknown>> = {
    container: () => client.containers.inspect(name),
    network: () => client.networks.inspect(name),
    image: () => client.images.inspect(name),
    volume: () => client.volumes.inspect(name),
  }
  if (wanted !== undefined) return look[wanted]()
  for (const type of types) {
    try {
      return await look[type]()
    } catch (error) {
      if (!(error instanceof RemoteError && error.status === 404)) throw error
    }
  }
  throw new CommandError(`No such object: ${name}`)
}
