import { errors } from '../../../api/errors.ts'
import { ipv6MinimumMtu, type CreateLinkRequest, type Link, type LinkEnd } from '../../../api/trestle/links.ts'
import type { Engine } from '../engine.ts'
import { KernelError, type KernelStep, type Namespace } from '../../kernel/kernel.ts'
import type { LinkRecord } from '../../store/records.ts'
import { linkNode } from './link-node.ts'
import { planLink } from './plan-link.ts'

/** Both ends are up, with their addresses, when this resolves; nothing is left of them when it rejects. */
export async function createLink(engine: Engine, request: CreateLinkRequest): Promise<Link> {
  const [near, far] = request.ends
  const paths = [await linkNode(engine, near.node), await linkNode(engine, far.node)] as const
  refuseSharedAddress(request)
  refuseNarrowIpv6(request)
  await refuseTakenInterface(engine, near, paths[0])
  await refuseTakenInterface(engine, far, paths[1])
  if ((await engine.kernel.inode(paths[0])) === (await engine.kernel.inode(paths[1])) && near.interface === far.interface) {
    throw errors.invalidParameter(`both ends of the link are ${near.interface} of ${near.node}: they need different names or nodes`)
  }

  const record: LinkRecord = { id: engine.newId(), ends: request.ends, labels: request.labels ?? {}, ...(request.mtu ? { mtu: request.mtu } : {}) }
  const steps = planLink(record, paths)
  try {
    await engine.kernel.apply(steps)
  } catch (error) {
    throw explain(error, steps, record, paths)
  }
  engine.store.links.put(record.id, record)
  engine.events.publish({ Type: 'link', Action: 'create', Actor: { ID: record.id, Attributes: { ...record.labels } } })
  return record
}

function refuseSharedAddress({ ends: [near, far] }: CreateLinkRequest): void {
  const host = (cidr: string) => cidr.split('/')[0]
  const shared = near.addresses?.find((address) => far.addresses?.some((other) => host(other) === host(address)))
  if (shared !== undefined) throw errors.invalidParameter(`address ${host(shared)} is given to both ends of the link`)
}

/** The kernel would say no more than EINVAL. */
function refuseNarrowIpv6({ ends, mtu }: CreateLinkRequest): void {
  const address = ends.flatMap(({ addresses }) => addresses ?? []).find((cidr) => cidr.includes(':'))
  if (address !== undefined && mtu && mtu < ipv6MinimumMtu) {
    throw errors.invalidParameter(`an MTU of ${mtu} is too small for the IPv6 address ${address}: IPv6 needs at least ${ipv6MinimumMtu}`)
  }
}

async function refuseTakenInterface(engine: Engine, end: LinkEnd, path: Namespace): Promise<void> {
  const links = await engine.kernel.links(path)
  if (links.some(({ name }) => name === end.interface)) throw errors.conflict(`interface ${end.interface} already exists in ${end.node}`)
}

/** What the kernel refuses in an address or a link is the request's fault, but for what changed under our feet. */
function explain(error: unknown, steps: KernelStep[], record: LinkRecord, paths: readonly [Namespace, Namespace]): unknown {
  if (!(error instanceof KernelError) || error.step === undefined) return error
  const step = steps[error.step]
  const reason = error.detail ?? error.description
  const [near, far] = record.ends
  if (error.errno === 'EEXIST' && step?.do === 'link.add') {
    return errors.conflict(`interface ${near.interface} already exists in ${near.node}, or ${far.interface} in ${far.node}`)
  }
  if (step?.do === 'address.add') {
    const end = step.namespace === paths[0] && step.link === near.interface ? near : far
    const sentence = `cannot give ${step.address} to ${end.interface} of ${end.node}: ${reason}`
    return error.errno === 'EEXIST' ? errors.conflict(sentence) : errors.invalidParameter(sentence)
  }
  if (error.errno === 'EINVAL' || error.errno === 'ERANGE' || error.errno === 'EADDRNOTAVAIL') {
    return errors.invalidParameter(`cannot link ${near.node} and ${far.node}: ${reason}`)
  }
  return error
}
