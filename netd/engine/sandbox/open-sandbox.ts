import { hostname as hostHostname } from 'node:os'
import { errors } from '../../../api/errors.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { ContainerRecord, PublishedPort } from '../../store/records.ts'
import { findContainer } from '../containers/find.ts'
import { isRunning } from '../life/status.ts'
import type { Engine } from '../engine.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'
import { closeSandbox } from './close-sandbox.ts'
import { addDefaultRoutes, defaultRoutes } from './default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from './endpoint-plans.ts'
import { etcMounts, writeEtcFiles } from './etc-files.ts'
import { hostnameOf } from './hostname.ts'
import { leaseEndpoint, validateEndpoint } from './lease-endpoint.ts'
import { linkedFrom } from './links.ts'
import { openNames } from './names.ts'
import { sandboxPath } from './namespaces.ts'
import { flushFlows, publishSteps, reservePorts } from './publish-ports.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * The container's network: namespace and files when this resolves; endpoints, routes, published ports and names when
 * `ready` does, so that containerd can make the process meanwhile. On failure nothing of it remains, after the caller's
 * closeSandbox if it was `ready` that failed. The caller holds the container's lock.
 */
export async function openSandbox(engine: Engine, container: ContainerRecord): Promise<Sandbox> {
  const mode = container.hostConfig.NetworkMode ?? ''
  if (mode.startsWith('container:')) return shareSandbox(engine, container, mode.slice('container:'.length))
  let ports: PublishedPort[] = []
  try {
    await leaseEndpoints(engine, container)
    if (mode !== 'host') ports = await makeNamespace(engine, container)
    writeEtcFiles(engine, container)
  } catch (error) {
    await closeSandbox(engine, container)
    throw error
  }
  const ready = plug(engine, container, mode === 'host' ? undefined : ports)
  // Whoever awaits it hears of a failure; until then it is nobody's unhandled one.
  ready.catch(() => {})
  return {
    namespace: mode === 'host' ? 'host' : sandboxPath(engine.config, container.id),
    hostname: hostnameOf(container),
    files: etcMounts(engine, container.id),
    ready,
  }
}

/** All of a container's networks, in the order of connection; validated before the first one is touched. */
async function leaseEndpoints(engine: Engine, container: ContainerRecord): Promise<void> {
  const wanted = Object.entries(container.endpoints).map(([networkId, { request }]) => {
    const network = engine.store.networks.get(networkId)
    if (network === undefined) throw errors.networkNotFound(networkId)
    validateEndpoint(network, request)
    return { networkId, request }
  })
  for (const { networkId, request } of wanted) await leaseEndpoint(engine, container, networkId, request)
}

/** Ports first: a taken one is found before anything is made. */
async function makeNamespace(engine: Engine, container: ContainerRecord): Promise<PublishedPort[]> {
  const ports = await reservePorts(engine, container, activeEndpointsOf(engine, container))
  await engine.kernel.apply([{ do: 'netns.create', path: sandboxPath(engine.config, container.id) }])
  return ports
}

/** `ports` are undefined where there is nothing to plug, in the host's own namespace. */
async function plug(engine: Engine, container: ContainerRecord, ports: PublishedPort[] | undefined): Promise<void> {
  const endpoints = activeEndpointsOf(engine, container)
  if (ports !== undefined) await makeEndpoints(engine, container, endpoints, ports)
  for (const { network } of endpoints) publishNetworkEvent(engine, network, 'connect', { container: container.id })
}

async function makeEndpoints(
  engine: Engine,
  container: ContainerRecord,
  endpoints: ActiveEndpoint[],
  ports: PublishedPort[],
): Promise<void> {
  const path = sandboxPath(engine.config, container.id)
  const steps: KernelStep[] = [
    ...endpoints.flatMap((endpoint) =>
      driverOf(engine, endpoint.network).connect(driverContext(engine), planOf(engine, container, endpoint)),
    ),
    ...addDefaultRoutes(path, defaultRoutes(endpoints)),
    ...publishSteps(engine, endpoints, ports),
  ]
  await engine.kernel.apply(steps)
  container.ports = ports
  engine.store.containers.put(container.id, container)
  await Promise.all([openNames(engine, container), flushFlows(engine, container)])
  for (const other of linkedFrom(engine, container)) writeEtcFiles(engine, other)
}

/** `--network container:X`: X's namespace, names and files. */
function shareSandbox(engine: Engine, container: ContainerRecord, reference: string): Sandbox {
  const owner = findContainer(engine, reference)
  if (owner === container) throw errors.invalidParameter('cannot join own network')
  if (!isRunning(owner)) throw errors.conflict(`cannot join network of a non running container: ${owner.id}`)
  const mode = owner.hostConfig.NetworkMode ?? ''
  if (mode.startsWith('container:')) return shareSandbox(engine, container, mode.slice('container:'.length))
  return {
    namespace: mode === 'host' ? 'host' : sandboxPath(engine.config, owner.id),
    hostname: mode === 'host' ? hostHostname() : hostnameOf(owner),
    files: etcMounts(engine, owner.id),
    ready: Promise.resolve(),
  }
}
