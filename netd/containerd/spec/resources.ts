/** Limits, in the terms of the OCI runtime specification. https://docs.docker.com/engine/containers/resource_constraints/ */
import { existsSync, readFileSync } from 'node:fs'
import type { LaunchSpec, Log, Resources } from '../launcher.ts'
import { availableCapabilities } from './capabilities.ts'

const defaultPeriodUs = 100_000
/** MIN_SHARES and MAX_SHARES (kernel/sched/sched.h): dockerd moves what lies outside to the nearer one. */
const [fewestShares, mostShares] = [2, 262_144]

export const isUnifiedCgroup = existsSync('/sys/fs/cgroup/cgroup.controllers')

/** Swap is counted only where the kernel was told to: the file is missing then. */
const countsSwap = isUnifiedCgroup || existsSync('/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes')

export function linuxResources(resources: Resources, log: Log): object {
  const { memoryBytes, memorySwapBytes, nanoCpus, cpuShares, cpuQuotaUs, cpuPeriodUs, cpusetCpus, pidsLimit } =
    resources
  if (memorySwapBytes !== undefined && !countsSwap)
    log.warn('the kernel does not count swap: the limit on it has no effect (boot with swapaccount=1)')
  const memory = {
    ...(memoryBytes !== undefined && { limit: memoryBytes }),
    ...(memorySwapBytes !== undefined && countsSwap && { swap: memorySwapBytes }),
  }
  const period = cpuPeriodUs ?? (nanoCpus === undefined ? undefined : defaultPeriodUs)
  const quota = nanoCpus === undefined ? cpuQuotaUs : Math.floor((nanoCpus * (period ?? defaultPeriodUs)) / 1e9)
  const cpu = {
    ...(cpuShares !== undefined && { shares: Math.min(Math.max(cpuShares, fewestShares), mostShares) }),
    ...(quota !== undefined && { quota }),
    ...(period !== undefined && { period }),
    ...(cpusetCpus !== undefined && { cpus: cpusetCpus }),
  }
  return {
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(pidsLimit !== undefined && { pids: { limit: pidsLimit } }),
  }
}

/** Rows of proc_pid_limits(5) by the names of ulimits. */
const limitRows: Record<string, string> = {
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  locks: 'Max file locks',
  memlock: 'Max locked memory',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  nofile: 'Max open files',
  nproc: 'Max processes',
  rss: 'Max resident set',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
  sigpending: 'Max pending signals',
  stack: 'Max stack size',
}

export const isUlimitName = (name: string): boolean => Object.hasOwn(limitRows, name)

/** -1 is no limit. Without CAP_SYS_RESOURCE nothing goes above the daemon's own hard limit; that is lowered, and the log says so. */
export function rlimits(
  ulimits: LaunchSpec['ulimits'],
  log: Log,
): { type: string; soft: number | string; hard: number | string }[] {
  const isBounded = ulimits.length > 0 && !availableCapabilities().includes('CAP_SYS_RESOURCE')
  const own = isBounded ? readFileSync('/proc/self/limits', 'utf8') : ''
  return ulimits.map(({ name, soft, hard }) => {
    const wanted = {
      soft: soft < 0 ? Number.POSITIVE_INFINITY : soft,
      hard: hard < 0 ? Number.POSITIVE_INFINITY : hard,
    }
    const most = isBounded ? ownHardLimit(own, limitRows[name] ?? name) : Number.POSITIVE_INFINITY
    if (wanted.hard > most)
      log.warn('a ulimit is above what this daemon may give (no CAP_SYS_RESOURCE), its own hard limit holds', {
        name,
        asked: hard,
        limit: most,
      })
    return {
      type: `RLIMIT_${name.toUpperCase()}`,
      soft: number(Math.min(wanted.soft, most)),
      hard: number(Math.min(wanted.hard, most)),
    }
  })
}

function ownHardLimit(limits: string, row: string): number {
  const hard = new RegExp(`^${row}\\s+\\S+\\s+(\\S+)`, 'm').exec(limits)?.[1]
  return hard === undefined || hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

/** RLIM_INFINITY is 2^64 - 1, which JSON.stringify cannot write; `toJson` in spec.ts puts the digits in. */
function number(limit: number): number | string {
  return limit === Number.POSITIVE_INFINITY ? infinity : limit
}

export const infinity = 'RLIM_INFINITY'
