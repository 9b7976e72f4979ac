/** api/services/events/v1/events.proto and api/events/task.proto */
import { integer, message, one, string, strings } from '../message.ts'
import { method } from './method.ts'
import { Any, Timestamp } from './types.ts'

const Envelope = message({ timestamp: one(1, Timestamp), namespace: string(2), topic: string(3), event: one(4, Any) })

export const events = {
  /** Answers with a stream; an event passes when any filter matches. */
  subscribe: method('containerd.services.events.v1.Events/Subscribe', message({ filters: strings(1) }), Envelope),
}

/** `id` is the container's for its own process, the exec's otherwise. */
export const TaskExit = message({
  containerId: string(1),
  id: string(2),
  pid: integer(3),
  exitStatus: integer(4),
  exitedAt: one(5, Timestamp),
})
export const TaskOom = message({ containerId: string(1) })
