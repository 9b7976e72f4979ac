/** What packets say: one is sent, and whether an answer comes. */
import type { Node, Topology } from './topology.ts'

export interface Shot {
  from: Node
  /** Whose it is: of a published port, the host's. */
  to: Node
  address: string
  protocol: 'tcp' | 'udp' | 'icmp'
  port: number
  sizeBytes: number
}

/** Headers before a ping's data: IP and ICMP. */
const pingHeaders = { ipv4: 28, ipv6: 48 }

function script({ address, protocol, port, sizeBytes }: Shot, seconds: number): string {
  switch (protocol) {
    case 'icmp': {
      const data = sizeBytes - pingHeaders[address.includes(':') ? 'ipv6' : 'ipv4']
      return `ping -n -c 1 -W ${seconds} -M do -s ${data} ${address}`
    }
    case 'tcp':
      return `timeout ${seconds} bash -c 'exec 3<>/dev/tcp/${address}/${port}'`
    default:
      return `exec 3<>/dev/udp/${address}/${port} && echo hello >&3 && read -t ${seconds} -N 1 -u 3 line`
  }
}

/** @param seconds to wait for an answer; where one is expected and the machine is busy, more does no harm */
export async function answers(topology: Topology, shot: Shot, seconds: number): Promise<boolean> {
  const { exitCode } = await topology.sh(shot.from, script(shot, seconds), { allowFailure: true })
  return exitCode === 0
}
