/** api/services/leases/v1/leases.proto: what a lease holds is spared by the garbage collection. */
import { bool, many, map, message, one, string, strings } from '../message.ts'
import { method } from './method.ts'
import { Empty } from './types.ts'

const service = 'containerd.services.leases.v1.Leases'

export const leases = {
  create: method(`${service}/Create`, message({ id: string(1), labels: map(3) }), Empty),
  list: method(
    `${service}/List`,
    message({ filters: strings(1) }),
    message({ leases: many(1, message({ id: string(1) })) }),
  ),
  /** `type` is `content` for a blob by its digest. */
  addResource: method(
    `${service}/AddResource`,
    message({ id: string(1), resource: one(2, message({ id: string(1), type: string(2) })) }),
    Empty,
  ),
  delete: method(`${service}/Delete`, message({ id: string(1), sync: bool(2) }), Empty),
}
