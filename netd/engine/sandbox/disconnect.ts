import type { DisconnectNetworkRequest } from '../../../api/docker/networks.ts'
import { errors } from '../../../api/errors.ts'
import { mainTable } from '../../kernel/model.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { defaultRoutes, isSameWayOut, moveDefaultRoutes } from './default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from './endpoints.ts'
import { writeEtcFiles } from './etc-files.ts'
import { findSandbox } from './find.ts'
import { changeNames } from './names.ts'
import { sandboxPath } from './namespaces.ts'
import { movePorts } from './publish-ports.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { driverContext, driverOf, findNetwork } from '../networks/resolve-network.ts'

/**
 * The address is free again once the link has gone, which is when this resolves. By force also when the container's
 * namespace is not what it was (somebody deleted the link, or the namespace has ended): what cannot be taken back is told to the log.
 */
export async function disconnectNetwork(
  engine: Engine,
  reference: string,
  { Container: container, Force: isForced }: DisconnectNetworkRequest,
): Promise<void> {
  if (container === '') throw errors.invalidParameter('invalid name or ID supplied: ""')
  const { id } = findSandbox(engine, container)
  await engine.locks.run(`container:${id}`, async () => {
    const network = findNetwork(engine, reference)
    const sandbox = findSandbox(engine, id)
    if (driverOf(engine, network).membership === 'host') throw errors.hostNetworkMode()
    if (sandbox.endpoints[network.id] === undefined) throw errors.notConnected(id, network.name)
    const endpoint = activeEndpointsOf(engine, sandbox).find((active) => active.network === network)
    if (sandbox.isOpen && endpoint !== undefined) await unplug(engine, sandbox, endpoint, isForced === true)
    delete sandbox.endpoints[network.id]
    engine.store.sandboxes.put(id, sandbox)
    if (sandbox.isOpen) {
      writeEtcFiles(engine, sandbox)
      publishNetworkEvent(engine, network, 'disconnect', { container: id })
    }
  })
}

async function unplug(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoint: ActiveEndpoint,
  isForced: boolean,
): Promise<void> {
  const before = activeEndpointsOf(engine, sandbox)
  const { lease } = endpoint
  // Nobody resolves its name to this address any more, and what was published here leads elsewhere, before the link goes.
  delete endpoint.endpoint.lease
  try {
    await changeNames(engine, sandbox, before)
    await movePorts(engine, sandbox, before)
  } catch (error) {
    if (!isForced) throw error
    engine.log.warn(`container ${sandbox.name}: ${(error as Error).message}`)
  } finally {
    endpoint.endpoint.lease = lease
  }
  const failures = await detachEndpoint(engine, sandbox, endpoint, isForced)
  if (failures.length === 0) return
  const message = `cannot disconnect container ${sandbox.name} from network ${endpoint.network.name}: ${failures.join('; ')}`
  if (!isForced) throw errors.internal(message)
  engine.log.warn(`${message}; it was disconnected by force`)
}

/** The way out first, so that the container is hardly without one; then, by force whether or not that worked, the pair. Resolves with what went wrong. */
export async function detachEndpoint(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoint: ActiveEndpoint,
  isForced: boolean,
): Promise<string[]> {
  const namespace = sandboxPath(engine.config, sandbox.id)
  const before = activeEndpointsOf(engine, sandbox)
  const [waysBefore, waysAfter] = [
    defaultRoutes(before),
    defaultRoutes(before.filter(({ lease }) => lease !== endpoint.lease)),
  ]
  const failures: Error[] = []
  if (!isSameWayOut(waysBefore, waysAfter)) {
    try {
      await engine.kernel.apply(
        moveDefaultRoutes(namespace, waysBefore, waysAfter, await engine.kernel.routes(namespace, mainTable)),
      )
    } catch (error) {
      if (!isForced) throw error
      failures.push(error as Error)
    }
  }
  failures.push(
    ...(await engine.kernel.teardown(
      driverOf(engine, endpoint.network).disconnect(driverContext(engine), planOf(engine, sandbox, endpoint)),
    )),
  )
  return failures.map(({ message }) => message)
}
