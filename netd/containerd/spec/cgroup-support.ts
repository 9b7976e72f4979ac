/** Which limits this machine has: cgroups(7), cgroup-v2.rst. Some depend on how the kernel was built and booted. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface CgroupSupport {
  version: 1 | 2
  hasNamespaces: boolean
  /** By the names of Docker's options, in the order in which dockerd warns of those that are missing. */
  limits: Record<LimitName, boolean>
}

export type LimitName =
  | 'memory'
  | 'swap'
  | 'memoryReservation'
  | 'memorySwappiness'
  | 'oomKillDisable'
  | 'cpuShares'
  | 'cpuPeriod'
  | 'cpuQuota'
  | 'cpuset'
  | 'pids'
  | 'blkioWeight'
  | 'blkioWeightDevice'
  | 'readBps'
  | 'writeBps'
  | 'readIops'
  | 'writeIops'

let found: CgroupSupport | undefined

/** Of this machine, as it was first asked: hierarchies are not mounted anew under running containers. */
export const cgroupSupport = (): CgroupSupport => (found ??= readCgroupSupport())

/** Of the unified hierarchy alone, or of the separate ones: where both are there, containers are limited by the latter. */
export function readCgroupSupport(root = '/sys/fs/cgroup', proc = '/proc'): CgroupSupport {
  const hasNamespaces = existsSync(`${proc}/self/ns/cgroup`)
  return existsSync(`${root}/cgroup.controllers`)
    ? { version: 2, hasNamespaces, limits: unified(root) }
    : { version: 1, hasNamespaces, limits: separate(root) }
}

function separate(root: string): CgroupSupport['limits'] {
  const has = (path: string): boolean => existsSync(`${root}/${path}`)
  return {
    memory: has('memory/memory.limit_in_bytes'),
    swap: has('memory/memory.memsw.limit_in_bytes'),
    memoryReservation: has('memory/memory.soft_limit_in_bytes'),
    memorySwappiness: has('memory/memory.swappiness'),
    oomKillDisable: has('memory/memory.oom_control'),
    cpuShares: has('cpu/cpu.shares'),
    cpuPeriod: has('cpu/cpu.cfs_period_us'),
    cpuQuota: has('cpu/cpu.cfs_quota_us'),
    cpuset: has('cpuset/cpuset.cpus'),
    pids: has('pids'),
    blkioWeight: has('blkio/blkio.weight') || has('blkio/blkio.bfq.weight'),
    blkioWeightDevice: has('blkio/blkio.weight_device') || has('blkio/blkio.bfq.weight_device'),
    readBps: has('blkio/blkio.throttle.read_bps_device'),
    writeBps: has('blkio/blkio.throttle.write_bps_device'),
    readIops: has('blkio/blkio.throttle.read_iops_device'),
    writeIops: has('blkio/blkio.throttle.write_iops_device'),
  }
}

/** What limits have is not in the root, which has none, but in the groups below it, once their controller is switched on for them. */
function unified(root: string): CgroupSupport['limits'] {
  const controllers = new Set(readFileSync(`${root}/cgroup.controllers`, 'utf8').trim().split(' '))
  const groups = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const has = (controller: string, sign: string, ...files: string[]): boolean => {
    if (!controllers.has(controller)) return false
    const governed = groups.filter(({ name }) => existsSync(`${root}/${name}/${sign}`))
    return (
      governed.length === 0 || governed.some(({ name }) => files.some((file) => existsSync(`${root}/${name}/${file}`)))
    )
  }
  const [memory, cpu, io] = ['memory', 'cpu', 'io'].map((name) => controllers.has(name)) as [boolean, boolean, boolean]
  const weight = has('io', 'io.max', 'io.weight', 'io.bfq.weight')
  return {
    memory,
    swap: has('memory', 'memory.max', 'memory.swap.max'),
    memoryReservation: memory,
    memorySwappiness: false,
    oomKillDisable: false,
    cpuShares: cpu,
    cpuPeriod: cpu,
    cpuQuota: cpu,
    cpuset: controllers.has('cpuset'),
    pids: controllers.has('pids'),
    blkioWeight: weight,
    blkioWeightDevice: weight,
    readBps: io,
    writeBps: io,
    readIops: io,
    writeIops: io,
  }
}

/** As dockerd has it: a container sees its own group alone where there is one tree, and of separate hierarchies all that the host has. */
export const defaultCgroupNamespace = ({ version, hasNamespaces }: CgroupSupport): 'private' | 'host' =>
  version === 2 && hasNamespaces ? 'private' : 'host'
