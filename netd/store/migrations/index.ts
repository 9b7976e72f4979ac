/**
 * The steps from the records of one netd to those of the next. The first leads to schema 2, and each has a file of its
 * own, named by the schema that it leads to. A step knows the shapes of its time only; once it is on main it never changes.
 */
import type { DatabaseSync } from 'node:sqlite'
import { resolveMounts } from './2-mounts.ts'
import { ownDriverState } from './3-driver-state.ts'
import { separateSandboxes } from './4-sandboxes.ts'
import { moveDrafts } from './5-drafts.ts'
import { parseOptions } from './6-container-options.ts'
import { parseEndpoints } from './7-requested-endpoints.ts'
import { keepUnconfined } from './8-apparmor.ts'
import { keepBindingsOnce } from './9-port-bindings.ts'

/** Runs in a transaction of its own, with every table there. Throwing leaves the database as it was before the step. */
export type Migration = (database: DatabaseSync) => void

export const migrations: readonly Migration[] = [
  resolveMounts,
  ownDriverState,
  separateSandboxes,
  moveDrafts,
  parseOptions,
  parseEndpoints,
  keepUnconfined,
  keepBindingsOnce,
]
