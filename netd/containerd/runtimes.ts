/**
 * What makes the processes: programs with the command line of runc, run by containerd's shim for it. runc and crun are known
 * by their names; the rest is configured (`--add-runtime`).
 */
import { accessSync, constants } from 'node:fs'
import { errors } from '../../api/errors.ts'
import type { DaemonConfig } from '../config/config.ts'
import { cgroupSupport } from './spec/cgroup-support.ts'

type Configured = Pick<DaemonConfig, 'runtimes' | 'defaultRuntime'>

export interface Runtime {
  name: string
  /** Of the program, or its name when it is in the PATH. */
  path: string
}

/** By name. The first two are one, as dockerd has it. */
export function runtimesOf({ runtimes }: Configured): Record<string, { path: string }> {
  return {
    'io.containerd.runc.v2': { path: 'runc' },
    runc: { path: 'runc' },
    ...(isInstalled('crun') && { crun: { path: 'crun' } }),
    ...runtimes,
  }
}

/** crun starts in a fraction of runc's time. Separate hierarchies beside a v2 it refuses. */
export function defaultRuntime({ defaultRuntime: configured }: Configured): string {
  return configured ?? (cgroupSupport().version === 2 && isInstalled('crun') ? 'crun' : 'runc')
}

/** Before anything is made: throws one sentence for a default that is known by its name, and not there. */
export function checkDefaultRuntime(config: Configured): void {
  const name = defaultRuntime(config)
  if (!Object.hasOwn(runtimesOf(config), name))
    throw new Error(
      `--default-runtime ${name}: there is no ${name} in the PATH; install it, or say where it is with --add-runtime ${name}=PATH`,
    )
}

/** Throws 400 in Docker's words for a name that stands for none. */
export function findRuntime(config: Configured, name: string): Runtime {
  const known = runtimesOf(config)
  if (!Object.hasOwn(known, name)) throw errors.invalidParameter(`unknown or invalid runtime name: ${name}`)
  return { name, path: known[name]!.path }
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
