import { errors } from '../../../api/errors.ts'
import { ContainerdError } from '../connection.ts'
import { StartError } from '../launcher.ts'

/** What a shell says of such a command, and so what `docker run` exits with. */
const exitCodes: [RegExp, number][] = [
  [/executable file not found|no such file or directory|system cannot find the file/, 127],
  [/permission denied|is a directory|not a directory|exec format error/, 126],
]

/** runc's refusal to start a command, as dockerd answers it: 400 for the user's mistake, containerd's sentence as it is. */
export function toStartError(error: unknown): unknown {
  if (!(error instanceof ContainerdError)) return error
  if (!/OCI runtime (create|exec) failed/.test(error.details)) return errors.internal(error.details)
  const exitCode = exitCodes.find(([pattern]) => pattern.test(error.details))?.[1]
  return exitCode === undefined ? new StartError(error.details, 500, 128) : new StartError(error.details, 400, exitCode)
}
