/** The list of containers: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerList */
import type { ContainerSummary, Port, PortBindings } from '../../../api/docker/containers.ts'
import type { ListedContainer } from '../../engine/containers/list.ts'
import type { Engine } from '../../engine/engine.ts'
import { namesByLinks } from '../../engine/sandbox/links.ts'
import { isRunning, statusOf } from '../../engine/life/status.ts'
import { networkModeText } from './mode.ts'
import { mountPoints } from './mounts.ts'
import { networkSettings } from './network-settings.ts'
import { statusText } from './status-text.ts'

export function renderSummaries(engine: Engine, listed: ListedContainer[]): ContainerSummary[] {
  const linked = namesByLinks(engine)
  return listed.map((one) => renderSummary(engine, one, linked.get(one.container.id) ?? []))
}

function renderSummary(
  engine: Engine,
  { container, rootBytes }: ListedContainer,
  linkedNames: string[],
): ContainerSummary {
  const { process, network, labels } = container.options
  const settings = networkSettings(engine, container)
  return {
    Id: container.id,
    Names: [container.name, ...linkedNames].map((name) => `/${name}`),
    Image: container.imageReference,
    ImageID: container.imageId,
    Command: [...(process.entrypoint ?? []), ...(process.command ?? [])].map(quote).join(' '),
    Created: Math.floor(Date.parse(container.createdAt) / 1000),
    Ports: isRunning(container) ? ports(settings.Ports) : [],
    ...(rootBytes === undefined ? {} : { SizeRootFs: rootBytes }),
    Labels: labels,
    State: statusOf(engine, container),
    Status: statusText(container, engine.now()),
    HostConfig: { NetworkMode: networkModeText(network.mode) },
    NetworkSettings: { Networks: settings.Networks },
    Mounts: mountPoints(engine, container),
  }
}

function ports(bindings: PortBindings): Port[] {
  return Object.entries(bindings).flatMap(([spec, hosts]): Port[] => {
    const [port, protocol = 'tcp'] = spec.split('/')
    const container = { PrivatePort: Number(port), Type: protocol }
    if (!hosts?.length) return [container]
    return hosts.map(({ HostIp, HostPort }) => ({
      IP: HostIp,
      ...(HostPort === '' ? {} : { PublicPort: Number(HostPort) }),
      ...container,
    }))
  })
}

/** As a shell would need it, for `docker ps`. */
const quote = (argument: string): string => (/[\s'"]/.test(argument) || argument === '' ? `'${argument}'` : argument)
