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
 * The address is free again once the link has gone, which is when this resolves. By force also when ports or the way out
 * cannot be moved, because the container's namespace is not what it was.
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
    if (network !== undefined && driverOf(engine, network).membership === 'host') throw errors.hostNetworkMode()
    // A stopped one knows a network by its name, when it was removed and made anew.
    const key = [network?.id, network?.name, reference].find(
      (name) => name !== undefined && Object.hasOwn(sandbox.endpoints, name),
    )
    if (key === undefined) throw notConnected(sandbox, network?.name ?? reference)
    const endpoint = activeEndpointsOf(engine, sandbox).find((active) => active.network === network)
    if (sandbox.isOpen && endpoint !== undefined) await detachFrom(engine, sandbox, endpoint, isForced)
    delete sandbox.endpoints[key]
    engine.store.sandboxes.put(id, sandbox)
    if (sandbox.isOpen) rewriteHosts(engine, sandbox)
    if (network !== undefined) publishNetworkEvent(engine, network, 'disconnect', { container: id })
  })
}

/** It is done by then; a file that cannot be written, on a full disk for one, names an address too many. */
function rewriteHosts(engine: Engine, sandbox: SandboxRecord): void {
  try {
    writeEtcFiles(engine, sandbox)
  } catch (error) {
    engine.log.warn(`container ${sandbox.name}: its files below /etc after a disconnect: ${(error as Error).message}`)
  }
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

/** What fails once the links go is told to the log: a record that kept the endpoint would have it plugged in again. */
async function detachFrom(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoint: ActiveEndpoint,
  isForced: boolean,
): Promise<void> {
  const failures = await detach(engine, sandbox, [endpoint], { isForced })
  if (failures.length === 0) return
  const reasons = failures.map(({ message }) => message).join('; ')
  engine.log.warn(
    `container ${sandbox.name} was disconnected from network ${endpoint.network.name}, with failures: ${reasons}`,
  )
}
