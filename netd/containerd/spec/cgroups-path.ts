/** Where a container's cgroup is, as runtimes are told it. */
import type { LaunchSpec } from '../launcher.ts'

/** A path, or for systemd `slice:prefix:name`: then the group is `SLICE/PREFIX-NAME.scope`. */
export function cgroupsPath(
  { id, cgroupParent: parent = '' }: Pick<LaunchSpec, 'id' | 'cgroupParent'>,
  { cgroupPrefix, isSystemdCgroup }: { cgroupPrefix: string; isSystemdCgroup: boolean },
): string {
  return isSystemdCgroup
    ? `${parent || 'system.slice'}:${cgroupPrefix}:${id}`
    : `/${(parent || cgroupPrefix).replace(/^\/+|\/+$/g, '')}/${id}`
}
