/** Limits, in the terms of the OCI runtime specification. https://docs.docker.com/engine/containers/resource_constraints/ */
import { readFileSync } from 'node:fs'
import type { LaunchSpec, Log, Resources } from '../launcher.ts'
import { blockIo } from './block-io.ts'
import { availableCapabilities } from './capabilities.ts'
import { cgroupSupport } from './cgroup-support.ts'

const defaultPeriodUs = 100_000
/** MIN_SHARES and MAX_SHARES (kernel/sched/sched.h): dockerd moves what lies outside to the nearer one. */
const [fewestShares, mostShares] = [2, 262_144]

/** Throws 400 for a device that is none. */
export function linuxResources(resources: Resources): object {
  const { memoryBytes, memorySwapBytes, nanoCpus, cpuShares, cpuQuotaUs, cpuPeriodUs, pidsLimit } = resources
  const memory = given({
    limit: memoryBytes,
    swap: cgroupSupport().limits.swap ? memorySwapBytes : undefined,
    reservation: resources.memoryReservationBytes,
    swappiness: resources.memorySwappiness,
    disableOOMKiller: resources.isOomKillDisabled,
  })
  const period = cpuPeriodUs ?? (nanoCpus === undefined ? undefined : defaultPeriodUs)
  const quota = nanoCpus === undefined ? cpuQuotaUs : Math.floor((nanoCpus * (period ?? defaultPeriodUs)) / 1e9)
  const cpu = given({
    shares: cpuShares === undefined ? undefined : Math.min(Math.max(cpuShares, fewestShares), mostShares),
    quota,
    period,
    cpus: resources.cpusetCpus,
    mems: resources.cpusetMems,
  })
  return (
    given({
      memory,
      cpu,
      pids: pidsLimit === undefined ? undefined : { limit: pidsLimit },
      blockIO: blockIo(resources),
    }) ?? {}
  )
}

/** Undefined when nothing is. */
function given(values: Record<string, unknown>): object | undefined {
  const said = Object.entries(values).filter(([, value]) => value !== undefined)
  return said.length > 0 ? Object.fromEntries(said) : undefined
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
