import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoint-plans.ts'
import { joinNames } from './names.ts'

/** The record has the new name already: from now on the networks know it by that one. */
export function renameSandbox(engine: Engine, container: ContainerRecord): void {
  for (const endpoint of activeEndpointsOf(engine, container)) joinNames(engine, container, endpoint)
}
