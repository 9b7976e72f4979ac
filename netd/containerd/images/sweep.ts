/** What a daemon that was killed in the middle of a load leaves: its lease, with all that it holds, and half-written blobs. */
import { content } from '../api/content.ts'
import { leases } from '../api/leases.ts'
import { ignoreNotFound, type Connection } from '../connection.ts'
import type { Log } from '../launcher.ts'
import { abortBlob } from './blobs.ts'
import { leasePrefix } from './lease.ts'

/** Before the first load: nobody else has leases in our namespace. What cannot be swept is said, and waits for the next time. */
export async function sweepImages(connection: Connection, log: Log): Promise<void> {
  const [{ leases: left }, { statuses }] = await Promise.all([
    connection.call(leases.list, {}),
    connection.call(content.listStatuses, {}),
  ])
  const isOurs = (name: string): boolean => name.startsWith(leasePrefix)
  const work = [
    ...statuses.filter(({ ref }) => isOurs(ref)).map(({ ref }) => abortBlob(connection, ref)),
    ...left
      .filter(({ id }) => isOurs(id))
      .map(async ({ id }) => void (await connection.call(leases.delete, { id }).catch(ignoreNotFound))),
  ]
  for (const result of await Promise.allSettled(work))
    if (result.status === 'rejected')
      log.warn(`what an interrupted load left could not be removed: ${(result.reason as Error).message}`)
}
