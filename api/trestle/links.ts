/** `/trestle/v1/links`: point-to-point veth pairs between two nodes. */
import { z } from 'zod'
import { labels } from '../docker/common.ts'

/** IFNAMSIZ is 16 with the final NUL (linux/if.h). */
export const interfaceName = z.string().regex(/^(?!\.{1,2}$)[^\s/:%]{1,15}$/, 'an interface name has 1 to 15 characters, none of them white space, "/", ":" or "%"')

export const linkEnd = z.object({
  /** A running container (name or id) or a bare namespace. */
  node: z.string(),
  interface: interfaceName,
  /** CIDR each. */
  addresses: z.array(z.string()).nullish(),
  mac: z.string().nullish(),
})
export type LinkEnd = z.infer<typeof linkEnd>

export const createLinkRequest = z.object({
  ends: z.tuple([linkEnd, linkEnd]),
  mtu: z.number().int().min(68).max(65535).nullish(),
  labels: labels.nullish(),
})
export type CreateLinkRequest = z.infer<typeof createLinkRequest>

export interface Link {
  id: string
  ends: [LinkEnd, LinkEnd]
  labels: Record<string, string>
}
