import type { ExecInspect } from '../../../api/docker/exec.ts'
import type { Engine } from '../engine.ts'
import { findExec } from './find.ts'

export function inspectExec(engine: Engine, id: string): ExecInspect {
  const { containerId, request, isRunning, exitCode, pid } = findExec(engine, id)
  const [entrypoint = '', ...args] = request.Cmd ?? []
  return {
    ID: id,
    Running: isRunning,
    ExitCode: exitCode,
    ProcessConfig: {
      tty: request.Tty ?? false,
      entrypoint,
      arguments: args,
      privileged: request.Privileged ?? false,
      ...(request.User ? { user: request.User } : {}),
    },
    OpenStdin: request.AttachStdin ?? false,
    OpenStderr: request.AttachStderr ?? false,
    OpenStdout: request.AttachStdout ?? false,
    CanRemove: false,
    ContainerID: containerId,
    DetachKeys: request.DetachKeys ?? '',
    Pid: pid,
  }
}
