import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { findSandbox } from './find.ts'
import { joinNames } from './names.ts'

/** From now on the networks know it by that name. */
export function renameSandbox(engine: Engine, id: string, name: string): void {
  const sandbox = findSandbox(engine, id)
  sandbox.name = name
  engine.store.sandboxes.put(id, sandbox)
  for (const endpoint of activeEndpointsOf(engine, sandbox)) joinNames(engine, sandbox, endpoint)
}
