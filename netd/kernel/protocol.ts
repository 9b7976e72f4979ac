/** Messages between the daemon and its kernel threads. */
import type { PlainFailure } from './failure.ts'

export interface Request {
  id: number
  call: string
  values: unknown[]
}

/** Asks a thread to let go of what it holds, and to end. */
export const end = 'end'

export type Response = { id: number; value: unknown } | { id: number; failure: PlainFailure }

/** A netfilter socket that is for another thread to close. */
export interface Discarded {
  discarded: number
}

/** The last that a thread says: why it can serve nobody any more. */
export interface LastWords {
  stranded: string
}
