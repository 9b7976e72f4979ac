import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { findSandbox } from './find.ts'
import { joinNames } from './names.ts'

/** From now on the networks know it by that name. */
export async function renameSandbox(engine: Engine, id: string, name: string): Promise<void> {
  const sandbox = findSandbox(engine, id)
  sandbox.name = name
  engine.store.sandboxes.put(id, sandbox)
  for (const endpoint of activeEndpointsOf(engine, sandbox)) await joinNames(engine, sandbox, endpoint)
}
