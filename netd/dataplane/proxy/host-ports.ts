/** Ports that sockets of this host have, as /proc/net shows them: proc(5), net/ipv4/tcp_ipv4.c, net/ipv6/udp.c. */
import { readFile } from 'node:fs/promises'
import { canonicalAddress } from '../../../api/address/address.ts'
import type { PublishedPort } from '../../store/records.ts'
import { TakenPorts } from './taken-ports.ts'

/** TCP_LISTEN (net/tcp_states.h); a connection's port may be bound beside it. */
const listening = '0A'

/** None of SCTP: the numbers that we hold are all there is to ask for. */
export async function hostPorts(protocol: PublishedPort['protocol']): Promise<TakenPorts> {
  if (protocol === 'sctp') return new TakenPorts([])
  const texts = await Promise.all([`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map(read))
  const ports = texts.flatMap((text) =>
    text
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local !== undefined && (protocol === 'udp' || state === listening))
      .map(([, local]): PublishedPort => {
        const [address = '', port = ''] = local!.split(':')
        return { hostAddress: addressOf(address), hostPort: parseInt(port, 16), containerPort: 0, protocol }
      }),
  )
  // One on [::] has IPv4, too, unless it says otherwise, which is not shown.
  const both = ports
    .filter(({ hostAddress }) => hostAddress === '::')
    .map((port): PublishedPort => ({ ...port, hostAddress: '0.0.0.0' }))
  return new TakenPorts([...ports, ...both])
}

/** Words of 32 bits in the order of the machine. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex').swap32()
  if (bytes.length === 4) return bytes.join('.')
  return canonicalAddress(bytes.toString('hex').match(/.{4}/g)!.join(':'))
}

/** Nothing where the kernel does without the family. */
async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}
