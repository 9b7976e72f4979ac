import type { ConnectNetworkRequest, EndpointRequest } from '../../../api/docker/networks.ts'
import { errors } from '../../../api/errors.ts'
import { mainTable } from '../../kernel/model.ts'
import type { ContainerRecord, NetworkRecord } from '../../store/records.ts'
import { findContainer } from '../containers/find.ts'
import { isRunning } from '../life/status.ts'
import type { Engine } from '../engine.ts'
import { defaultRoutes, isSameWayOut, moveDefaultRoutes } from '../sandbox/default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from '../sandbox/endpoint-plans.ts'
import { writeEtcFiles } from '../sandbox/etc-files.ts'
import { leaseEndpoint, validateEndpoint } from '../sandbox/lease-endpoint.ts'
import { changeNames } from '../sandbox/names.ts'
import { sandboxPath } from '../sandbox/namespaces.ts'
import { movePorts } from '../sandbox/publish-ports.ts'
import { detachEndpoint } from './disconnect-network.ts'
import { publishNetworkEvent } from './network-event.ts'
import { driverContext, driverOf, findNetwork } from './resolve-network.ts'

/** A running container has the network when this resolves; a stopped one gets it when it starts. */
export async function connectNetwork(engine: Engine, reference: string, request: ConnectNetworkRequest): Promise<void> {
  if (request.Container === '') throw errors.invalidParameter('invalid name or ID supplied: ""')
  const { id } = findContainer(engine, request.Container)
  await engine.locks.run(`container:${id}`, async () => {
    const container = findContainer(engine, id)
    const network = findNetwork(engine, reference)
    const wish = withoutNulls(request.EndpointConfig ?? {})
    refuseMode(engine, container, network)
    validateEndpoint(network, wish)
    if (isRunning(container)) {
      if (container.endpoints[network.id]?.lease !== undefined)
        throw errors.alreadyConnected(container.name, network.name)
      await attachEndpoint(engine, container, network, wish)
      publishNetworkEvent(engine, network, 'connect', { container: id })
    } else {
      container.endpoints[network.id] = { networkId: network.id, request: wish }
      engine.store.containers.put(id, container)
    }
  })
}

/** Containers that have no network of their own to add to. */
export function refuseMode(engine: Engine, container: ContainerRecord, network: NetworkRecord): void {
  const mode = container.hostConfig.NetworkMode ?? ''
  if (mode === 'host' || mode.startsWith('container:')) throw errors.sharedNetworkMode()
  const { membership } = driverOf(engine, network)
  if (membership === 'host') throw errors.hostNetworkMode()
  const others = Object.keys(container.endpoints).filter((id) => id !== network.id)
  const isAlone = (networkId: string): boolean => {
    const other = engine.store.networks.get(networkId)
    return other !== undefined && driverOf(engine, other).membership === 'alone'
  }
  if (others.length > 0 && (membership === 'alone' || others.some(isAlone))) throw errors.privateNetworkMode()
}

async function attachEndpoint(
  engine: Engine,
  container: ContainerRecord,
  network: NetworkRecord,
  request: EndpointRequest,
): Promise<void> {
  const before = activeEndpointsOf(engine, container)
  const kept = container.endpoints[network.id]
  const lease = await leaseEndpoint(engine, container, network.id, request)
  const endpoint: ActiveEndpoint = { network, endpoint: container.endpoints[network.id]!, lease }
  try {
    await plug(engine, container, before, endpoint)
  } catch (error) {
    forget(engine, container, network.id, kept)
    throw error
  }
  try {
    await changeNames(engine, container, before)
    writeEtcFiles(engine, container)
    await movePorts(engine, container, before)
  } catch (error) {
    const failures = await detachEndpoint(engine, container, endpoint, true)
    for (const failure of failures) engine.log.warn(`container ${container.name}, after a failed connect: ${failure}`)
    const withIt = activeEndpointsOf(engine, container)
    forget(engine, container, network.id, kept)
    await changeNames(engine, container, withIt)
    writeEtcFiles(engine, container)
    throw error
  }
}

async function plug(
  engine: Engine,
  container: ContainerRecord,
  before: ActiveEndpoint[],
  endpoint: ActiveEndpoint,
): Promise<void> {
  const sandbox = sandboxPath(engine.config, container.id)
  const [waysBefore, waysAfter] = [defaultRoutes(before), defaultRoutes([...before, endpoint])]
  const present = isSameWayOut(waysBefore, waysAfter) ? [] : await engine.kernel.routes(sandbox, mainTable)
  await engine.kernel.apply([
    ...driverOf(engine, endpoint.network).connect(driverContext(engine), planOf(engine, container, endpoint)),
    ...moveDefaultRoutes(sandbox, waysBefore, waysAfter, present),
  ])
}

function forget(
  engine: Engine,
  container: ContainerRecord,
  networkId: string,
  kept: ContainerRecord['endpoints'][string] | undefined,
): void {
  if (kept === undefined) delete container.endpoints[networkId]
  else container.endpoints[networkId] = kept
  engine.store.containers.put(container.id, container)
}

/** Go clients send every field; what is null or empty says nothing. */
function withoutNulls(request: EndpointRequest): EndpointRequest {
  const { Aliases, ...others } = request
  const said = Object.entries(others).filter(([, value]) => value !== null && value !== '')
  return { ...Object.fromEntries(said), ...(Aliases?.length ? { Aliases: [...new Set(Aliases)] } : {}) }
}
