/**
 * The one place that reads sentences. The shim hands on what runc wrote as text with the status UNKNOWN, so for these
 * there is nothing else to tell them by; everything that has a gRPC status is told by that.
 */
import { errors } from '../../../api/errors.ts'
import { ContainerdError } from '../connection.ts'
import { StartError } from '../launcher.ts'

/** Programs that containerd needs and does not have: no fault of the command. */
const missingPrograms: [RegExp, string][] = [
  [/exec: "runc": executable file not found|fork\/exec \S*\/runc: no such file/, 'runc'],
  [/binary not installed "containerd-shim-runc-v2"/, 'containerd-shim-runc-v2'],
]

/** What a shell says of such a command, and so what `docker run` exits with. */
const commandErrors: [RegExp, number][] = [
  [/executable file not found|no such file or directory|system cannot find the file/, 127],
  [/permission denied|is a directory|not a directory|exec format error/, 126],
]

/** runc's refusal to start a command, as dockerd answers it: 400 for the user's mistake, containerd's sentence as it is. */
export function toStartError(error: unknown): unknown {
  if (!(error instanceof ContainerdError)) return error
  const { details } = error
  const missing = missingPrograms.find(([pattern]) => pattern.test(details))?.[1]
  if (missing !== undefined)
    return errors.internal(`${missing} is not installed: containerd does not find the program "${missing}" in its PATH`)
  if (!/OCI runtime (create|exec) failed/.test(details)) return errors.internal(details)
  const exitCode = commandErrors.find(([pattern]) => pattern.test(details))?.[1]
  return exitCode === undefined ? new StartError(details, 500, 128) : new StartError(details, 400, exitCode)
}

/** Of a task or an exec that was to be deleted. */
export function isStillRunning(error: unknown): boolean {
  return (
    error instanceof ContainerdError &&
    /must be stopped before deletion|cannot delete a running process/.test(error.details)
  )
}
