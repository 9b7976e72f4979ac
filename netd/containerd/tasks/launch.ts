/** `start`: from a specification to a running process. */
import { setTimeout } from 'node:timers/promises'
import { runcRoot, type Roots } from '../../config/layout.ts'
import { containers } from '../api/containers.ts'
import { RuncOptions, tasks } from '../api/tasks.ts'
import type { Mount } from '../api/types.ts'
import { ignoreNotFound, isAlreadyThere, type Connection } from '../connection.ts'
import { holdGracePeriod } from './cgroup-grace.ts'
import { checkMountedAccounts } from './account-files.ts'
import { labels } from './labels.ts'
import { layerRoots } from '../layers/overlay.ts'
import { snapshotter } from '../layers/unpack.ts'
import type { AppArmor, LaunchSpec, Log } from '../launcher.ts'
import { readContainerFile } from '../spec/container-files.ts'
import { checkSources, ociSpec, toJson } from '../spec/spec.ts'
import { resolveUser } from '../spec/user.ts'
import { isStillRunning, toStartError } from './runtime-errors.ts'

export const runtime = 'io.containerd.runc.v2'
export const specType = 'types.containerd.io/opencontainers/runtime-spec/1/Spec'
const startTimeoutMs = 120_000
/** A killed process ends at once, unless the kernel holds it in an uninterruptible sleep. */
const killedWithinMs = 10_000
const pollMs = 10

export interface LaunchContext {
  connection: Connection
  roots: Roots
  appArmor: AppArmor
  cgroupPrefix: string
  isSystemdCgroup: boolean
  log: Log
  /** Of the writable layer. */
  mounts: () => Promise<Mount[]>
  /** Called while containerd writes the record, because making the files takes as long. */
  openStdio: () => { stdin: string; stdout: string; stderr: string }
  /** The process may run once this resolves; it is made meanwhile. */
  ready: Promise<void>
}

/** Resolves with the pid. What a failure leaves in containerd is taken away again. */
export async function launch(spec: LaunchSpec, context: LaunchContext): Promise<number> {
  const { connection } = context
  checkSources(spec)
  checkMountedAccounts(spec.mounts)
  using _grace = holdGracePeriod()
  const mounts = await context.mounts()
  const recorded = createRecord(spec, context, mounts)
  try {
    const [stdio] = await Promise.all([(async () => context.openStdio())(), recorded])
    // runc sets these while it makes the process, and they may name an interface.
    if (Object.keys(spec.sysctls).some((name) => name.startsWith('net.'))) await context.ready
    const request = {
      containerId: spec.id,
      rootfs: mounts,
      ...stdio,
      terminal: spec.process.isTty,
      options: {
        typeUrl: 'containerd.runc.v1.Options',
        value: RuncOptions.encode({
          binaryName: spec.runtime.path,
          root: runcRoot(context.roots),
          systemdCgroup: context.isSystemdCgroup,
        }),
      },
    }
    const create = (): Promise<unknown> => connection.call(tasks.create, request, { timeoutMs: startTimeoutMs })
    await create().catch(async (error: unknown) => {
      if (!isAlreadyThere(error)) throw error
      // A containerd that was killed in the middle of a start finds its shim again, and no task in it.
      await deleteTask(connection, spec.id)
      await create()
    })
    await context.ready
    const { pid } = await connection.call(tasks.start, { containerId: spec.id }, { timeoutMs: startTimeoutMs })
    return pid
  } catch (error) {
    await recorded.catch(() => {})
    await discard(spec.id, context)
    throw toStartError(error, spec.runtime)
  }
}

/** Also when containerd gave no answer: the task may be there, or on its way. What stays goes with the next start. */
async function discard(id: string, { connection, log }: LaunchContext): Promise<void> {
  try {
    await deleteTask(connection, id)
    await connection.call(containers.delete, { id }).catch(ignoreNotFound)
  } catch (error) {
    log.warn('what is left of a start could not be removed', { id, error: (error as Error).message })
  }
}

/** Kills what may still run; resolves once the shim has handed on every byte and is gone. */
export async function deleteTask(connection: Connection, containerId: string): Promise<void> {
  const request = (): Promise<unknown> => connection.call(tasks.delete, { containerId }, { timeoutMs: 60_000 })
  const deadline = performance.now() + killedWithinMs
  for (let hasKilled = false; ; hasKilled = true) {
    try {
      await request()
      return
    } catch (error) {
      if (!hasKilled) await connection.call(tasks.kill, { containerId, signal: 9, all: true }).catch(() => {})
      if (!isStillRunning(error)) return ignoreNotFound(error)
      if (performance.now() > deadline) throw error
    }
    // Nobody tells of the end of what is not known here.
    await setTimeout(pollMs)
  }
}

async function createRecord(spec: LaunchSpec, context: LaunchContext, mounts: readonly Mount[]): Promise<void> {
  const roots = layerRoots(mounts)
  const user = resolveUser(spec.process.user, spec.process.groups ?? [], (path) => readContainerFile(roots, path))
  const apparmorProfile = await context.appArmor.prepare(
    spec.apparmorProfile ?? (spec.process.isPrivileged ? 'unconfined' : undefined),
  )
  const config = ociSpec({ ...spec, ...(apparmorProfile !== undefined && { apparmorProfile }) }, { user, ...context })
  const container = {
    id: spec.id,
    labels: {
      [labels.root]: context.roots.dataRoot,
      [labels.tty]: String(spec.process.isTty),
      [labels.stdin]: String(spec.hasStdin),
    },
    image: spec.image,
    runtime: { name: runtime, options: undefined },
    spec: { typeUrl: specType, value: toJson(config) },
    snapshotter,
    snapshotKey: spec.id,
  }
  await context.connection.call(containers.create, { container }).catch(async (error: unknown) => {
    if (!isAlreadyThere(error)) throw error
    // A daemon that was killed between two steps left it.
    await deleteTask(context.connection, spec.id)
    await context.connection.call(containers.delete, { id: spec.id }).catch(ignoreNotFound)
    await context.connection.call(containers.create, { container })
  })
}
