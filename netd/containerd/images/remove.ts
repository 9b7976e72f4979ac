/** `docker rmi`: which names go, and whether the image goes with them. */
import type { ImageDeleteItem } from '../../../api/docker/images.ts'
import { errors } from '../../../api/errors.ts'
import { images } from '../api/images.ts'
import { leases } from '../api/leases.ts'
import { ignoreNotFound, type Connection } from '../connection.ts'
import type { Catalogue, Image } from './catalogue.ts'
import { canonical, familiar } from './reference.ts'
import { putRecord } from './register.ts'

const short = (id: string): string => id.replace('sha256:', '').slice(0, 12)

/** Throws 409 in Docker's words when a container needs it, or when an id has several names. */
export async function removeImage(
  connection: Connection,
  catalogue: Catalogue,
  reference: string,
  options: { isForced: boolean; usedBy: (imageId: string) => string[] },
): Promise<ImageDeleteItem[]> {
  const image = await catalogue.find(reference)
  const names = image.records.map(({ name }) => name).filter((name) => name !== image.id)
  const named =
    image.id === reference || image.id.startsWith(`sha256:${reference.replace('sha256:', '')}`)
      ? undefined
      : canonical(reference)
  const going = named === undefined ? names : [named]
  const isLast = going.length === names.length
  const [user] = options.usedBy(image.id)
  if (!options.isForced) refuse(image, { reference, named, names, isLast, user })
  if (isLast && user !== undefined) {
    // The container goes on with its layers; the image stays reachable by its id until nobody uses it.
    const record = image.records[0]
    if (record !== undefined) await putRecord(connection, image.id, record)
  }
  for (const name of going) await connection.call(images.delete, { name }).catch(ignoreNotFound)
  const untagged = going.map((name) => ({ Untagged: familiar(name) }))
  if (!isLast || user !== undefined) return untagged
  const shared = new Set((await catalogue.all()).filter(({ id }) => id !== image.id).flatMap(({ chain }) => chain))
  await connection.call(images.delete, { name: image.id }).catch(ignoreNotFound)
  await collect(connection)
  return [
    ...untagged,
    { Deleted: image.id },
    ...image.chain
      .filter((id) => !shared.has(id))
      .toReversed()
      .map((id) => ({ Deleted: id })),
  ]
}

function refuse(
  image: Image,
  request: { reference: string; named: string | undefined; names: string[]; isLast: boolean; user: string | undefined },
): void {
  const { reference, named, names, isLast, user } = request
  if (named === undefined && names.length > 1) {
    throw errors.conflict(
      `conflict: unable to delete ${short(image.id)} (must be forced) - image is referenced in multiple repositories`,
    )
  }
  if (user === undefined || !isLast) return
  if (named === undefined) {
    throw errors.conflict(
      `conflict: unable to delete ${short(image.id)} (must be forced) - image is being used by stopped container ${short(user)}`,
    )
  }
  throw errors.conflict(
    `conflict: unable to remove repository reference "${reference}" (must force) - container ${short(user)} is using its referenced image ${short(image.id)}`,
  )
}

/** Waits for the garbage collection, so that what is told as deleted is: a lease deleted synchronously asks for one. */
async function collect(connection: Connection): Promise<void> {
  const id = `trestle-collect-${process.hrtime.bigint()}`
  await connection.call(leases.create, { id, labels: {} })
  await connection.call(leases.delete, { id, sync: true })
}
