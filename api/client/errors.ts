/** What can go wrong on the way to the daemon: it answers with an error, or it does not answer. Both are one sentence. */

/** The daemon's own answer: its HTTP status and sentence, as the error catalogue (api/errors.ts) worded them over there. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  readonly host: string

  constructor(host: string, cause: NodeJS.ErrnoException) {
    super(UnreachableError.#sentence(host, cause), { cause })
    this.host = host
  }

  static #sentence(host: string, { code, message }: NodeJS.ErrnoException): string {
    switch (code) {
      case 'ENOENT':
      case 'ECONNREFUSED':
        return `cannot reach netd at ${host}: is it running? Start it with \`netd\`, or set TRESTLE_HOST / -H`
      case 'EACCES':
        return `cannot reach netd at ${host}: permission denied; run as root, or join the group that owns the socket`
      case 'ECONNRESET':
      case 'EPIPE':
        return `netd at ${host} closed the connection before it had answered`
      default:
        return `cannot reach netd at ${host}: ${message}`
    }
  }
}
