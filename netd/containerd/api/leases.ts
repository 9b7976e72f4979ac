/** api/services/leases/v1/leases.proto: what a lease holds is spared by the garbage collection. */
import { bool, map, message, string } from '../message.ts'
import { method } from './method.ts'
import { Empty } from './types.ts'

const service = 'containerd.services.leases.v1.Leases'

export const leases = {
  create: method(`${service}/Create`, message({ id: string(1), labels: map(3) }), Empty),
  delete: method(`${service}/Delete`, message({ id: string(1), sync: bool(2) }), Empty),
}
