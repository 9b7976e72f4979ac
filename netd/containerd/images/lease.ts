/** A lease keeps what is being made until something lasting refers to it; when it goes, the rest is collected. */
import { leases } from '../api/leases.ts'
import type { CallOptions, Connection } from '../connection.ts'

/** Also of the references of half-written blobs, which begin with their lease's id. */
export const leasePrefix = 'trestle-'
const streamTimeoutMs = 15 * 60_000

/** However `work` ends, its consumer breaking off included, nothing is left of what nobody refers to. */
export async function* withLease<Item>(
  connection: Connection,
  { id, signal }: { id: string; signal: AbortSignal },
  work: (options: CallOptions) => AsyncGenerator<Item>,
): AsyncGenerator<Item> {
  const lease = `${leasePrefix}${id}`
  await connection.call(leases.create, { id: lease, labels: {} })
  try {
    yield* work({ lease, signal, timeoutMs: streamTimeoutMs })
  } finally {
    // Without containerd it stays, and is swept when the daemon begins.
    await connection.call(leases.delete, { id: lease }).catch(() => {})
  }
}
