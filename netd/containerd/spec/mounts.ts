/** What is mounted in a container: the kernel's own file systems as Docker has them, then what the user asked for. */
import type { LaunchSpec, MountSpec } from '../launcher.ts'

export interface Mount {
  destination: string
  type: string
  source: string
  options: string[]
}

const guarded = ['nosuid', 'noexec', 'nodev']

/** In order of depth, so that a mount never hides one below it. */
export function mountsOf(spec: LaunchSpec): Mount[] {
  const wanted = spec.mounts.map((mount) => userMount(mount))
  const taken = new Set(wanted.map(({ destination }) => destination))
  return [
    ...systemMounts(spec).filter(({ destination }) => !taken.has(destination)),
    ...wanted.toSorted((a, b) => depth(a) - depth(b)),
  ]
}

function systemMounts(spec: LaunchSpec): Mount[] {
  const { isPrivileged } = spec.process
  const access = isPrivileged ? 'rw' : 'ro'
  const ipcFromHost = spec.ipcMode === 'host'
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: guarded },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...guarded, access] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...guarded, 'relatime', access] },
    ipcFromHost
      ? { destination: '/dev/mqueue', type: 'bind', source: '/dev/mqueue', options: ['rbind', ...guarded] }
      : { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: guarded },
    ...sharedMemory(spec),
  ]
}

function sharedMemory({ ipcMode, shmSizeBytes }: LaunchSpec): Mount[] {
  if (ipcMode === 'none') return []
  return [
    ipcMode === 'host'
      ? { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', ...guarded] }
      : {
          destination: '/dev/shm',
          type: 'tmpfs',
          source: 'shm',
          options: [...guarded, 'mode=1777', `size=${shmSizeBytes}`],
        },
  ]
}

function userMount(mount: MountSpec): Mount {
  const access = mount.isReadOnly ? 'ro' : 'rw'
  const options = mount.options ?? []
  if (mount.type === 'tmpfs')
    return { destination: mount.target, type: 'tmpfs', source: 'tmpfs', options: [...guarded, access, ...options] }
  return {
    destination: mount.target,
    type: 'bind',
    source: mount.source,
    options: [mount.isRecursive === false ? 'bind' : 'rbind', access, mount.propagation || 'rprivate', ...options],
  }
}

function depth(mount: Mount): number {
  return mount.destination.split('/').filter(Boolean).length
}
