/**
 * How a sandbox comes by endpoints, at its opening and at a `network connect`: leases, ports, files; then links, routes and
 * elements in one list of steps, and names beside it; then the proxy. What is done is noted with its inverse, so that a
 * failure anywhere leaves the sandbox as it was.
 */
import { inverse } from '../../kernel/invert.ts'
import type { RequestedEndpoint, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'
import { routeSteps } from './default-route.ts'
import { removeEndpoints } from './detach.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from './endpoints.ts'
import { refreshLinks, writeEtcFiles } from './etc-files.ts'
import { leaseEndpoint } from './lease-endpoint.ts'
import { changeNames } from './names.ts'
import { forwardPorts, planPorts, portSteps, releaseReserved, type PortMove } from './publish-ports.ts'
import { refusedSysctl } from './refused-sysctl.ts'
import { Undo } from './undo.ts'

export interface Attachment {
  /** Of a network that is there. */
  networkId: string
  request: RequestedEndpoint
}

/**
 * Resolves once addresses and ports are had and the files under /etc say so; `ready` once everything works, so that the
 * process can be made meanwhile. The caller holds the sandbox's lock until then, and has asked whether it may be.
 */
export async function attach(
  engine: Engine,
  sandbox: SandboxRecord,
  attachments: Attachment[],
): Promise<{ ready: Promise<void> }> {
  const undo = new Undo(engine, `container ${sandbox.name}, after a failed connect`)
  const before = activeEndpointsOf(engine, sandbox)
  try {
    undo.defer(forgettingLeases(engine, sandbox, attachments))
    for (const { networkId, request } of attachments) await leaseEndpoint(engine, sandbox, networkId, request)
    const after = activeEndpointsOf(engine, sandbox)
    const move = await planPorts(engine, sandbox, before, after)
    undo.defer(() => releaseReserved(engine, sandbox, move))
    writeEtcFiles(engine, sandbox)
    const ready = undo.onFailure(() => makeEndpoints(engine, sandbox, { before, after, move, undo }))
    // Whoever awaits it hears of a failure; until then it is nobody's unhandled one.
    ready.catch(() => {})
    return { ready }
  } catch (error) {
    await undo.run()
    throw error
  }
}

/**
 * Last of all, when nothing of the new endpoints is left: their addresses are free again. Whatever else the record says by
 * then stays: a network that was removed meanwhile has left its name.
 */
function forgettingLeases(engine: Engine, sandbox: SandboxRecord, attachments: Attachment[]): () => void {
  const before = { ...sandbox.endpoints }
  return () => {
    for (const { networkId } of attachments) {
      if (sandbox.endpoints[networkId]?.lease === undefined) continue
      if (before[networkId] === undefined) delete sandbox.endpoints[networkId]
      else sandbox.endpoints[networkId] = before[networkId]
    }
    engine.store.sandboxes.put(sandbox.id, sandbox)
    if (sandbox.isOpen) writeEtcFiles(engine, sandbox)
  }
}

interface Change {
  before: ActiveEndpoint[]
  after: ActiveEndpoint[]
  move: PortMove
  undo: Undo
}

async function makeEndpoints(engine: Engine, sandbox: SandboxRecord, change: Change): Promise<void> {
  const { before, after, move, undo } = change
  const added = after.filter(({ lease }) => !before.some((endpoint) => endpoint.lease === lease))
  const publishing = portSteps(engine, move)
  const steps = [
    ...added.flatMap((endpoint) =>
      driverOf(engine, endpoint.network).connect(driverContext(engine), planOf(engine, sandbox, endpoint)),
    ),
    ...(await routeSteps(engine, sandbox, before, after)),
    ...publishing,
  ]
  undo.defer(() => changeNames(engine, sandbox, after, before))
  // Side by side: neither waits for the other, and a process of ours is asked for the names.
  const [made, named] = await Promise.allSettled([
    steps.length > 0 ? engine.kernel.apply(steps) : undefined,
    changeNames(engine, sandbox, before, after),
  ])
  if (made.status === 'rejected') throw refusedSysctl(made.reason, steps)
  undo.defer(() => removeEndpoints(engine, sandbox, { before: after, after: before, gone: added }))
  undo.defer(() => engine.kernel.apply(inverse(publishing)))
  if (named.status === 'rejected') throw named.reason
  await forwardPorts(engine, sandbox, move)
  sandbox.isOpen = true
  engine.store.sandboxes.put(sandbox.id, sandbox, { mayWait: false })
  refreshLinks(engine, sandbox)
  for (const { network } of added) publishNetworkEvent(engine, network, 'connect', { container: sandbox.id })
}
