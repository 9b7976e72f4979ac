/** The launcher on containerd: what `netd/main.ts` opens once. */
import { existsSync, mkdirSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { KernelAppArmor } from './apparmor/apparmor.ts'
import { Connection } from './connection.ts'
import { PrivateContainerd } from './daemon.ts'
import { ImageStore } from './images/store.ts'
import { sweepImages } from './images/sweep.ts'
import type { Launcher, Log } from './launcher.ts'
import { SnapshotLayers } from './layers/layers.ts'
import { FileLogs } from './logs/logs.ts'
import { cgroupsBelow } from './tasks/cgroups.ts'
import { Exits } from './tasks/exits.ts'
import type { MakeFifo } from './tasks/stdio.ts'
import { ContainerTasks } from './tasks/tasks.ts'
import { versions } from './versions.ts'

export interface LauncherOptions {
  dataRoot: string
  /** `runRoot` of the layout. */
  execRoot: string
  /** Socket of an existing containerd; a private child runs when absent. */
  address?: string
  /** containerd's namespace, in the sense of containerd; two daemons on one containerd need two. `trestle` unless told. */
  namespace?: string
  /** Parent of the containers' cgroups, `trestle` unless told. */
  cgroupPrefix?: string
  /** Containers are in scopes of systemd. */
  isSystemdCgroup?: boolean
  log: Log
  /** mkfifo(3), which Node lacks. */
  makeFifo: MakeFifo
  now?: () => Date
  newId?: () => string
}

export async function openLauncher(options: LauncherOptions): Promise<Launcher> {
  const { dataRoot, execRoot, log, makeFifo } = options
  if (options.isSystemdCgroup === true && !existsSync('/run/systemd/system'))
    throw new Error(
      '--exec-opt native.cgroupdriver=systemd needs systemd, and it does not run here (there is no /run/systemd/system)',
    )
  const roots = { dataRoot, execRoot }
  const namespace = options.namespace ?? 'trestle'
  const cgroupPrefix = options.cgroupPrefix ?? 'trestle'
  const now = options.now ?? (() => new Date())
  const newId = options.newId ?? (() => randomBytes(16).toString('hex'))
  for (const folder of [dataRoot, execRoot]) mkdirSync(folder, { recursive: true, mode: 0o711 })
  const daemon = options.address === undefined ? new PrivateContainerd(roots, log) : undefined
  const hasJustBegun = (await daemon?.ensure()) === 'started'
  const address = daemon?.address ?? (options.address as string).replace(/^unix:\/\//, '')
  const connection = new Connection(address, namespace)
  await connection.ready(10_000).catch((error: Error) => {
    connection.close()
    throw error
  })
  const exits = new Exits(connection, { namespace, log, revive: async () => void (await daemon?.ensure()) })
  exits.open()
  await sweepImages(connection, log)
  const images = new ImageStore(connection, { newId, now })
  const layers = new SnapshotLayers({ connection, topOf: (id) => images.topSnapshot(id), roots, now })
  const logs = new FileLogs(roots, { now, log })
  const appArmor = new KernelAppArmor(log)
  const tasks = new ContainerTasks({
    connection,
    isPrivate: daemon !== undefined,
    hasJustBegun,
    exits,
    layers,
    logs,
    appArmor,
    roots,
    namespace,
    cgroupPrefix,
    isSystemdCgroup: options.isSystemdCgroup ?? false,
    log,
    makeFifo,
  })
  const close = (): void => {
    tasks.close()
    logs.close()
    connection.close()
  }
  return {
    appArmor,
    images,
    layers,
    tasks,
    logs,
    version: () => versions(connection),
    async leftBehind() {
      const names = [...(await layers.ids()), ...logs.ids(), ...cgroupsBelow(cgroupPrefix)]
      return [...new Set(names)].filter((name) => /^[0-9a-f]{64}$/.test(name))
    },
    async remove(id) {
      // First what takes most space: on a full disk the rest may need some.
      logs.remove(id)
      tasks.removeLeftovers(id)
      await layers.remove(id)
    },
    mend: async () => (await daemon?.mend()) ?? [],
    close,
    async shutdown() {
      close()
      await daemon?.stop()
    },
  }
}
