/** `/trestle/v1/links`: point-to-point veth pairs between two nodes. */
import { z } from 'zod'
import { labels } from '../docker/common.ts'
import { hostCidr, unicastMac } from './addresses.ts'

/** IFNAMSIZ is 16 with the final NUL (linux/if.h). */
export const interfaceName = z
  .string()
  .regex(
    /^(?!\.{1,2}$)[^\s/:%]{1,15}$/,
    'an interface name has 1 to 15 characters, none of them white space, "/", ":" or "%"',
  )

/** ETH_MIN_MTU and ETH_MAX_MTU (linux/if_ether.h), which is what a veth takes. */
export const linkMtu = z.number().int().min(68, 'the smallest MTU is 68').max(65535, 'the largest MTU is 65535')

/** RFC 8200, section 5. */
export const ipv6MinimumMtu = 1280

export const linkEnd = z.object({
  /** A bare namespace, or a running container (name or id). */
  node: z.string(),
  interface: interfaceName,
  addresses: z.array(hostCidr).nullish(),
  mac: unicastMac.nullish(),
})
export type LinkEnd = z.infer<typeof linkEnd>

export const createLinkRequest = z.object({
  ends: z.tuple([linkEnd, linkEnd]),
  mtu: linkMtu.nullish(),
  labels: labels.nullish(),
})
export type CreateLinkRequest = z.infer<typeof createLinkRequest>

export interface Link {
  id: string
  ends: [LinkEnd, LinkEnd]
  mtu?: number
  labels: Record<string, string>
}
