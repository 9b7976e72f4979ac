import { z } from 'zod'

/** A network of the engine, named `<lab>-<network>` there. */
export const network = z
  .strictObject({
    subnet: z
      .union([z.cidrv4(), z.cidrv6()], 'not a subnet such as 10.1.0.0/24 or fd00:1::/64')
      .describe('CIDR; the engine chooses one when absent')
      .optional(),
    gateway: z
      .union([z.ipv4(), z.ipv6()], 'not an address')
      .describe('the host’s own address on the network; the first of the subnet when absent')
      .optional(),
    internal: z.boolean().default(false).describe('true: no way out of the network'),
    driver: z.string().default('bridge').describe('bridge, macvlan, …'),
    options: z
      .record(z.string(), z.string())
      .default({})
      .describe('driver options, as `docker network create -o` takes them'),
  })
  .nullish()
  .transform((value) => value ?? { internal: false, driver: 'bridge', options: {} })
export type Network = z.infer<typeof network>
