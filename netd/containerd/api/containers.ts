/** api/services/containers/v1/containers.proto */
import { map, message, many, one, string, strings } from '../message.ts'
import { method } from './method.ts'
import { Any, Empty } from './types.ts'

const Runtime = message({ name: string(1), options: one(2, Any) })

const Container = message({
  id: string(1),
  labels: map(2),
  image: string(3),
  runtime: one(4, Runtime),
  spec: one(5, Any),
  snapshotter: string(6),
  snapshotKey: string(7),
})

const service = 'containerd.services.containers.v1.Containers'
const ById = message({ id: string(1) })

export const containers = {
  create: method(`${service}/Create`, message({ container: one(1, Container) }), Empty),
  get: method(`${service}/Get`, ById, message({ container: one(1, Container) })),
  list: method(`${service}/List`, message({ filters: strings(1) }), message({ containers: many(1, Container) })),
  delete: method(`${service}/Delete`, ById, Empty),
}
