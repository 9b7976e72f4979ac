/**
 * A containerd of our own, with its state in our folders. It outlives netd, whichever way that ends: the next one finds
 * it by its pid file or in the process table, and takes it over.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { containerdFiles, type Roots } from '../config/layout.ts'
import { version } from './api/version.ts'
import { Connection } from './connection.ts'
import { findByConfig, identify, isAlive, runsContainerd, waitForEnd, type ProcessIdentity } from './process.ts'
import type { Log } from './launcher.ts'
import { restoreBundles } from './shims.ts'

const logLimitBytes = 16 * 1024 * 1024
/** Of its log, in an error of ours. */
const longestLine = 4096
/** sun_path is 108 bytes with its NUL (unix(7)), and containerd adds `.ttrpc` for the shims. */
const addressLimit = 101

/** What netd has no use for; each would only cost start-up time, or reach outside our folders. */
const disabledPlugins = [
  'io.containerd.grpc.v1.cri',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.tracing.processor.v1.otlp',
  ...['aufs', 'btrfs', 'devmapper', 'native', 'zfs'].map((name) => `io.containerd.snapshotter.v1.${name}`),
]

/** One that a netd of before the layout's `runRoot` has started in its own exec root stays there as long as it runs. */
export function runsIn(roots: Roots): boolean {
  return findByConfig(containerdFiles(roots).config) !== undefined
}

export class PrivateContainerd {
  readonly address: string
  readonly #roots: Roots
  readonly #files: ReturnType<typeof containerdFiles>
  readonly #log: Log
  #identity: ProcessIdentity | undefined
  /** That it answers, by files that are all there. */
  #isReady = false

  constructor(roots: Roots, log: Log) {
    this.#log = log
    this.#roots = roots
    this.#files = containerdFiles(roots)
    this.address = this.#files.socket
    if (Buffer.byteLength(this.address) > addressLimit) {
      throw new Error(
        `the socket path ${this.address} is longer than the ${addressLimit} bytes that a unix socket allows here; give a shorter --data-root`,
      )
    }
  }

  /** Takes over the one that runs, or starts one; resolves when it answers. */
  async ensure(): Promise<'found' | 'started'> {
    this.#isReady = false
    const outcome = await this.#obtain()
    this.#isReady = true
    return outcome
  }

  async #obtain(): Promise<'found' | 'started'> {
    const found = this.#find()
    this.#identity = found
    if (found !== undefined && this.#lostSockets().length > 0) {
      this.#log.warn('the running containerd has lost its sockets, starting another in its place', { pid: found.pid })
      await this.stop()
    } else if (found !== undefined && !this.#isConfigured()) {
      this.#log.info('the running containerd has other settings, starting another in its place', { pid: found.pid })
      await this.stop()
    } else if (found !== undefined) {
      if (await this.#answers(5_000)) {
        this.#noteIdentity()
        return 'found'
      }
      this.#log.warn('the running containerd does not answer, starting another in its place', { pid: found.pid })
      this.#signal(found, 'SIGKILL')
      await waitForEnd(found, 5_000)
    }
    await this.#start()
    return 'started'
  }

  /**
   * One whose sockets somebody has deleted cannot be reached by anybody new, and hears from no shim how its process ended,
   * so that a start would wait in vain: it is ended, and whoever follows it starts another. Resolves with what was gone.
   */
  async mend(): Promise<string[]> {
    if (!this.#isReady) return []
    const sockets = this.#lostSockets()
    if (sockets.length > 0) {
      this.#isReady = false
      await this.stop()
      return sockets
    }
    const files = [this.#files.config, this.#files.pid].filter((path) => !existsSync(path))
    if (files.length > 0) {
      writeFileSync(this.#files.config, this.#config(), { mode: 0o600 })
      this.#noteIdentity()
    }
    return files
  }

  /** `.ttrpc`: where shims tell their events. */
  #lostSockets(): string[] {
    return [this.address, `${this.address}.ttrpc`].filter((path) => !existsSync(path))
  }

  #noteIdentity(): void {
    writeFileSync(this.#files.pid, JSON.stringify(this.#identity), { mode: 0o600 })
  }

  /** Containers go on: their shims do not depend on it. */
  async stop(): Promise<void> {
    const identity = this.#identity
    if (identity === undefined) return
    this.#signal(identity, 'SIGTERM')
    if (!(await waitForEnd(identity, 10_000))) {
      this.#signal(identity, 'SIGKILL')
      await waitForEnd(identity, 5_000)
    }
    rmSync(this.#files.pid, { force: true })
    this.#identity = undefined
  }

  /** The pid file says which; where it was lost, the process table does, because two on one root would wait for each other for ever. */
  #find(): ProcessIdentity | undefined {
    try {
      const noted = JSON.parse(readFileSync(this.#files.pid, 'utf8')) as ProcessIdentity
      if (isAlive(noted) && runsContainerd(noted.pid, this.#files.config)) return noted
    } catch {
      // Absent or torn: the process table decides.
    }
    return findByConfig(this.#files.config)
  }

  /** Another version of netd may have started it. */
  #isConfigured(): boolean {
    try {
      return readFileSync(this.#files.config, 'utf8') === this.#config()
    } catch {
      return false
    }
  }

  async #start(): Promise<void> {
    mkdirSync(this.#files.root, { recursive: true, mode: 0o711 })
    mkdirSync(this.#files.state, { recursive: true, mode: 0o711 })
    const restored = restoreBundles(this.#roots)
    if (restored > 0) this.#log.warn(`the bundles of ${restored} containers were gone: they are there again`)
    rmSync(this.address, { force: true })
    writeFileSync(this.#files.config, this.#config(), { mode: 0o600 })
    if ((statSync(this.#files.log, { throwIfNoEntry: false })?.size ?? 0) > logLimitBytes)
      renameSync(this.#files.log, `${this.#files.log}.1`)
    const logFd = openSync(this.#files.log, 'a', 0o600)
    const child = spawn('containerd', ['--config', this.#files.config, '--log-level', 'warn'], {
      detached: true,
      stdio: ['ignore', logFd, logFd],
      cwd: '/',
    })
    closeSync(logFd)
    child.unref()
    const { promise: failed, reject } = Promise.withResolvers<never>()
    failed.catch(() => {})
    child.once('error', (error) => {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      reject(
        new Error(
          isMissing
            ? 'containerd is not installed: the program "containerd" is not in PATH (Debian: apt install containerd)'
            : `cannot start containerd: ${error.message}`,
        ),
      )
    })
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
      const why = `${signal ?? `exit code ${code}`}): ${this.#lastLogLine()}`
      reject(new Error(`containerd ended at its start (${why}; its log is ${this.#files.log}`))
    }
    child.once('exit', onExit)
    if (child.pid !== undefined) {
      this.#identity = identify(child.pid)
      if (this.#identity !== undefined) this.#noteIdentity()
    }
    try {
      await Promise.race([failed, this.#untilReady(30_000)])
    } finally {
      child.off('exit', onExit)
    }
    this.#log.debug('started containerd', { pid: child.pid })
  }

  async #untilReady(timeoutMs: number): Promise<void> {
    if (!(await this.#answers(timeoutMs)))
      throw new Error(
        `containerd does not answer on ${this.address} after ${timeoutMs / 1000} s; its log is ${this.#files.log}`,
      )
  }

  async #answers(timeoutMs: number): Promise<boolean> {
    const connection = new Connection(this.address, 'trestle')
    try {
      await connection.call(version, {}, { timeoutMs })
      return true
    } catch {
      return false
    } finally {
      connection.close()
    }
  }

  #signal(identity: ProcessIdentity, signal: NodeJS.Signals): void {
    if (isAlive(identity)) process.kill(identity.pid, signal)
  }

  /** Of a log that may be long, or gone. */
  #lastLogLine(): string {
    try {
      const fd = openSync(this.#files.log, 'r')
      try {
        const tail = Buffer.alloc(longestLine)
        const size = readSync(fd, tail, 0, tail.length, Math.max(0, fstatSync(fd).size - tail.length))
        return tail.toString('utf8', 0, size).trimEnd().split('\n').at(-1) || 'it does not say why'
      } finally {
        closeSync(fd)
      }
    } catch {
      return 'it does not say why'
    }
  }

  #config(): string {
    return [
      'version = 2',
      `root = ${JSON.stringify(this.#files.root)}`,
      `state = ${JSON.stringify(this.#files.state)}`,
      `disabled_plugins = ${JSON.stringify(disabledPlugins)}`,
      '[grpc]',
      `address = ${JSON.stringify(this.address)}`,
      '',
    ].join('\n')
  }
}
