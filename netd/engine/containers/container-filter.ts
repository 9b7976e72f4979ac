import type { Filters } from '../../../api/docker/common.ts'
import { errors } from '../../../api/errors.ts'
import { containerStatuses, type ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { matchesLabels, matchesPattern, mustKnowFilters } from '../filters.ts'
import { statusOf } from '../life/status.ts'
import { findSandbox } from '../sandbox/find.ts'
import { findContainer } from './find.ts'

const known = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
]
const statuses: readonly string[] = containerStatuses

/** Values of one filter are alternatives, filters together are conditions; `label` is all conditions. */
export async function containerFilter(
  engine: Engine,
  filters: Filters,
): Promise<(container: ContainerRecord) => boolean> {
  mustKnowFilters(filters, known)
  const badStatus = filters['status']?.find((status) => !statuses.includes(status))
  if (badStatus !== undefined) throw errors.invalidParameter(`Invalid filter 'status=${badStatus}'`)
  const ancestors = new Set<string>()
  for (const reference of filters['ancestor'] ?? []) {
    const image = await engine.launcher.images.inspect(reference).catch(() => undefined)
    if (image !== undefined) ancestors.add(image.Id)
  }
  const created = (name: string): number[] =>
    (filters[name] ?? []).map((reference) => Date.parse(findContainer(engine, reference).createdAt))
  const before = created('before')
  const since = created('since')
  const any = (name: string, test: (value: string) => boolean): boolean =>
    filters[name] === undefined || filters[name].length === 0 || filters[name].some(test)

  return (container) =>
    matchesLabels(container.options.labels, filters['label']) &&
    any('id', (prefix) => container.id.startsWith(prefix)) &&
    any('name', (pattern) => matchesName(container.name, pattern)) &&
    any('status', (status) => statusOf(engine, container) === status) &&
    any('exited', (code) => container.state.status === 'exited' && container.state.exitCode === Number(code)) &&
    any('ancestor', (reference) => ancestors.has(container.imageId) || container.imageReference === reference) &&
    any('network', (name) => isOnNetwork(engine, container, name)) &&
    any('publish', (spec) =>
      findSandbox(engine, container.id).ports.some(({ hostPort, protocol, count = 1 }) =>
        matchesPort(spec, hostPort, hostPort + count - 1, protocol),
      ),
    ) &&
    any('expose', (spec) =>
      container.options.network.exposedPorts.some(({ port, protocol, last = port }) =>
        matchesPort(spec, port, last, protocol),
      ),
    ) &&
    any('volume', (place) =>
      container.mounts.some((mount) => mount.target === place || (mount.type !== 'tmpfs' && mount.source === place)),
    ) &&
    any('health', (health) => health === 'none') &&
    before.every((time) => Date.parse(container.createdAt) < time) &&
    since.every((time) => Date.parse(container.createdAt) > time)
}

/** A regular expression over the name, with or without its slash. */
function matchesName(name: string, pattern: string): boolean {
  return [name, `/${name}`].some((text) => matchesPattern('name', text, pattern))
}

function isOnNetwork(engine: Engine, { id }: ContainerRecord, reference: string): boolean {
  return Object.keys(findSandbox(engine, id).endpoints).some(
    (id) =>
      id === reference ||
      engine.store.networks.get(id)?.name === reference ||
      (reference.length >= 12 && id.startsWith(reference)),
  )
}

function matchesPort(spec: string, first: number, last: number, protocol: string): boolean {
  const [range = '', wanted] = spec.split('/')
  const [start, end = start] = range.split('-').map(Number)
  return last >= start! && first <= end! && (wanted === undefined || wanted === protocol)
}
