import type { ConnectNetworkRequest, EndpointRequest } from '../../../api/docker/networks.ts'
import { errors } from '../../../api/errors.ts'
import { mainTable } from '../../kernel/model.ts'
import type { SandboxRecord, NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { defaultRoutes, isSameWayOut, moveDefaultRoutes } from './default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from './endpoints.ts'
import { writeEtcFiles } from './etc-files.ts'
import { findSandbox } from './find.ts'
import { leaseEndpoint, validateEndpoint } from './lease-endpoint.ts'
import { changeNames } from './names.ts'
import { sandboxPath } from './namespaces.ts'
import { movePorts } from './publish-ports.ts'
import { detachEndpoint } from './disconnect.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { driverContext, driverOf, findNetwork } from '../networks/resolve-network.ts'

/** A running container has the network when this resolves; a stopped one gets it when it starts. */
export async function connectNetwork(engine: Engine, reference: string, request: ConnectNetworkRequest): Promise<void> {
  if (request.Container === '') throw errors.invalidParameter('invalid name or ID supplied: ""')
  const { id } = findSandbox(engine, request.Container)
  await engine.locks.run(`container:${id}`, async () => {
    const sandbox = findSandbox(engine, id)
    const network = findNetwork(engine, reference)
    const wish = withoutNulls(request.EndpointConfig ?? {})
    refuseMode(engine, sandbox, network)
    validateEndpoint(network, wish)
    if (sandbox.isOpen) {
      if (sandbox.endpoints[network.id]?.lease !== undefined) throw errors.alreadyConnected(sandbox.name, network.name)
      await attachEndpoint(engine, sandbox, network, wish)
      publishNetworkEvent(engine, network, 'connect', { container: id })
    } else {
      sandbox.endpoints[network.id] = { networkId: network.id, request: wish }
      engine.store.sandboxes.put(id, sandbox)
    }
  })
}

/** Containers that have no network of their own to add to. */
export function refuseMode(engine: Engine, sandbox: SandboxRecord, network: NetworkRecord): void {
  if (sandbox.namespace.kind !== 'own') throw errors.sharedNetworkMode()
  const { membership } = driverOf(engine, network)
  if (membership === 'host') throw errors.hostNetworkMode()
  const others = Object.keys(sandbox.endpoints).filter((id) => id !== network.id)
  const isAlone = (networkId: string): boolean => {
    const other = engine.store.networks.get(networkId)
    return other !== undefined && driverOf(engine, other).membership === 'alone'
  }
  if (others.length > 0 && (membership === 'alone' || others.some(isAlone))) throw errors.privateNetworkMode()
}

async function attachEndpoint(
  engine: Engine,
  sandbox: SandboxRecord,
  network: NetworkRecord,
  request: EndpointRequest,
): Promise<void> {
  const before = activeEndpointsOf(engine, sandbox)
  const kept = sandbox.endpoints[network.id]
  const lease = await leaseEndpoint(engine, sandbox, network.id, request)
  const endpoint: ActiveEndpoint = { network, endpoint: sandbox.endpoints[network.id]!, lease }
  try {
    await plug(engine, sandbox, before, endpoint)
  } catch (error) {
    forget(engine, sandbox, network.id, kept)
    throw error
  }
  try {
    await changeNames(engine, sandbox, before)
    writeEtcFiles(engine, sandbox)
    await movePorts(engine, sandbox, before)
  } catch (error) {
    const failures = await detachEndpoint(engine, sandbox, endpoint, true)
    for (const failure of failures) engine.log.warn(`container ${sandbox.name}, after a failed connect: ${failure}`)
    const withIt = activeEndpointsOf(engine, sandbox)
    forget(engine, sandbox, network.id, kept)
    await changeNames(engine, sandbox, withIt)
    writeEtcFiles(engine, sandbox)
    throw error
  }
}

async function plug(
  engine: Engine,
  sandbox: SandboxRecord,
  before: ActiveEndpoint[],
  endpoint: ActiveEndpoint,
): Promise<void> {
  const namespace = sandboxPath(engine.config, sandbox.id)
  const [waysBefore, waysAfter] = [defaultRoutes(before), defaultRoutes([...before, endpoint])]
  const present = isSameWayOut(waysBefore, waysAfter) ? [] : await engine.kernel.routes(namespace, mainTable)
  await engine.kernel.apply([
    ...driverOf(engine, endpoint.network).connect(driverContext(engine), planOf(engine, sandbox, endpoint)),
    ...moveDefaultRoutes(namespace, waysBefore, waysAfter, present),
  ])
}

function forget(
  engine: Engine,
  sandbox: SandboxRecord,
  networkId: string,
  kept: SandboxRecord['endpoints'][string] | undefined,
): void {
  if (kept === undefined) delete sandbox.endpoints[networkId]
  else sandbox.endpoints[networkId] = kept
  engine.store.sandboxes.put(sandbox.id, sandbox)
}

/** Go clients send every field; what is null or empty says nothing. */
function withoutNulls(request: EndpointRequest): EndpointRequest {
  const { Aliases, ...others } = request
  const said = Object.entries(others).filter(([, value]) => value !== null && value !== '')
  return { ...Object.fromEntries(said), ...(Aliases?.length ? { Aliases: [...new Set(Aliases)] } : {}) }
}
