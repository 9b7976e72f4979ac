/** The launcher on containerd: what `netd/main.ts` opens once. */
import { mkdirSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { Connection } from './connection.ts'
import { ContainerdLauncher } from './containerd-launcher.ts'
import { PrivateContainerd } from './daemon.ts'
import { Exits } from './exits.ts'
import { ImageStore } from './images/store.ts'
import type { Launcher, Log } from './launcher.ts'
import type { MakeFifo } from './stdio.ts'

export interface LauncherOptions {
  dataRoot: string
  execRoot: string
  /** Socket of an existing containerd; a private child runs when absent. */
  address?: string
  /** containerd's namespace, in the sense of containerd; two daemons on one containerd need two. `trestle` unless told. */
  namespace?: string
  /** Parent of the containers' cgroups, `trestle` unless told. */
  cgroupPrefix?: string
  log: Log
  /** mkfifo(3), which Node lacks. */
  makeFifo: MakeFifo
  now?: () => Date
  newId?: () => string
}

export async function openLauncher(options: LauncherOptions): Promise<Launcher> {
  const { dataRoot, execRoot, log } = options
  const namespace = options.namespace ?? 'trestle'
  const now = options.now ?? (() => new Date())
  const newId = options.newId ?? (() => randomBytes(16).toString('hex'))
  for (const folder of [dataRoot, execRoot]) mkdirSync(folder, { recursive: true, mode: 0o711 })
  const daemon = options.address === undefined ? new PrivateContainerd({ dataRoot, execRoot, log }) : undefined
  await daemon?.ensure()
  const address = daemon?.address ?? (options.address as string).replace(/^unix:\/\//, '')
  const connection = new Connection(address, namespace)
  await connection.ready(10_000).catch(() => {
    connection.close()
    throw new Error(
      `containerd does not answer on ${address}: check that it runs and that this process may open its socket`,
    )
  })
  const exits = new Exits(connection, { namespace, log, revive: async () => daemon?.ensure() })
  exits.subscribe()
  return new ContainerdLauncher({
    connection,
    daemon,
    exits,
    images: new ImageStore(connection, { newId, now }),
    dataRoot,
    execRoot,
    namespace,
    cgroupPrefix: options.cgroupPrefix ?? 'trestle',
    log,
    makeFifo: options.makeFifo,
    now,
  })
}
