import { errors } from '../../../api/errors.ts'
import { KernelError, type KernelStep } from '../../kernel/kernel.ts'
import type { NetworkRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { forwardingSteps } from './forwarding.ts'
import { publishNetworkEvent } from './network-event.ts'
import type { NetworkRequest } from './network-request.ts'
import { planNetwork } from './plan-network.ts'
import { tearDownNetworks } from './remove-network.ts'
import { driverContext, driverOf } from './resolve-network.ts'

/** One at a time: of two requests for the same name or subnet, the second has to see the first one's. */
export function createNetwork(engine: Engine, request: NetworkRequest): Promise<{ id: string; warnings: string[] }> {
  return engine.locks.run('network-names', async () => {
    const { record, warnings } = await planNetwork(engine, request)
    await makeNetwork(engine, record)
    publishNetworkEvent(engine, record, 'create')
    // Most clients show nobody the warnings of an answer.
    for (const warning of warnings) engine.log.warn(`network ${record.name}: ${warning}`)
    return { id: record.id, warnings }
  })
}

/** In the kernel and in the store, or in neither. */
export async function makeNetwork(engine: Engine, record: NetworkRecord): Promise<void> {
  const steps = [
    ...forwardingSteps(engine, record),
    ...driverOf(engine, record).createNetwork(driverContext(engine), record),
  ]
  try {
    await engine.kernel.apply(steps)
  } catch (error) {
    throw explain(error, steps)
  }
  try {
    engine.store.networks.put(record.id, record)
  } catch (error) {
    await tearDownNetworks(engine, [record])
    throw error
  }
}

/** What the kernel refuses because of the request. */
function explain(error: unknown, steps: KernelStep[]): unknown {
  if (!(error instanceof KernelError) || error.step === undefined) return error
  const step = steps[error.step]
  if (error.errno === 'EEXIST' && step?.do === 'link.add') {
    // The kernel says the same of a VLAN that the interface below has under another name.
    const other = step.kind === 'vlan' ? `, or has VLAN ${step.id} of ${step.parent} under another` : ''
    return errors.conflict(`cannot create ${step.kind} ${step.name}: the host has an interface of that name${other}`)
  }
  return error
}
