import type { CreateExecRequest } from '../../../api/docker/exec.ts'
import type { ExecIo } from '../../containerd/launcher.ts'

/** A further process of a container: made by a request, run once, and gone with the container. */
export interface Exec {
  id: string
  containerId: string
  request: CreateExecRequest
  hasStarted: boolean
  isRunning: boolean
  exitCode: number | null
  pid: number
  io?: ExecIo
  /** Settled by the exit event. */
  exited: PromiseWithResolvers<void>
}
