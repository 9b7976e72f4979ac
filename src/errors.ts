/** Ends a command with one sentence on standard error and an exit code of its own. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError'
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A flag or argument that cannot be understood. */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'

  constructor(message: string) {
    super(message, 2)
  }
}

/** An error says its exit code itself; any other is the daemon's, or the way to it. */
export function exitCodeOf(error: unknown): number {
  const code = (error as { exitCode?: unknown } | undefined)?.exitCode
  return typeof code === 'number' ? code : 1
}

/** One sentence, without a stack. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A stream that broke in the middle: Node's own word for it is `aborted`.
  if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return 'netd closed the connection before it had answered'
  return error.message.trim()
}
