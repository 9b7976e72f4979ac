/** What `docker info` says of the limits that this kernel has. */
import type { CgroupSupport, LimitName } from '../../containerd/spec/cgroup-support.ts'

/** Fields of Docker's "SystemInfo". */
const fields = {
  MemoryLimit: 'memory',
  SwapLimit: 'swap',
  CpuCfsPeriod: 'cpuPeriod',
  CpuCfsQuota: 'cpuQuota',
  CPUShares: 'cpuShares',
  CPUSet: 'cpuset',
  PidsLimit: 'pids',
  OomKillDisable: 'oomKillDisable',
} satisfies Record<string, LimitName>

export const limitSupport = ({ limits }: CgroupSupport): Record<keyof typeof fields, boolean> =>
  Object.fromEntries(Object.entries(fields).map(([field, limit]) => [field, limits[limit]])) as Record<
    keyof typeof fields,
    boolean
  >

/** Words of dockerd's warnings; the second column is of the unified hierarchy, where it has none for what that never has. */
const words: [LimitName, separate: string, unified?: string][] = [
  ['memory', 'memory limit', 'memory limit'],
  ['swap', 'swap limit', 'swap limit'],
  ['oomKillDisable', 'oom kill disable'],
  ['cpuQuota', 'cpu cfs quota', 'cpu cfs quota'],
  ['cpuPeriod', 'cpu cfs period', 'cpu cfs period'],
  ['cpuShares', 'cpu shares', 'cpu shares'],
  ['cpuset', 'cpuset', 'cpuset'],
  ['blkioWeight', 'blkio weight', 'io.weight'],
  ['blkioWeightDevice', 'blkio weight_device', 'io.weight (per device)'],
  ['readBps', 'blkio throttle.read_bps_device', 'io.max (rbps)'],
  ['writeBps', 'blkio throttle.write_bps_device', 'io.max (wbps)'],
  ['readIops', 'blkio throttle.read_iops_device', 'io.max (riops)'],
  ['writeIops', 'blkio throttle.write_iops_device', 'io.max (wiops)'],
]

export const limitWarnings = ({ version, limits }: CgroupSupport): string[] =>
  words.flatMap(([limit, separate, unified]) => {
    const word = version === 1 ? separate : unified
    return limits[limit] || word === undefined ? [] : [`WARNING: No ${word} support`]
  })
