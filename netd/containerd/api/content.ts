/** api/services/content/v1/content.proto */
import { bytes, integer, many, map, message, one, string, strings } from '../message.ts'
import { method } from './method.ts'
import { Empty, FieldMask } from './types.ts'

const Info = message({ digest: string(1), size: integer(2), labels: map(5) })

/** enum WriteAction */
export const WriteAction = { stat: 0, write: 1, commit: 2 } as const

const WriteRequest = message({
  action: integer(1),
  ref: string(2),
  total: integer(3),
  expected: string(4),
  offset: integer(5),
  data: bytes(6),
  labels: map(7),
})

const service = 'containerd.services.content.v1.Content'

export const content = {
  info: method(`${service}/Info`, message({ digest: string(1) }), message({ info: one(1, Info) })),
  update: method(`${service}/Update`, message({ info: one(1, Info), updateMask: one(2, FieldMask) }), Empty),
  /** Answers with a stream. */
  read: method(
    `${service}/Read`,
    message({ digest: string(1), offset: integer(2), size: integer(3) }),
    message({ offset: integer(1), data: bytes(2) }),
  ),
  /** A stream either way. */
  write: method(
    `${service}/Write`,
    WriteRequest,
    message({ action: integer(1), offset: integer(4), total: integer(5), digest: string(6) }),
  ),
  /** Of blobs that are being written. */
  listStatuses: method(
    `${service}/ListStatuses`,
    message({ filters: strings(1) }),
    message({ statuses: many(1, message({ ref: string(3) })) }),
  ),
  abort: method(`${service}/Abort`, message({ ref: string(1) }), Empty),
}
