/** From what was thrown to what goes over the wire: `{"message": …}` with the catalogue's status. */
import { ApiError, errors } from '../../api/errors.ts'
import { KernelError } from '../kernel/kernel.ts'

/** An error that is ours to answer, or undefined for one that nobody foresaw (and that the log should hold whole). */
export function expected(error: unknown, bodyLimitBytes: number): ApiError | undefined {
  if (error instanceof ApiError) return error
  if (error instanceof KernelError) return errors.internal(error.message)
  switch ((error as { code?: string }).code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return errors.bodyTooLarge(bodyLimitBytes)
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return errors.invalidParameter('the request body is shorter or longer than its Content-Length')
    case 'FST_ERR_BAD_URL':
      return errors.invalidParameter('the path is not a valid URL')
    case 'ENOSPC':
      return errors.internal(`no space left on device: ${pathOf(error)}free some first`)
    case 'EMFILE':
      return errors.internal(
        'netd has as many files open as it may: raise its limit (LimitNOFILE of its service, or ulimit -n) and start it again',
      )
    default:
      return undefined
  }
}

/** Only what failed to be opened has one. */
const pathOf = (error: unknown): string => {
  const { path } = error as NodeJS.ErrnoException
  return path === undefined ? '' : `${path}; `
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A message often quotes what was asked for: whatever that was, the answer is one line, and nothing in it moves a terminal's cursor. */
export function oneLine(message: string): string {
  return message.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
