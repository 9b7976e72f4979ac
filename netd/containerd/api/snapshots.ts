/** api/services/snapshots/v1/snapshots.proto, and api/services/diff/v1/diff.proto, which fills a snapshot from a layer. */
import { integer, many, map, message, one, string, strings } from '../message.ts'
import { method } from './method.ts'
import { Descriptor, Empty, Mount } from './types.ts'

const service = 'containerd.services.snapshots.v1.Snapshots'
const ByKey = message({ snapshotter: string(1), key: string(2) })
const Info = message({ name: string(1), parent: string(2), kind: integer(3) })
const Mounts = message({ mounts: many(1, Mount) })

export const snapshots = {
  prepare: method(
    `${service}/Prepare`,
    message({ snapshotter: string(1), key: string(2), parent: string(3), labels: map(4) }),
    Mounts,
  ),
  mounts: method(`${service}/Mounts`, ByKey, Mounts),
  commit: method(
    `${service}/Commit`,
    message({ snapshotter: string(1), name: string(2), key: string(3), labels: map(4) }),
    Empty,
  ),
  remove: method(`${service}/Remove`, ByKey, Empty),
  /** A stream. */
  list: method(
    `${service}/List`,
    message({ snapshotter: string(1), filters: strings(2) }),
    message({ info: many(1, Info) }),
  ),
  stat: method(`${service}/Stat`, ByKey, Empty),
  usage: method(`${service}/Usage`, ByKey, message({ size: integer(1), inodes: integer(2) })),
}

export const diff = {
  apply: method(
    'containerd.services.diff.v1.Diff/Apply',
    message({ diff: one(1, Descriptor), mounts: many(2, Mount) }),
    message({ applied: one(1, Descriptor) }),
  ),
}
