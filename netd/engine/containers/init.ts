/** `--init`: tini, in Docker's place for it. It has to be static, since the container brings a libc of its own, or none. */
import { existsSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'
import type { MountSpec } from '../../containerd/launcher.ts'
import type { ContainerOptions } from '../../store/container-options.ts'

export const initPath = '/sbin/docker-init'

/** Debian's docker.io links docker-init to the tini-static of its package tini; Docker's own packages and moby's bring docker-init. */
const names = ['docker-init', 'tini-static']
const folders = (): string[] => [
  ...(process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/')),
  '/usr/bin',
  '/sbin',
  '/usr/libexec/docker',
]

/** A process in the PID namespace of others is no init, as dockerd has it. */
export const runsUnderInit = ({ process, pid }: ContainerOptions): boolean =>
  process.isUnderInit === true && (pid === undefined || pid.kind === 'private')

/** Throws 501 with what to install. */
export function initMount(): MountSpec {
  const source = names
    .flatMap((name) => folders().map((folder) => `${folder}/${name}`))
    .find((path) => existsSync(path))
  if (source === undefined) {
    throw errors.notSupported(
      'HostConfig.Init (--init) needs docker-init or tini-static on the host, and neither is in the PATH of netd: install the package tini (on Alpine: tini-static)',
    )
  }
  return { type: 'bind', source, target: initPath, isReadOnly: true }
}
