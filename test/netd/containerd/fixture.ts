/** A launcher on a containerd of its own in a temporary folder, and a busybox to run in it. All of it goes at the end, and is looked for. */
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { cgroupSupport, defaultCgroupNamespace } from '../../../netd/containerd/spec/cgroup-support.ts'
import type {
  ExitEvent,
  ImageProgress,
  Images,
  Launcher,
  LaunchSpec,
  LogEntry,
  LogQuery,
  ProcessSpec,
} from '../../../netd/containerd/launcher.ts'
import { openLauncher, type LauncherOptions } from '../../../netd/containerd/open-launcher.ts'
import { mkfifo } from '../../../netd/native/libc.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'
import { run } from '../../support/run.ts'

export const silent = { info() {}, warn() {}, error() {}, debug() {} }

export function launcherOptions(root: string): LauncherOptions {
  return {
    dataRoot: `${root}/data`,
    execRoot: `${root}/exec`,
    cgroupPrefix: `trestle-test-${root.slice(-6)}`,
    log: silent,
    makeFifo: (path) => mkfifo(path, 0o600),
  }
}

export interface Finished {
  exit: ExitEvent
  stdout: string
  stderr: string
}

/** The launcher adds nothing to an environment. */
export const searchPath = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'

export class LauncherFixture implements AsyncDisposable {
  readonly root: string
  launcher: Launcher
  readonly namespace: FreshNamespace
  image = ''
  readonly #ids = new Set<string>()
  readonly #exits = new Map<string, PromiseWithResolvers<ExitEvent>>()

  constructor(root: string, launcher: Launcher, namespace: FreshNamespace) {
    this.root = root
    this.launcher = launcher
    this.namespace = namespace
    this.listen()
  }

  /** Again after the launcher was replaced by another one on the same folders. */
  listen(): void {
    this.launcher.tasks.onExit((event) => this.exitOf(event.id, event.execId).resolve(event))
  }

  exitOf(id: string, execId = ''): PromiseWithResolvers<ExitEvent> {
    const key = `${id}/${execId}`
    const known = this.#exits.get(key)
    if (known !== undefined) return known
    const made = Promise.withResolvers<ExitEvent>()
    this.#exits.set(key, made)
    return made
  }

  exited(id: string, execId?: string): Promise<ExitEvent> {
    return this.exitOf(id, execId).promise
  }

  async create(): Promise<string> {
    const id = randomBytes(32).toString('hex')
    this.#ids.add(id)
    await this.launcher.layers.prepare(id, this.image)
    return id
  }

  spec(id: string, process: Partial<ProcessSpec> & { args: string[] }, more: Partial<LaunchSpec> = {}): LaunchSpec {
    return {
      id,
      image: this.image,
      runtime: { name: 'runc', path: 'runc' },
      hostname: 'box',
      domainname: '',
      process: {
        env: [searchPath],
        cwd: '/',
        user: '',
        isTty: false,
        isPrivileged: false,
        ...process,
      },
      hasStdin: false,
      mounts: [],
      networkNamespace: this.namespace.path,
      pidMode: 'private',
      ipcMode: 'private',
      utsMode: 'private',
      cgroupNamespace: defaultCgroupNamespace(cgroupSupport()),
      isReadOnlyRootfs: false,
      capAdd: [],
      capDrop: [],
      isNoNewPrivileges: false,
      seccomp: process.isPrivileged === true ? 'unconfined' : 'builtin',
      maskedPaths: ['/proc/keys', '/proc/acpi', '/sys/firmware'],
      readonlyPaths: ['/proc/sys'],
      sysctls: {},
      shmSizeBytes: 64 * 1024 * 1024,
      ulimits: [],
      resources: {},
      ...more,
    }
  }

  /** What there is in the end, of all that is told. */
  async added(progress: AsyncIterable<ImageProgress>): Promise<{ id: string; names: string[] }[]> {
    return (await Array.fromAsync(progress)).filter((told) => told.step === 'image')
  }

  /** Resolves with the image id. */
  async importRootfs(rootfs: Readable, request: Parameters<Images['importRootfs']>[1]): Promise<string> {
    const [image] = await this.added(this.launcher.images.importRootfs(rootfs, request, new AbortController().signal))
    return image!.id
  }

  /** Starts it, and gives its id while it runs. */
  async start(process: Partial<ProcessSpec> & { args: string[] }, more: Partial<LaunchSpec> = {}): Promise<string> {
    const id = await this.create()
    await this.launcher.tasks.start(this.spec(id, process, more))
    return id
  }

  /** Runs it to its end. */
  async run(process: Partial<ProcessSpec> & { args: string[] }, more: Partial<LaunchSpec> = {}): Promise<Finished> {
    const id = await this.start(process, more)
    const exit = await this.exited(id)
    await this.launcher.tasks.reap(id)
    const output = { stdout: await this.log(id, { stderr: false }), stderr: await this.log(id, { stdout: false }) }
    await this.launcher.remove(id)
    this.#ids.delete(id)
    return { exit, ...output }
  }

  /** A shell script, to its end. */
  sh(script: string, more: Partial<LaunchSpec> = {}, process: Partial<ProcessSpec> = {}): Promise<Finished> {
    return this.run({ args: ['sh', '-c', script], ...process }, more)
  }

  async entries(id: string, query: Partial<LogQuery> = {}): Promise<LogEntry[]> {
    return Array.fromAsync(
      this.launcher.logs.read(id, {
        isFollow: false,
        stdout: true,
        stderr: true,
        signal: new AbortController().signal,
        ...query,
      }),
    )
  }

  async log(id: string, query: Partial<LogQuery> = {}): Promise<string> {
    return (await this.entries(id, query)).map(({ data }) => data.toString()).join('')
  }

  async end(id: string): Promise<ExitEvent> {
    await this.launcher.tasks.kill(id, 9)
    const exit = await this.exited(id)
    await this.launcher.tasks.reap(id)
    await this.launcher.remove(id)
    this.#ids.delete(id)
    return exit
  }

  /** What runs and exists on the machine because of this fixture, told by the machine. */
  async leftovers(): Promise<string[]> {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(this.root))
    const { stdout } = await run(['ps', '-e', '-o', 'stat=,args='])
    const processes = stdout
      .split('\n')
      .filter((line) => line.includes(this.root) && !line.startsWith('Z') && !line.includes('vitest'))
    const cgroups = (
      await run(['find', '/sys/fs/cgroup', '-path', `*trestle-test-${this.root.slice(-6)}/*`, '-type', 'd'])
    ).stdout
      .split('\n')
      .filter(Boolean)
    return [...mounts, ...processes, ...cgroups]
  }

  /** A test that failed in the middle may leave anything. */
  async #sweep(): Promise<void> {
    const { stdout } = await run(['ps', '-e', '-o', 'pid=,args='])
    const shims = stdout
      .split('\n')
      .filter((line) => line.includes(this.root) && !line.includes('vitest'))
      .map((line) => Number.parseInt(line, 10))
    for (const pid of shims) {
      const { stdout: children } = await run(['ps', '--ppid', String(pid), '-o', 'pid='], { allowFailure: true })
      for (const victim of [...children.trim().split(/\s+/).filter(Boolean).map(Number), pid])
        await run(['kill', '-9', String(victim)], { allowFailure: true })
    }
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(this.root))
      .map((line) => line.split(' ')[4] as string)
    for (const mount of mounts) await run(['umount', '--lazy', mount], { allowFailure: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#ids) {
      await this.launcher.tasks.reap(id).catch(() => {})
      await this.launcher.remove(id).catch(() => {})
    }
    await this.launcher.shutdown()
    await this.namespace[Symbol.asyncDispose]()
    const left = await this.leftovers()
    if (left.length > 0) await this.#sweep()
    await removeCgroups(`trestle-test-${this.root.slice(-6)}`)
    rmSync(this.root, { recursive: true, force: true })
    if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`)
  }
}

/** `hasImage` false for a containerd with nothing in it. */
export async function startFixture({ hasImage = true } = {}): Promise<LauncherFixture> {
  const root = mkdtempSync(join(tmpdir(), 'trestle-launcher-'))
  const fixture = new LauncherFixture(root, await openLauncher(launcherOptions(root)), await freshNamespace())
  if (hasImage)
    fixture.image = await fixture.importRootfs(Readable.from(await busyboxTar()), {
      reference: 'busybox',
      changes: ['CMD ["sh"]'],
    })
  return fixture
}

/** The prefix itself: runc removes only what it made for a container. */
async function removeCgroups(name: string): Promise<void> {
  await run(['find', '/sys/fs/cgroup', '-depth', '-type', 'd', '-name', name, '-exec', 'rmdir', '{}', ';'], {
    allowFailure: true,
  })
}

let built: Promise<Buffer> | undefined

/** A root file system of Debian's busybox and the libraries it is linked with, as tar. */
export function busyboxTar(): Promise<Buffer> {
  built ??= buildBusybox()
  return built
}

async function buildBusybox(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'trestle-rootfs-'))
  try {
    for (const name of ['bin', 'etc', 'tmp', 'root', 'proc', 'sys', 'dev']) mkdirSync(`${folder}/${name}`)
    const binary = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path))
    if (binary === undefined) throw new Error('busybox is not installed (Debian: apt install busybox)')
    copyFileSync(binary, `${folder}/bin/busybox`)
    const { stdout: libraries } = await run(['ldd', binary])
    for (const [path] of libraries.matchAll(/\/\S+/g)) {
      mkdirSync(dirname(`${folder}${path}`), { recursive: true })
      copyFileSync(realpathSync(path), `${folder}${path}`)
    }
    const { stdout: applets } = await run([binary, '--list'])
    for (const applet of applets.trim().split('\n'))
      if (applet !== 'busybox') symlinkSync('busybox', `${folder}/bin/${applet}`)
    writeFileSync(`${folder}/etc/passwd`, 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:web:/tmp:/bin/sh\n')
    writeFileSync(`${folder}/etc/group`, 'root:x:0:\nweb:x:1001:\nlog:x:50:web,root\n')
    const archive = join(folder, '..', `${folder.split('/').at(-1)}.tar`)
    await run(['tar', '-C', folder, '-cf', archive, ...readdirSync(folder)])
    const bytes = readFileSync(archive)
    rmSync(archive)
    return bytes
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
