/** `--cgroupns`. */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { cgroupSupport, defaultCgroupNamespace } from '../../containerd/spec/cgroup-support.ts'

/** Throws 400 in Docker's words, and gives the warning of a kernel without such namespaces. */
export function parseCgroupNamespace(
  { CgroupnsMode: mode, Privileged: isPrivileged }: HostConfig,
  support = cgroupSupport(),
): { mode: 'private' | 'host'; warnings: string[] } {
  if (!mode) return { mode: defaultCgroupNamespace(support), warnings: [] }
  if (mode !== 'private' && mode !== 'host') throw errors.invalidParameter(`invalid cgroup namespace mode: ${mode}`)
  if (mode === 'private' && !support.hasNamespaces)
    return {
      mode: 'host',
      warnings: ['Your kernel does not support cgroup namespaces.  Cgroup namespace setting discarded.'],
    }
  if (mode === 'private' && isPrivileged && support.version === 1)
    throw errors.invalidParameter(
      'privileged mode is incompatible with private cgroup namespaces on cgroup v1 hosts.  You must run the container in the host cgroup namespace when running privileged mode',
    )
  return { mode, warnings: [] }
}
