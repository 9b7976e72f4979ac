/** What every command is handed: the process around it and the daemon, as parameters. */
import type { Client } from '../api/client/client.ts'
import { CommandError } from './errors.ts'

export interface GlobalOptions {
  host?: string
  tls?: boolean
  tlsverify?: boolean
  tlscacert?: string
  tlscert?: string
  tlskey?: string
}

export class Context {
  readonly environment: Record<string, string | undefined>
  readonly #process: NodeJS.Process
  readonly #options: () => GlobalOptions

  /** The options are read when the client is first asked for: by then they are parsed. */
  constructor(process: NodeJS.Process, options: () => GlobalOptions) {
    this.environment = process.env
    this.#process = process
    this.#options = options
  }

  // Node makes each of these when it is first asked for, which costs a few milliseconds.
  get stdin(): NodeJS.ReadStream {
    return this.#process.stdin
  }

  get stdout(): NodeJS.WriteStream {
    return this.#process.stdout
  }

  get stderr(): NodeJS.WriteStream {
    return this.#process.stderr
  }

  async client(): Promise<Client> {
    const { connect } = await import('../api/client/client.ts')
    const { hostFrom } = await import('../api/client/address.ts')
    const options = this.#options()
    try {
      return connect({ host: hostFrom(options.host, this.environment), ...(await tlsFiles(options)) })
    } catch (error) {
      throw error instanceof RangeError ? new CommandError(error.message, 2) : error
    }
  }

  setExitCode(code: number): void {
    this.#process.exitCode = code
  }

  print(line: string): void {
    this.stdout.write(`${line}\n`)
  }

  printError(line: string): void {
    this.stderr.write(`${line}\n`)
  }

  onSignal(signal: NodeJS.Signals, listener: () => void): () => void {
    this.#process.on(signal, listener)
    return () => this.#process.off(signal, listener)
  }
}

/** As the docker CLI has them: `--tls` encrypts, `--tlsverify` also checks the daemon's certificate against the authority. */
async function tlsFiles(
  options: GlobalOptions,
): Promise<Pick<NonNullable<Parameters<typeof import('../api/client/client.ts').connect>[0]>, 'tls'>> {
  const isVerify = options.tlsverify === true || options.tlscacert !== undefined
  if (!isVerify && options.tls !== true && options.tlscert === undefined) return {}
  const { readFile } = process.getBuiltinModule('node:fs/promises')
  const read = async (path: string | undefined): Promise<Buffer | undefined> => {
    if (path === undefined) return undefined
    return readFile(path).catch((error: Error) => {
      throw new CommandError(`cannot read the TLS file ${path}: ${error.message}`, 2)
    })
  }
  const [ca, cert, key] = await Promise.all([read(options.tlscacert), read(options.tlscert), read(options.tlskey)])
  return { tls: { isVerify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }
}
