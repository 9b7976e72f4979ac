/** api/services/images/v1/images.proto */
import { bool, many, map, message, one, string, strings, type Decoded } from '../message.ts'
import { method } from './method.ts'
import { Descriptor, Empty, Timestamp } from './types.ts'

export const ImageRecord = message({
  name: string(1),
  labels: map(2),
  target: one(3, Descriptor),
  createdAt: one(7, Timestamp),
  updatedAt: one(8, Timestamp),
})
export type ImageRecord = Decoded<typeof ImageRecord>

const service = 'containerd.services.images.v1.Images'
const Wrapped = message({ image: one(1, ImageRecord) })

export const images = {
  list: method(`${service}/List`, message({ filters: strings(1) }), message({ images: many(1, ImageRecord) })),
  create: method(`${service}/Create`, Wrapped, Wrapped),
  update: method(`${service}/Update`, Wrapped, Wrapped),
  /** `sync` waits for the garbage collection. */
  delete: method(`${service}/Delete`, message({ name: string(1), sync: bool(2) }), Empty),
}
