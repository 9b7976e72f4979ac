import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findByReference } from '../find-by-reference.ts'

/** As a container is found: by full id, name, or unambiguous id prefix. */
export function findSandbox({ store }: Pick<Engine, 'store'>, reference: string): SandboxRecord {
  return findByReference(store.sandboxes, reference)
}
