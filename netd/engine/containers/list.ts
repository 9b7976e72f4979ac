import type { Filters } from '../../../api/docker/common.ts'
import type { ContainerSummary, Port } from '../../../api/docker/containers.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { isActive, isRunning, statusOf } from '../life/status.ts'
import { networkSettings } from './network-settings.ts'
import { containerFilter } from './container-filter.ts'
import { mountPoints } from './inspect.ts'
import { statusText } from './status-text.ts'

export interface ListOptions {
  isAll: boolean
  /** The newest so many, whatever their state; 0 for no limit. */
  limit: number
  withSize: boolean
  filters: Filters
}

/** Newest first. */
export async function listContainers(
  engine: Engine,
  { isAll, limit, withSize, filters }: ListOptions,
): Promise<ContainerSummary[]> {
  const matches = await containerFilter(engine, filters)
  const hasStateFilter = ['status', 'exited'].some((name) => (filters[name]?.length ?? 0) > 0)
  const chosen = engine.store.containers
    .values()
    .toReversed()
    .filter((container) => (isAll || limit > 0 || hasStateFilter || isActive(container)) && matches(container))
    .slice(0, limit > 0 ? limit : undefined)
  const sizes = new Map(withSize ? (await engine.launcher.images.list()).map(({ Id, Size }) => [Id, Size]) : [])
  return chosen.map((container) => summarize(engine, container, sizes))
}

function summarize(engine: Engine, container: ContainerRecord, sizes: Map<string, number>): ContainerSummary {
  const { config, hostConfig } = container
  const settings = networkSettings(engine, container)
  const size = sizes.get(container.imageId)
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: container.imageReference,
    ImageID: container.imageId,
    Command: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])].map(quote).join(' '),
    Created: Math.floor(Date.parse(container.createdAt) / 1000),
    Ports: isRunning(container) ? ports(settings.Ports) : [],
    ...(size === undefined ? {} : { SizeRootFs: size }),
    Labels: config.Labels ?? {},
    State: statusOf(engine, container),
    Status: statusText(container, engine.now()),
    HostConfig: { NetworkMode: hostConfig.NetworkMode || 'default' },
    NetworkSettings: { Networks: settings.Networks },
    Mounts: mountPoints(engine, container),
  }
}

function ports(bindings: Record<string, { HostIp: string; HostPort: string }[] | null>): Port[] {
  return Object.entries(bindings).flatMap(([spec, hosts]): Port[] => {
    const [port, protocol = 'tcp'] = spec.split('/')
    const container = { PrivatePort: Number(port), Type: protocol }
    if (!hosts?.length) return [container]
    return hosts.map(({ HostIp, HostPort }) => ({ IP: HostIp, PublicPort: Number(HostPort), ...container }))
  })
}

/** As a shell would need it, for `docker ps`. */
const quote = (argument: string): string => (/[\s'"]/.test(argument) || argument === '' ? `'${argument}'` : argument)
