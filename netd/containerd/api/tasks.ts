/** api/services/tasks/v1/tasks.proto and api/types/task/task.proto */
import { bool, integer, many, message, one, string, type Decoded } from '../message.ts'
import { method } from './method.ts'
import { Any, Empty, Mount, Timestamp } from './types.ts'

/** enum Status, by number. */
export const taskStatus = ['unknown', 'created', 'running', 'stopped', 'paused', 'pausing'] as const

/** Its `id` is the container's in a list of tasks. */
const Process = message({
  containerId: string(1),
  id: string(2),
  pid: integer(3),
  status: integer(4),
  stdin: string(5),
  stdout: string(6),
  stderr: string(7),
  terminal: bool(8),
  exitStatus: integer(9),
  exitedAt: one(10, Timestamp),
})

export type Task = Decoded<typeof Process>

const CreateRequest = message({
  containerId: string(1),
  rootfs: many(3, Mount),
  stdin: string(4),
  stdout: string(5),
  stderr: string(6),
  terminal: bool(7),
  options: one(9, Any),
})

const ExecRequest = message({
  containerId: string(1),
  stdin: string(2),
  stdout: string(3),
  stderr: string(4),
  terminal: bool(5),
  spec: one(6, Any),
  execId: string(7),
})

const service = 'containerd.services.tasks.v1.Tasks'
const ByContainer = message({ containerId: string(1) })
const ByProcess = message({ containerId: string(1), execId: string(2) })
const DeleteResponse = message({ id: string(1), pid: integer(2), exitStatus: integer(3), exitedAt: one(4, Timestamp) })

export const tasks = {
  create: method(`${service}/Create`, CreateRequest, message({ containerId: string(1), pid: integer(2) })),
  start: method(`${service}/Start`, ByProcess, message({ pid: integer(1) })),
  delete: method(`${service}/Delete`, ByContainer, DeleteResponse),
  deleteProcess: method(`${service}/DeleteProcess`, ByProcess, DeleteResponse),
  list: method(`${service}/List`, message({ filter: string(1) }), message({ tasks: many(1, Process) })),
  get: method(`${service}/Get`, ByProcess, message({ process: one(1, Process) })),
  kill: method(
    `${service}/Kill`,
    message({ containerId: string(1), execId: string(2), signal: integer(3), all: bool(4) }),
    Empty,
  ),
  exec: method(`${service}/Exec`, ExecRequest, Empty),
  resize: method(
    `${service}/ResizePty`,
    message({ containerId: string(1), execId: string(2), width: integer(3), height: integer(4) }),
    Empty,
  ),
  closeIo: method(`${service}/CloseIO`, message({ containerId: string(1), execId: string(2), stdin: bool(3) }), Empty),
  pause: method(`${service}/Pause`, ByContainer, Empty),
  resume: method(`${service}/Resume`, ByContainer, Empty),
  pids: method(`${service}/ListPids`, ByContainer, message({ processes: many(1, message({ pid: integer(1) })) })),
}

/** `containerd.runc.v1.Options` of runtime/v2/runc/options/oci.proto, the options of the runc shim. */
export const RuncOptions = message({ binaryName: string(6), root: string(7), systemdCgroup: bool(9) })
