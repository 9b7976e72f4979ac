/** Whatever failed below, as the KernelError that the daemon sees; and a KernelError across the worker boundary, whole. */
import { getSystemErrorMap } from 'node:util'
import { SystemError } from '../native/libc.ts'
import { NetlinkError } from '../netlink/error.ts'
import { KernelError } from './kernel.ts'

function describe(error: unknown): { errno: string; description: string; detail?: string | undefined } {
  if (error instanceof NetlinkError) return { errno: error.errno, description: error.description, detail: error.detail }
  if (error instanceof SystemError) return { errno: error.errno, description: `${error.syscall}: ${error.description}` }
  if (error instanceof Error && 'errno' in error && 'code' in error) {
    // Node's own file system errors.
    const { errno, code, path } = error as NodeJS.ErrnoException
    const description = getSystemErrorMap().get(errno ?? 0)?.[1] ?? error.message
    return { errno: String(code), description: path === undefined ? description : `${path}: ${description}` }
  }
  // A value that no kernel would take (not an address, a name too long) is refused while it is encoded.
  return { errno: 'EINVAL', description: error instanceof Error ? error.message : String(error) }
}

export function toKernelError(operation: string, error: unknown, step?: number): KernelError {
  if (error instanceof KernelError) return error
  const { errno, description, detail } = describe(error)
  return new KernelError({
    operation,
    errno,
    description,
    ...(detail === undefined ? {} : { detail }),
    ...(step === undefined ? {} : { step }),
    ...(error instanceof Error && error.cause instanceof AggregateError ? { cause: error.cause } : {}),
  })
}

const goneErrnos = new Set(['ENODEV', 'ENOENT', 'ESRCH', 'EADDRNOTAVAIL'])

/** What the kernel says when a thing to delete is not there (any more): link, file, route or flow, address. */
export function isGone(error: KernelError): boolean {
  return goneErrnos.has(error.errno)
}

/** A KernelError as plain data: structured clone would make a bare Error of it. */
export interface PlainFailure {
  operation: string
  errno: string
  description: string
  detail?: string
  step?: number
  causes: PlainFailure[]
}

export function toPlain(error: KernelError): PlainFailure {
  const causes =
    error.cause instanceof AggregateError
      ? (error.cause.errors as KernelError[])
      : error.cause instanceof KernelError
        ? [error.cause]
        : []
  return {
    operation: error.operation,
    errno: error.errno,
    description: error.description,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(error.step === undefined ? {} : { step: error.step }),
    causes: causes.map(toPlain),
  }
}

export function fromPlain(plain: PlainFailure): KernelError {
  const { causes, ...fields } = plain
  return new KernelError({ ...fields, ...(causes.length === 0 ? {} : { cause: undoCause(causes.map(fromPlain)) }) })
}

/** What stands behind `cause` when undoing failed as well. */
export function undoCause(failures: KernelError[]): AggregateError {
  return new AggregateError(
    failures,
    `undoing failed as well: ${failures.map((failure) => failure.message).join('; ')}`,
  )
}
