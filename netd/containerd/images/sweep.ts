/** What a daemon that was killed in the middle of a load leaves: its lease, with all that it holds, and half-written blobs. */
import { content } from '../api/content.ts'
import { leases } from '../api/leases.ts'
import { ignoreNotFound, type Connection } from '../connection.ts'
import { leasePrefix } from './lease.ts'

/** Before the first load: nobody else has leases in our namespace. */
export async function sweepImages(connection: Connection): Promise<void> {
  const [{ leases: left }, { statuses }] = await Promise.all([
    connection.call(leases.list, {}),
    connection.call(content.listStatuses, {}),
  ])
  for (const { ref } of statuses)
    if (ref.startsWith(leasePrefix)) await connection.call(content.abort, { ref }).catch(ignoreNotFound)
  for (const { id } of left)
    if (id.startsWith(leasePrefix)) await connection.call(leases.delete, { id }).catch(ignoreNotFound)
}
