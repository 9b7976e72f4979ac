/**
 * How a sandbox that stays open loses endpoints: names first, so that nobody resolves them to an address that goes; then
 * ports and the way out, so that the sandbox is hardly without one; then the links; then the flows of their addresses, which
 * somebody else may have next.
 */
import type { KernelStep } from '../../kernel/kernel.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverContext, driverOf } from '../networks/resolve-network.ts'
import { routeSteps } from './default-route.ts'
import { activeEndpointsOf, everyAddressOf, planOf, type ActiveEndpoint } from './endpoints.ts'
import { changeNames } from './names.ts'
import { movePorts } from './publish-ports.ts'
import { Undo } from './undo.ts'

/**
 * Unless by force, a failure before the links go leaves the sandbox as it was, and is thrown. Once links go there is no way
 * back: whatever fails then, the endpoints are gone, and it resolves with the failures. The record is the caller's to
 * change: until then the addresses stay taken.
 */
export async function detach(
  engine: Engine,
  sandbox: SandboxRecord,
  gone: ActiveEndpoint[],
  { isForced }: { isForced: boolean },
): Promise<Error[]> {
  const before = activeEndpointsOf(engine, sandbox)
  const after = before.filter(({ lease }) => !gone.some((endpoint) => endpoint.lease === lease))
  const undo = new Undo(engine, `container ${sandbox.name}, after a failed disconnect`)
  const failures: Error[] = []
  const attempt = async (step: Promise<unknown>): Promise<void> => {
    try {
      await step
    } catch (error) {
      if (!isForced) throw error
      failures.push(error as Error)
    }
  }
  await undo.onFailure(async () => {
    undo.defer(() => changeNames(engine, sandbox, after, before))
    await attempt(changeNames(engine, sandbox, before, after))
    // All of it or nothing, so that there is a way back only from all of it.
    await attempt(movePorts(engine, sandbox, before, after))
    undo.defer(() => movePorts(engine, sandbox, after, before))
    await attempt(moveRoutes(engine, sandbox, before, after))
  })
  return [...failures, ...(await removeLinks(engine, sandbox, gone))]
}

/** What ./attach.ts has made of endpoints, taken back: everything but names, which it does itself. */
export async function removeEndpoints(
  engine: Engine,
  sandbox: SandboxRecord,
  { before, after, gone }: { before: ActiveEndpoint[]; after: ActiveEndpoint[]; gone: ActiveEndpoint[] },
): Promise<void> {
  await moveRoutes(engine, sandbox, before, after)
  const failures = await removeLinks(engine, sandbox, gone)
  if (failures.length > 0) throw new Error(failures.map(({ message }) => message).join('; '))
}

async function moveRoutes(
  engine: Engine,
  sandbox: SandboxRecord,
  before: ActiveEndpoint[],
  after: ActiveEndpoint[],
): Promise<void> {
  const steps = await routeSteps(engine, sandbox, before, after)
  if (steps.length > 0) await engine.kernel.apply(steps)
}

async function removeLinks(engine: Engine, sandbox: SandboxRecord, gone: ActiveEndpoint[]): Promise<Error[]> {
  const removing = gone.flatMap((endpoint) =>
    driverOf(engine, endpoint.network).disconnect(driverContext(engine), planOf(engine, sandbox, endpoint)),
  )
  const failures = removing.length === 0 ? [] : await engine.kernel.teardown(removing)
  return [...failures, ...(await flushAddresses(engine, gone))]
}

/** After their links are cut off, and before anybody can lease them again: an accepted UDP flow outlives rules and containers. */
export async function flushAddresses(engine: Engine, gone: ActiveEndpoint[]): Promise<Error[]> {
  const addresses = gone.flatMap(({ lease }) => everyAddressOf(lease))
  if (addresses.length === 0) return []
  const step: KernelStep = { do: 'conntrack.flush', namespace: engine.host, addresses }
  return engine.kernel.teardown([step])
}
