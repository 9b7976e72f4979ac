/**
 * The hermetic host: a machine in a network, mount and PID namespace of its own, with its own /run, no uplink, and a
 * netd that nobody else sees. Whatever a test leaves behind ends with it; what it should not have left, `census` shows.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { census, mountsOf, traces, type Census, type Traces } from './census.ts'
import { eventually } from './eventually.ts'
import { run, type RunOptions, type RunResult } from './run.ts'

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

export interface HostOptions {
  /** False: the bare host, without a daemon. */
  hasNetd?: boolean
  /** Further flags for netd. */
  flags?: string[]
  /** Another netd than this tree's. */
  program?: string
}

export interface HttpResponse {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** Parsed, when the answer was JSON; a list, when it was several lines of it. */
  body: any
}

export class HermeticHost implements AsyncDisposable {
  /** Shared with the outside: data root, exec root and socket live here. */
  readonly root: string
  readonly socket: string
  /** Of the host's first process, as seen from outside. */
  readonly pid: number
  /** Ids of the mounts that it began with: those of this machine then, and its own few. */
  readonly ownMounts: ReadonlySet<string>
  readonly #holder: ChildProcess
  #netd: ChildProcess | undefined
  #output = ''
  readonly #command: string[]

  constructor(
    root: string,
    holder: ChildProcess,
    { pid, ownMounts, command }: { pid: number; ownMounts: ReadonlySet<string>; command: string[] },
  ) {
    this.root = root
    this.socket = `${root}/netd.sock`
    this.#holder = holder
    this.pid = pid
    this.ownMounts = ownMounts
    this.#command = command
  }

  /** What `Namespace` parameters take. */
  get netns(): string {
    return `/proc/${this.pid}/ns/net`
  }

  get dataRoot(): string {
    return `${this.root}/data`
  }

  /** What netd calls its nftables table and its cgroups. */
  get tag(): string {
    return `trestle-${createHash('sha256').update(this.dataRoot).digest('hex').slice(0, 8)}`
  }

  get execRoot(): string {
    return `${this.root}/exec`
  }

  /** Of netd itself, as seen from outside: nsenter forks, so it is the child's child. */
  async netdPid(): Promise<number> {
    const children = await readFile(`/proc/${this.#netd!.pid}/task/${this.#netd!.pid}/children`, 'utf8')
    const pid = Number(children.trim().split(' ')[0])
    // To kill(2), 0 would be this very process group.
    if (pid === 0) throw new Error('netd has not begun yet, or is gone')
    return pid
  }

  /** The command that runs `command` inside. */
  inside(command: string[]): string[] {
    return ['nsenter', `--target=${this.pid}`, '--net', '--mount', '--pid', '--', ...command]
  }

  run(command: string[], options?: RunOptions): Promise<RunResult> {
    return run(this.inside(command), options)
  }

  async json<T = any>(command: string[]): Promise<T> {
    return JSON.parse((await this.run(command)).stdout) as T
  }

  /** A long-running program inside; the caller ends it. */
  spawn(command: string[], options: { env?: NodeJS.ProcessEnv } = {}): ChildProcess {
    const [file, ...args] = this.inside(command)
    return spawn(file!, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...options.env } })
  }

  /** The docker CLI on this host's socket. */
  docker(args: string[], options: RunOptions & { cli?: string } = {}): Promise<RunResult> {
    return run([options.cli ?? 'docker', '-H', `unix://${this.socket}`, ...args], {
      ...options,
      env: { DOCKER_CONFIG: `${this.root}/docker-config`, ...options.env },
    })
  }

  /** The trestle CLI on this host's socket. It runs inside, so that what it serves on loopback is this host's. */
  trestle(args: string[], options?: RunOptions): Promise<RunResult> {
    return this.run([`${projectRoot}bin/trestle`, '-H', `unix://${this.socket}`, ...args], options)
  }

  http(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<HttpResponse> {
    return httpOverSocket(this.socket, method, path, body, headers)
  }

  async startNetd(): Promise<void> {
    const netd = this.spawnNetd()
    await eventually(
      async () => {
        if (netd.exitCode !== null) throw new Error(`netd ended with ${netd.exitCode}`)
        await this.http('GET', '/_ping')
      },
      { timeoutMs: 30_000 },
    ).catch((error: Error) => {
      throw new Error(`netd does not answer: ${error.message}\n${this.#output}`)
    })
  }

  /** Without waiting until it answers. */
  spawnNetd(): ChildProcess {
    const netd = this.spawn([
      ...this.#command,
      `--data-root=${this.dataRoot}`,
      `--exec-root=${this.execRoot}`,
      `--pidfile=${this.root}/netd.pid`,
      `--host=unix://${this.socket}`,
    ])
    this.#output = ''
    for (const stream of [netd.stdout!, netd.stderr!])
      stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    this.#netd = netd
    return netd
  }

  /** What the netd of now has written to its standard streams. */
  get netdOutput(): string {
    return this.#output
  }

  /** Closes the other end of netd's standard streams. */
  deafen(): void {
    for (const stream of [this.#netd!.stdout!, this.#netd!.stderr!]) stream.destroy()
  }

  /** SIGTERM by default; `SIGKILL` for a crash. Containers go on. */
  async stopNetd(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const ended = once(this.#netd!, 'exit')
    process.kill(await eventually(() => this.netdPid()), signal)
    await ended
    this.#netd = undefined
  }

  /** What a container or a network could leave behind outside of netd. */
  traces(): Promise<Traces> {
    return traces(this)
  }

  /** With the descriptors of a netd at rest. */
  census(): Promise<Census> {
    return census(this)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#holder, 'exit')
    // The end of the first process ends every process of its PID namespace, and with them mounts and links.
    this.#holder.stdin!.end()
    await ended
    await removeCgroups(this.tag)
    await rm(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** A killed container leaves its cgroup directories: they belong to the kernel, not to a namespace. */
async function removeCgroups(tag: string): Promise<void> {
  await run(
    [
      'find',
      '/sys/fs/cgroup',
      '-depth',
      '-type',
      'd',
      '(',
      '-name',
      tag,
      '-o',
      '-path',
      `*/${tag}/*`,
      ')',
      '-exec',
      'rmdir',
      '{}',
      '+',
    ],
    { allowFailure: true },
  )
}

export function httpOverSocket(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<HttpResponse> {
  const payload =
    body === undefined ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        method,
        path,
        agent: false,
        headers: {
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.once('error', reject)
        incoming.once('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = incoming.headers['content-type']?.startsWith('application/json') === true && text !== ''
          resolve({
            status: incoming.statusCode!,
            headers: incoming.headers,
            text,
            body: isJson ? parsed(text) : undefined,
          })
        })
      },
    )
    outgoing.once('error', reject)
    // What never comes is told by name, before the test's own time is over.
    outgoing.setTimeout(100_000, () => outgoing.destroy(new Error(`${method} ${path}: no answer in 100 s`)))
    outgoing.end(payload)
  })
}

function parsed(text: string): unknown {
  const lines = text.trim().split(/\r?\n(?=\{)/)
  return lines.length > 1 ? lines.map((line) => JSON.parse(line) as unknown) : JSON.parse(text)
}

export async function startHost({
  hasNetd = true,
  flags = [],
  program = `${projectRoot}bin/netd`,
}: HostOptions = {}): Promise<HermeticHost> {
  const root = await mkdtemp(`${tmpdir()}/trestle-host-`)
  await writeFile(`${root}/resolv.conf`, 'nameserver 127.0.0.1\n')
  // bash reaps the orphans that a PID namespace hands to its first process; it ends when our pipe does.
  const script = [
    'mount -t tmpfs tmpfs /run',
    `mount --bind ${root}/resolv.conf "$(readlink -f /etc/resolv.conf)"`,
    'ip link set lo up',
    'echo ready',
    'while read -r _; do :; done',
  ].join(' && ')
  const holder = spawn(
    'unshare',
    ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--', 'bash', '-c', script],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  await once(holder.stdout, 'data')
  const pid = Number((await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8')).trim())
  const ownMounts = new Set((await mountsOf(pid)).map(({ id }) => id))
  const host = new HermeticHost(root, holder, { pid, ownMounts, command: [program, ...flags] })
  if (hasNetd) {
    try {
      await host.startNetd()
    } catch (error) {
      await host[Symbol.asyncDispose]()
      throw error
    }
  }
  return host
}
