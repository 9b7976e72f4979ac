/**
 * The launcher's contract: images, root file systems and processes. containerd and runc stand behind it;
 * networks are none of its business beyond the path of a namespace to join.
 */
import type { Readable, Writable } from 'node:stream'
import type { ImageInspect, ImageDeleteItem, ImageSummary } from '../../api/docker/images.ts'
import { ApiError } from '../../api/errors.ts'
import type { Runtime } from './runtimes.ts'

export interface Log {
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
  debug(message: string, fields?: object): void
}

/** The command of a container or an exec could not be started; Docker answers 400 and notes 126 or 127 as its exit code. */
export class StartError extends ApiError {
  readonly exitCode: number

  constructor(message: string, status: number, exitCode: number) {
    super(status === 400 ? 'invalidParameter' : 'internal', status, message)
    this.exitCode = exitCode
  }
}

/** The process had ended before it could be reached: its exit is on the way. */
export class EndedError extends Error {
  override readonly name = 'EndedError'

  constructor(id: string) {
    super(`the process in container ${id} has ended`)
  }
}

/** The container was frozen before a process could be added to it. */
export class PausedError extends Error {
  override readonly name = 'PausedError'

  constructor() {
    super('no process can be started in a paused container')
  }
}

export interface ProcessSpec {
  args: string[]
  env: string[]
  cwd: string
  /** `user[:group]`, names or numbers, resolved against the container's own /etc/passwd and /etc/group. */
  user: string
  /** Further groups of the user, names or numbers. */
  groups?: string[]
  isTty: boolean
  consoleSize?: { rows: number; columns: number }
  isPrivileged: boolean
}

export interface MountSpec {
  type: 'bind' | 'tmpfs'
  source: string
  target: string
  isReadOnly: boolean
  propagation?: string
  /** Of a bind: with what is mounted below the source, unless false. */
  isRecursive?: boolean
  options?: string[]
}

export interface DeviceSpec {
  /** A node of the host, or a folder of them. */
  path: string
  target: string
  /** Some of `rwm`. */
  access: string
}

export interface Resources {
  memoryBytes?: number
  memorySwapBytes?: number
  nanoCpus?: number
  cpuShares?: number
  cpuQuotaUs?: number
  cpuPeriodUs?: number
  cpusetCpus?: string
  cpusetMems?: string
  pidsLimit?: number
  memoryReservationBytes?: number
  /** 0 to 100. */
  memorySwappiness?: number
  isOomKillDisabled?: boolean
  /** 10 to 1000. */
  blkioWeight?: number
  blkioWeightDevices?: { path: string; weight: number }[]
  /** Bytes, or operations, a second. */
  throttles?: { kind: 'readBps' | 'writeBps' | 'readIops' | 'writeIops'; path: string; rate: number }[]
}

/** Everything needed to start a container, resolved: nothing is looked up or defaulted below this line but the OCI boilerplate. */
export interface LaunchSpec {
  id: string
  /** Image id, `sha256:…`. */
  image: string
  runtime: Runtime
  hostname: string
  domainname: string
  process: ProcessSpec
  hasStdin: boolean
  mounts: MountSpec[]
  /** Path of the network namespace to join; `host` for the daemon's own. */
  networkNamespace: string
  pidMode: 'private' | 'host' | { containerPid: number }
  /** `none` is `private` without a /dev/shm. */
  ipcMode: 'private' | 'none' | 'host'
  utsMode: 'private' | 'host'
  cgroupNamespace: 'private' | 'host'
  isReadOnlyRootfs: boolean
  /** `ALL` or `CAP_NET_ADMIN`, … */
  capAdd: string[]
  capDrop: string[]
  isNoNewPrivileges: boolean
  /** A profile in Docker's JSON, or one of the two that have a name. */
  seccomp: 'builtin' | 'unconfined' | { profile: string }
  /** Absent: the default one, or none for a privileged container. */
  apparmorProfile?: string
  sysctls: Record<string, string>
  shmSizeBytes: number
  ulimits: { name: string; soft: number; hard: number }[]
  maskedPaths: string[]
  readonlyPaths: string[]
  resources: Resources
  devices?: DeviceSpec[]
  /** `c 10:200 rwm`: access to nodes that the container has or makes. */
  deviceRules?: string[]
  /** proc_pid_oom_score_adj(5). */
  oomScoreAdj?: number
  cgroupParent?: string
  annotations?: Record<string, string>
}

export interface RunningTask {
  id: string
  pid: number
  status: 'created' | 'running' | 'paused' | 'stopped'
  exitCode?: number
  exitedAt?: Date
}

export interface ExitEvent {
  id: string
  /** Absent for the container's own process. */
  execId?: string
  exitCode: number
  exitedAt: Date
  isOomKilled: boolean
}

export interface ExecIo {
  /** Ending it ends the process's standard input; destroying it does not. */
  stdin: Writable | undefined
  stdout: Readable
  /** Never ends with data on a tty. */
  stderr: Readable
}

export interface LogEntry {
  stream: 'stdout' | 'stderr'
  /** A line with its newline, or the unfinished rest; on a tty whatever arrived together. */
  data: Buffer
  time: Date
}

export interface LogQuery {
  isFollow: boolean
  stdout: boolean
  stderr: boolean
  since?: Date
  until?: Date
  /** Last n lines; undefined for all. */
  tail?: number
  /** Ends a follow. */
  signal: AbortSignal
}

/** What adding images tells on its way. Work goes on as it is read; whoever breaks off, or fires the signal, leaves nothing half-made. */
export type ImageProgress =
  | { step: 'layer'; diffId: string; doneBytes: number; totalBytes: number }
  /** It is there now. Names as people see them. */
  | { step: 'image'; id: string; names: string[] }

export interface Images {
  list(): Promise<ImageSummary[]>
  /** By id, id prefix, or reference as Docker normalises it (`web` is `docker.io/library/web:latest`). Throws imageNotFound. */
  inspect(reference: string): Promise<ImageInspect>
  /** A `docker save` archive or an OCI layout, gzip or zstd allowed. */
  load(archive: Readable, signal: AbortSignal): AsyncIterable<ImageProgress>
  /** A root file system as tar. `changes` are Dockerfile lines as `docker import -c` takes them. */
  importRootfs(
    rootfs: Readable,
    request: { reference?: string; message?: string; changes: string[] },
    signal: AbortSignal,
  ): AsyncIterable<ImageProgress>
  remove(
    reference: string,
    options: { isForced: boolean; usedBy: (imageId: string) => string[] },
  ): Promise<ImageDeleteItem[]>
  tag(reference: string, target: string): Promise<void>
}

/** Writable layers: one per container, over the layers of its image. */
export interface Layers {
  /** At `docker create`. Throws imageNotFound. */
  prepare(id: string, imageId: string): Promise<void>
  /** Of a prepared container: what the image has in the folder `from`, into the folder `into` of the host, with owners, modes and attributes. */
  copyFromImage(id: string, from: string, into: string): Promise<void>
}

export interface Stdin {
  stream: Writable
  /** End of input, once what was written has been read. */
  end(): Promise<void>
}

/** Running containers, and processes started in them. Of one that has ended, EndedError is thrown. */
export interface Tasks {
  /**
   * Resolves once the process runs; the log already listens. It is made at once, and runs when `ready` resolves; when
   * that rejects, it never ran and the error is `ready`'s. Throws StartError for a bad command, ApiError 400 for a bad option.
   */
  start(spec: LaunchSpec, ready?: Promise<void>): Promise<{ pid: number }>
  /** One that has ended already is no error: its exit is on the way. */
  kill(id: string, signal: number): Promise<void>
  pids(id: string): Promise<number[]>
  pause(id: string): Promise<void>
  resume(id: string): Promise<void>
  resize(id: string, size: { rows: number; columns: number }, execId?: string): Promise<void>
  /** After exit: the task and the container record go; the writable layer and the log stay. Resolves once every byte of output is in the log. */
  reap(id: string): Promise<void>
  exec(
    id: string,
    execId: string,
    process: ProcessSpec,
    options: { hasStdin: boolean },
  ): Promise<{ pid: number; io: ExecIo }>
  /** A running container's; undefined when it has none, or when it has ended. */
  stdin(id: string): Stdin | undefined
  /** What containerd holds, for adoption after a restart. Re-opens logs and stdio of what runs. */
  adopt(): Promise<RunningTask[]>
  onExit(listener: (event: ExitEvent) => void): void
}

export interface Logs {
  /** Entries in order of arrival; with isFollow until the container ends or the signal fires. */
  read(id: string, query: LogQuery): AsyncIterable<LogEntry>
  /** From now on only, and without splitting into lines: for attach. Ends with the container. */
  output(id: string, signal: AbortSignal): AsyncIterable<LogEntry>
}

/** The profiles that confine processes, where the kernel has AppArmor. */
export interface AppArmor {
  isEnabled(): boolean
  /** Why containers run without a profile, as a sentence; undefined where they have one. */
  shortcoming(): string | undefined
  /** Throws 400 for a profile that could not be applied. */
  mustHave(profile: string): void
  /** What a process is to be told to run under; undefined for nothing. Loads the default profile, and throws when that fails. */
  prepare(asked: string | undefined): Promise<string | undefined>
  /** What the kernel confines a process by; undefined without AppArmor, or when it has ended. */
  profileOf(pid: number): string | undefined
}

export interface Launcher {
  readonly appArmor: AppArmor
  readonly images: Images
  readonly layers: Layers
  readonly tasks: Tasks
  readonly logs: Logs
  version(): Promise<{ containerd: { version: string; revision: string }; runc: { version: string } }>
  /** Ids of containers of which something is there, whoever knows of them. */
  leftBehind(): Promise<string[]>
  /** All that is left of a container after its end: writable layer, log, FIFOs. */
  remove(id: string): Promise<void>
  /** What somebody has deleted of a private containerd's files is made again; resolves with the paths. */
  mend(): Promise<string[]>
  /** Containers go on, and so does containerd: the next netd takes both over. */
  close(): void
  /** Closes, and ends a private containerd, for a machine that is to be given back. */
  shutdown(): Promise<void>
}
