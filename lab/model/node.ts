import { z } from 'zod'
import { command, itemName, scalarText, sysctls } from '../yaml/values.ts'
import { port } from './port.ts'

const attachment = z
  .strictObject({
    ip: z
      .union([z.ipv4(), z.ipv6()], 'not an address')
      .describe('static address; the engine chooses one when absent')
      .optional(),
    aliases: z.array(itemName).default([]).describe('further DNS names on this network'),
  })
  .nullish()
  .transform((value) => value ?? { aliases: [] })

/** A container, named `<lab>-<node>` on the engine; or, without an image, a bare network namespace named as the node. */
export const node = z
  .strictObject({
    image: z
      .string()
      .min(1)
      .describe('trestle/toolbox is there without a registry; without an image the node is a bare network namespace')
      .optional(),
    command: command.describe('instead of the image’s own').optional(),
    networks: z
      .record(z.string(), attachment)
      .default({})
      .describe('the networks it is connected to, in order: the first becomes eth0'),
    ports: z.array(port).default([]).describe('published ports: [ADDRESS:]HOST:CONTAINER[/tcp|udp]'),
    env: z.record(z.string(), scalarText).default({}),
    sysctls: sysctls.default({}).describe('set before anything runs, such as net.ipv4.ip_forward: 1'),
    trusted: z
      .boolean()
      .describe(
        'true: it may speak with addresses and MACs that are not its own; when absent, so may a node whose sysctls make it a router',
      )
      .optional(),
    start: z.array(command).default([]).describe('commands that run inside, in order, once every link is there'),
  })
  .nullish()
  .transform((value) => value ?? { networks: {}, ports: [], env: {}, sysctls: {}, start: [] })
export type Node = z.infer<typeof node>
