import { ApiError, errors } from '../../../api/errors.ts'
import type { NetworkRecord, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { driverOf, findNetwork } from '../networks/resolve-network.ts'
import { detach } from './detach.ts'
import { activeEndpointsOf, type ActiveEndpoint } from './endpoints.ts'
import { writeEtcFiles } from './etc-files.ts'
import { findSandbox } from './find.ts'

/**
 * The address is free again once the link has gone, which is when this resolves. By force also when the container's
 * namespace is not what it was (somebody deleted the link, or the namespace has ended): what cannot be taken back is told to the log.
 */
export async function disconnectNetwork(
  engine: Engine,
  reference: string,
  container: string,
  { isForced }: { isForced: boolean },
): Promise<void> {
  if (container === '') throw errors.invalidParameter('invalid name or ID supplied: ""')
  const { id } = findSandbox(engine, container)
  await engine.locks.run(`container:${id}`, async () => {
    const sandbox = findSandbox(engine, id)
    const network = findUnlessGone(engine, reference)
    // Of one that is gone only the name is left.
    if (network === undefined && sandbox.isOpen && !isForced) throw errors.networkNotFound(reference)
    const key = network?.id ?? reference
    if (network !== undefined && driverOf(engine, network).membership === 'host') throw errors.hostNetworkMode()
    if (sandbox.endpoints[key] === undefined) throw notConnected(sandbox, network?.name ?? reference)
    const endpoint = activeEndpointsOf(engine, sandbox).find((active) => active.network === network)
    if (sandbox.isOpen && endpoint !== undefined) await detachFrom(engine, sandbox, endpoint, isForced)
    delete sandbox.endpoints[key]
    engine.store.sandboxes.put(id, sandbox)
    if (sandbox.isOpen) writeEtcFiles(engine, sandbox)
    if (network !== undefined) publishNetworkEvent(engine, network, 'disconnect', { container: id })
  })
}

/** The two sentences of dockerd, whose daemon and libnetwork each have one. */
function notConnected({ id, isOpen }: SandboxRecord, network: string): ApiError {
  return errors.notConnected(id, isOpen ? `network ${network}` : `the network ${network}`)
}

function findUnlessGone(engine: Engine, reference: string): NetworkRecord | undefined {
  try {
    return findNetwork(engine, reference)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'networkNotFound') return undefined
    throw error
  }
}

async function detachFrom(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoint: ActiveEndpoint,
  isForced: boolean,
): Promise<void> {
  const failures = await detach(engine, sandbox, [endpoint], { isForced })
  if (failures.length === 0) return
  const reasons = failures.map(({ message }) => message).join('; ')
  const message = `cannot disconnect container ${sandbox.name} from network ${endpoint.network.name}: ${reasons}`
  if (!isForced) throw errors.internal(message)
  engine.log.warn(`${message}; it was disconnected by force`)
}
