/** Which namespace a number means: every namespace numbers the others it has links to (IFLA_LINK_NETNSID). */
import { nsidMessage, notAssigned, RTM_GETNSID } from '../netlink/rtnetlink/nsid.ts'
import type { Namespace } from './kernel.ts'
import type { Session } from './session.ts'

export function peerNamespaces(
  session: Session,
  namespace: Namespace,
  candidates: Namespace[],
): Map<number, Namespace> {
  const { route } = session.in(namespace)
  const found = new Map<number, Namespace>()
  for (const candidate of candidates) {
    let fd: number
    try {
      ;({ fd } = session.in(candidate))
    } catch (error) {
      // Ended since the caller listed it.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      throw error
    }
    const [answer] = route.request(RTM_GETNSID, 0, (writer) => nsidMessage.write(writer, { fd }))
    const nsid = answer === undefined ? undefined : nsidMessage.read(answer.body).nsid
    if (nsid !== undefined && nsid !== notAssigned) found.set(nsid, candidate)
    if (candidate !== namespace) session.forget(candidate)
  }
  return found
}
