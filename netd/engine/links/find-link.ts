import type { Link } from '../../../api/trestle/links.ts'
import { ApiError, errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { KernelError, type KernelStep, type Namespace } from '../../kernel/kernel.ts'
import type { Link as KernelLink } from '../../kernel/model.ts'
import type { LinkRecord } from '../../store/records.ts'
import { birthGroup } from '../../kernel/birth-group.ts'
import { linkNode } from './link-node.ts'
import { linkMark } from './plan-link.ts'

/** By id or a prefix of one id only; throws linkNotFound. */
export function findLink({ store }: Engine, id: string): LinkRecord {
  const finished = store.links.values().filter(({ isDraft }) => isDraft !== true)
  const [first, ...others] = finished.filter((link) => id !== '' && link.id.startsWith(id))
  if (first === undefined || others.length > 0) throw errors.linkNotFound(id)
  return first
}

/** Where one end of the pair is now: a veth falls as a whole, so that either end stands for both. */
export async function locateLink(
  engine: Engine,
  record: LinkRecord,
): Promise<Extract<KernelStep, { do: 'link.delete' }> | undefined> {
  for (const { node, interface: end } of record.ends) {
    const { namespace, links } = await readNode(engine, node)
    const mark = linkMark(record.id)
    const found = links.find(
      ({ name, alias, group }) =>
        alias === mark ||
        (record.isDraft === true && name === end && alias === undefined && group === birthGroup(mark)),
    )
    if (found !== undefined) return { do: 'link.delete', namespace, name: found.name }
  }
  return undefined
}

/** Those that the kernel still has; the record of a pair that went with its container, or by `ip link delete`, is dropped. */
export async function listLinks(engine: Engine): Promise<Link[]> {
  const live: LinkRecord[] = []
  for (const record of engine.store.links.values()) {
    if (record.isDraft === true) continue
    if ((await locateLink(engine, record)) === undefined) engine.store.links.delete(record.id)
    else live.push(record)
  }
  return live
}

/** No links for a node that is gone, or goes while it is read. */
async function readNode(engine: Engine, node: string): Promise<{ namespace: Namespace; links: KernelLink[] }> {
  try {
    const namespace = await linkNode(engine, node)
    return { namespace, links: await engine.kernel.links(namespace) }
  } catch (error) {
    if (error instanceof ApiError || (error instanceof KernelError && error.errno === 'ENOENT'))
      return { namespace: '', links: [] }
    throw error
  }
}
