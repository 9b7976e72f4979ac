import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { permits } from '../life/refusals.ts'
import { isRunning } from '../life/status.ts'
import { findContainer } from './find.ts'

/** Throws dockerd's refusal when a container whose network or processes it shares does not run. */
export function mustBeJoinable(engine: Engine, container: ContainerRecord): void {
  const { pid, network } = container.options
  if (pid?.kind === 'container') permits(engine, 'inspectProcess', findContainer(engine, pid.container))
  if (network.mode.kind !== 'container') return
  const owner = findContainer(engine, network.mode.container)
  if (owner === container) throw errors.invalidParameter('cannot join own network')
  if (!isRunning(owner)) throw errors.conflict(`cannot join network of a non running container: ${owner.id}`)
  if (owner.options.network.mode.kind === 'container') mustBeJoinable(engine, owner)
}
