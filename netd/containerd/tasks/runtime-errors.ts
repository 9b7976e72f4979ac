/**
 * The one place that reads sentences. The shim hands on what runc wrote as text with the status UNKNOWN, so for these
 * there is nothing else to tell them by; everything that has a gRPC status is told by that.
 */
import { errors } from '../../../api/errors.ts'
import { ContainerdError } from '../connection.ts'
import { PausedError, StartError } from '../launcher.ts'
import type { Runtime } from '../runtimes.ts'

const shim = 'containerd-shim-runc-v2'

/** The program that containerd needs and does not have: no fault of the command. */
function missingProgram(details: string, path: string | undefined): string | undefined {
  if (details.includes(`binary not installed "${shim}"`)) return shim
  if (path === undefined) return undefined
  const isMissing =
    details.includes(`exec: "${path}": executable file not found`) ||
    [path, `/${path}`].some(
      (program) => details.includes(`${program}: no such file or directory`) && details.includes('fork/exec '),
    )
  return isMissing ? path : undefined
}

/** What a shell says of such a command, and so what `docker run` exits with. */
const commandErrors: [RegExp, number][] = [
  [/executable file (`.*` )?not found|no such file or directory|system cannot find the file/i, 127],
  [/permission denied|is a directory|not a directory|exec format error/i, 126],
]

/** The runtime's refusal to start a command, as dockerd answers it: 400 for the user's mistake, containerd's sentence as it is. `runtime` is what may be missing. */
export function toStartError(error: unknown, runtime?: Runtime): unknown {
  if (!(error instanceof ContainerdError)) return error
  const { details } = error
  const missing = missingProgram(details, runtime?.path)
  if (missing !== undefined)
    return errors.internal(`${missing} is not installed: containerd does not find the program "${missing}" in its PATH`)
  // The shim's own check, and runc's.
  if (/cannot exec in a paused (state|container)/.test(details)) return new PausedError()
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
