/** Messages between the daemon and its kernel threads. */
import type { PlainFailure } from './failure.ts'

export interface Request {
  id: number
  call: string
  values: unknown[]
}

export type Response = { id: number; value: unknown } | { id: number; failure: PlainFailure }
