/**
 * In the container's namespace: what goes to 127.0.0.11:53 reaches the resolver on ports of its own, and connection
 * tracking gives the replies their old source back. So a program of the container may have 0.0.0.0:53 to itself.
 */
import { resolverAddress, type ListenerPorts } from '../dataplane/protocol.ts'
import type { Kernel, Namespace } from '../kernel/kernel.ts'
import { headerField, type NftCommand } from '../kernel/nft.ts'

const table = 'trestle-dns'
const our = { do: 'add', table, family: 'inet' } as const
/** NF_IP_PRI_NAT_DST, linux/netfilter_ipv4.h. */
const dstnat = -100

/**
 * Makes the table, or in one transaction replaces the one a former daemon made. Resolves with false where it leads there
 * already: said so once, and not flushed by somebody since.
 */
export async function redirect(kernel: Kernel, namespace: Namespace, ports: ListenerPorts): Promise<boolean> {
  // Deleting waits for an RCU grace period (~15 ms), so only where there is something to delete: hardly ever when a container starts.
  const isThere = await kernel.hasTable(namespace, table)
  if (isThere && ports.isRedirected) return false
  const commands: NftCommand[] = [
    ...(isThere ? [{ ...our, do: 'delete', object: 'table' } as const] : []),
    { ...our, object: 'table' },
    { ...our, object: 'chain', chain: 'output', hook: { type: 'nat', hook: 'output', priority: dstnat } },
    rule('udp', ports.udp),
    rule('tcp', ports.tcp),
  ]
  await kernel.apply([{ do: 'nft.transaction', namespace, commands }])
  return true
}

/** `ip daddr 127.0.0.11 udp dport 53 dnat to 127.0.0.11:PORT` */
function rule(protocol: 'tcp' | 'udp', port: number): NftCommand {
  return {
    ...our,
    object: 'rule',
    chain: 'output',
    expressions: [
      { name: 'meta', data: { dreg: 0, key: 'nfproto' } },
      { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ nfproto: 'ipv4' }] } } },
      { name: 'payload', data: { dreg: 0, ...headerField['ip daddr'] } },
      { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ ipv4: resolverAddress }] } } },
      { name: 'meta', data: { dreg: 0, key: 'l4proto' } },
      { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ protocol }] } } },
      { name: 'payload', data: { dreg: 0, ...headerField['th dport'] } },
      { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ port: 53 }] } } },
      { name: 'immediate', data: { dreg: 0, data: { value: [{ ipv4: resolverAddress }] } } },
      { name: 'immediate', data: { dreg: 1, data: { value: [{ port }] } } },
      { name: 'nat', data: { type: 'dnat', family: 'ip', addrMin: 0, protoMin: 1 } },
    ],
  }
}
