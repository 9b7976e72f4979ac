/**
 * A link cannot be born with its alias (rtnl_create_link, net/core/rtnetlink.c, reads no IFLA_IFALIAS), but with a group. So
 * whoever is killed between the two requests leaves one in this group, by which the next can tell whose it is.
 */
import { createHash } from 'node:crypto'

/** Of the owner, which is the first word of the alias; never 0, the group of all others. */
export function birthGroup(alias: string): number {
  const [owner = ''] = alias.split(' ', 1)
  return createHash('sha256').update(owner).digest().readUInt32LE() & 0x7fffffff || 1
}
