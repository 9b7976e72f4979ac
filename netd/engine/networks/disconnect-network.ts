import type { DisconnectNetworkRequest } from '../../../api/docker/networks.ts'
import { errors } from '../../../api/errors.ts'
import { mainTable } from '../../kernel/model.ts'
import type { ContainerRecord } from '../../store/records.ts'
import { findContainer } from '../containers/find.ts'
import { isRunning } from '../life/status.ts'
import type { Engine } from '../engine.ts'
import { defaultRoutes, isSameWayOut, moveDefaultRoutes } from '../sandbox/default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from '../sandbox/endpoint-plans.ts'
import { writeEtcFiles } from '../sandbox/etc-files.ts'
import { changeNames } from '../sandbox/names.ts'
import { sandboxPath } from '../sandbox/namespaces.ts'
import { movePorts } from '../sandbox/publish-ports.ts'
import { publishNetworkEvent } from './network-event.ts'
import { driverContext, driverOf, findNetwork } from './resolve-network.ts'

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
  const { id } = findContainer(engine, container)
  await engine.locks.run(`container:${id}`, async () => {
    const network = findNetwork(engine, reference)
    const record = findContainer(engine, id)
    if (driverOf(engine, network).membership === 'host') throw errors.hostNetworkMode()
    if (record.endpoints[network.id] === undefined) throw errors.notConnected(id, network.name)
    const endpoint = activeEndpointsOf(engine, record).find((active) => active.network === network)
    if (isRunning(record) && endpoint !== undefined) await unplug(engine, record, endpoint, isForced === true)
    delete record.endpoints[network.id]
    engine.store.containers.put(id, record)
    if (isRunning(record)) {
      writeEtcFiles(engine, record)
      publishNetworkEvent(engine, network, 'disconnect', { container: id })
    }
  })
}

async function unplug(
  engine: Engine,
  container: ContainerRecord,
  endpoint: ActiveEndpoint,
  isForced: boolean,
): Promise<void> {
  const before = activeEndpointsOf(engine, container)
  const { lease } = endpoint
  // Nobody resolves its name to this address any more, and what was published here leads elsewhere, before the link goes.
  delete endpoint.endpoint.lease
  try {
    await changeNames(engine, container, before)
    await movePorts(engine, container, before)
  } catch (error) {
    if (!isForced) throw error
    engine.log.warn(`container ${container.name}: ${(error as Error).message}`)
  } finally {
    endpoint.endpoint.lease = lease
  }
  const failures = await detachEndpoint(engine, container, endpoint, isForced)
  if (failures.length === 0) return
  const message = `cannot disconnect container ${container.name} from network ${endpoint.network.name}: ${failures.join('; ')}`
  if (!isForced) throw errors.internal(message)
  engine.log.warn(`${message}; it was disconnected by force`)
}

/** The way out first, so that the container is hardly without one; then, by force whether or not that worked, the pair. Resolves with what went wrong. */
export async function detachEndpoint(
  engine: Engine,
  container: ContainerRecord,
  endpoint: ActiveEndpoint,
  isForced: boolean,
): Promise<string[]> {
  const sandbox = sandboxPath(engine.config, container.id)
  const before = activeEndpointsOf(engine, container)
  const [waysBefore, waysAfter] = [
    defaultRoutes(before),
    defaultRoutes(before.filter(({ lease }) => lease !== endpoint.lease)),
  ]
  const failures: Error[] = []
  if (!isSameWayOut(waysBefore, waysAfter)) {
    try {
      await engine.kernel.apply(
        moveDefaultRoutes(sandbox, waysBefore, waysAfter, await engine.kernel.routes(sandbox, mainTable)),
      )
    } catch (error) {
      if (!isForced) throw error
      failures.push(error as Error)
    }
  }
  failures.push(
    ...(await engine.kernel.teardown(
      driverOf(engine, endpoint.network).disconnect(driverContext(engine), planOf(engine, container, endpoint)),
    )),
  )
  return failures.map(({ message }) => message)
}
