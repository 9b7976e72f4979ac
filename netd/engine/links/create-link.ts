import { errors } from '../../../api/errors.ts'
import { ipv6MinimumMtu, type CreateLinkRequest, type Link } from '../../../api/trestle/links.ts'
import type { Engine } from '../engine.ts'
import { KernelError, type KernelStep, type Namespace } from '../../kernel/kernel.ts'
import type { LinkRecord } from '../../store/records.ts'
import { linkNode } from './link-node.ts'
import { planLink } from './plan-link.ts'

/** Both ends are up, with their addresses, when this resolves; nothing is left of them when it rejects. */
export async function createLink(engine: Engine, request: CreateLinkRequest): Promise<Link> {
  const [near, far] = request.ends
  const paths = [await linkNode(engine, near.node), await linkNode(engine, far.node)] as const
  refuseAddressTwice(request)
  refuseNarrowIpv6(request)
  if (near.interface === far.interface && (await isSame(engine, paths))) {
    throw errors.invalidParameter(
      `both ends of the link are ${near.interface} of ${near.node}: they need different names or nodes`,
    )
  }

  const record: LinkRecord = {
    id: engine.newId(),
    ends: request.ends,
    labels: request.labels ?? {},
    ...(request.mtu ? { mtu: request.mtu } : {}),
  }
  const steps = planLink(record, paths)
  // What a kill leaves in the nodes is found by it (./end-drafts.ts).
  engine.store.links.put(record.id, { ...record, isDraft: true })
  try {
    await engine.kernel.apply(steps)
  } catch (error) {
    engine.store.links.delete(record.id)
    throw await explain(engine, error, steps, record, paths)
  }
  engine.store.links.put(record.id, record)
  engine.events.publish({ Type: 'link', Action: 'create', Actor: { ID: record.id, Attributes: { ...record.labels } } })
  return record
}

function refuseAddressTwice({ ends }: CreateLinkRequest): void {
  const addresses = ends.flatMap((end) => (end.addresses ?? []).map((cidr) => cidr.split('/')[0]!.toLowerCase()))
  const twice = addresses.find((address, at) => addresses.indexOf(address) !== at)
  if (twice !== undefined) throw errors.invalidParameter(`address ${twice} is given to the link twice`)
}

/** The kernel would say no more than EINVAL. */
function refuseNarrowIpv6({ ends, mtu }: CreateLinkRequest): void {
  const address = ends.flatMap(({ addresses }) => addresses ?? []).find((cidr) => cidr.includes(':'))
  if (address !== undefined && mtu && mtu < ipv6MinimumMtu) {
    throw errors.invalidParameter(
      `an MTU of ${mtu} is too small for the IPv6 address ${address}: IPv6 needs at least ${ipv6MinimumMtu}`,
    )
  }
}

/** Two names may stand for one node: a container's name and its id. */
async function isSame({ kernel }: Engine, [near, far]: readonly [Namespace, Namespace]): Promise<boolean> {
  return near === far || (await kernel.inode(near)) === (await kernel.inode(far))
}

/** What the kernel refuses in an address or a link is the request's fault. */
async function explain(
  engine: Engine,
  error: unknown,
  steps: KernelStep[],
  record: LinkRecord,
  paths: readonly [Namespace, Namespace],
): Promise<unknown> {
  if (!(error instanceof KernelError) || error.step === undefined) return error
  const step = steps[error.step]
  const reason = error.detail ?? error.description
  const [near, far] = record.ends
  if (step?.do === 'link.add' && error.errno === 'EEXIST') {
    // The kernel does not say at which end.
    const taken = (await engine.kernel.links(paths[0])).some(({ name }) => name === near.interface) ? near : far
    return errors.conflict(`interface ${taken.interface} already exists in ${taken.node}`)
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
