import { z } from 'zod'
import { hostCidr, unicastMac } from '../../api/trestle/addresses.ts'
import { interfaceName, linkMtu } from '../../api/trestle/links.ts'

const endObject = z.strictObject({
  node: z.string(),
  interface: interfaceName,
  addresses: z.array(hostCidr).default([]),
  mac: unicastMac.optional(),
})
export type End = z.infer<typeof endObject>

/** `NODE:INTERFACE [CIDR …]` */
const endText = z.string().transform((text, context): End => {
  const [place = '', ...addresses] = text.trim().split(/\s+/)
  const [node = '', name, ...rest] = place.split(':')
  if (node === '' || name === undefined || rest.length > 0) {
    context.addIssue(`"${text}" is not an end such as "red:eth1" or "red:eth1 10.0.0.1/24"`)
    return z.NEVER
  }
  const end = endObject.safeParse({ node, interface: name, addresses })
  if (end.success) return end.data
  for (const issue of end.error.issues) {
    const culprit = issue.path[0] === 'interface' ? name : addresses[Number(issue.path[1])]
    context.addIssue(`"${culprit}": ${issue.message}`)
  }
  return z.NEVER
})

/** A veth pair between two nodes. */
export const link = z.strictObject({
  ends: z
    .array(z.union([endText, endObject]))
    .length(2, 'a link has two ends')
    .transform((ends) => ends as [End, End]),
  mtu: linkMtu.optional(),
})
export type Link = z.infer<typeof link>
