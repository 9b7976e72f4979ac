/** Messages between the daemon and its kernel threads. */
import type { PlainFailure } from './failure.ts'
import type { Change } from './watch.ts'

export interface Request {
  id: number
  call: string
  values: unknown[]
}

export type Response = { id: number; value: unknown } | { id: number; failure: PlainFailure }

/** Said without being asked: what a watch saw. */
export interface Notice {
  watch: number
  changes: Change[]
}
