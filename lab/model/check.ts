/** What a task asks of the kernel. Each check is one map with one key, which is its kind. */
import { z } from 'zod'
import { hostCidr } from '../../api/trestle/addresses.ts'
import { command, scalarText } from './names.ts'

const address = z.union([z.ipv4(), z.ipv6()], 'not an address')
const mac = z.mac('not a MAC address such as 02:00:00:00:00:01')

const link = z.strictObject({
  node: z.string(),
  name: z.string().describe('of the interface'),
  exists: z.boolean().default(true),
  kind: z.string().describe('veth, bridge, macvlan, vxlan, loopback, …').optional(),
  peer: z.string().describe('NODE or NODE:INTERFACE at the other end of a veth').optional(),
  master: z.string().describe('the bridge, in the same node, that it is a port of').optional(),
  up: z.boolean().optional(),
  mtu: z.number().int().optional(),
  mac: mac.optional(),
  address: hostCidr.optional(),
})
const route = z.strictObject({
  node: z.string(),
  to: z.union([z.literal('default'), z.cidrv4(), z.cidrv6()], 'not "default" or a subnet such as 10.2.0.0/24'),
  via: address.optional(),
  dev: z.string().optional(),
  exists: z.boolean().default(true),
})
const neighbour = z.strictObject({
  node: z.string(),
  address,
  mac: mac.optional(),
  dev: z.string().optional(),
  exists: z.boolean().default(true),
})
const ping = z.strictObject({
  from: z.string(),
  to: z.string().describe('an address or a name'),
  answers: z.boolean().default(true),
})
const tcp = z.strictObject({
  from: z.string(),
  to: z
    .string()
    .regex(
      /^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):\d{1,5}$/,
      'not an address or name with a port, such as web:80 or [fd00::1]:80',
    ),
  connects: z.boolean().default(true),
})
const sysctl = z.strictObject({
  node: z.string(),
  name: z.string().regex(/^[a-z]+\.[A-Za-z0-9_.\-/]+$/, 'not a sysctl such as net.ipv4.ip_forward'),
  value: scalarText,
})
const pattern = z.string().superRefine((text, context) => {
  try {
    RegExp(text, 'm')
  } catch (error) {
    context.addIssue((error as Error).message)
  }
})
const exec = z.strictObject({
  node: z.string(),
  command,
  exit: z.number().int().min(0).max(255).default(0).describe('the exit code it must have'),
  output: pattern.describe('a regular expression that its standard output must match').optional(),
})

const kinds = { link, route, neighbour, ping, tcp, sysctl, exec }
const names = Object.keys(kinds).join(', ')

export const check = z
  .strictObject({
    link: link.optional(),
    route: route.optional(),
    neighbour: neighbour.optional(),
    ping: ping.optional(),
    tcp: tcp.optional(),
    sysctl: sysctl.optional(),
    exec: exec.optional(),
  })
  .refine((value) => Object.keys(value).length === 1, `a check has exactly one of ${names}`)
export type Check = z.infer<typeof check>

export type LinkCheck = z.infer<typeof link>
export type RouteCheck = z.infer<typeof route>
export type NeighbourCheck = z.infer<typeof neighbour>
export type PingCheck = z.infer<typeof ping>
export type TcpCheck = z.infer<typeof tcp>
export type SysctlCheck = z.infer<typeof sysctl>
export type ExecCheck = z.infer<typeof exec>
