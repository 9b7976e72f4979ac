/**
 * Limits. Those that the kernel would refuse while the container starts are refused when it is created; those that this
 * kernel does not have are left out with a warning: which is which, and in what words, is dockerd's
 * (daemon/daemon_unix.go, verifyPlatformContainerResources).
 */
import { availableParallelism } from 'node:os'
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { cgroupSupport, type CgroupSupport, type LimitName } from '../../containerd/spec/cgroup-support.ts'
import type { Limits } from '../../store/container-options.ts'
import { blockIoLimits } from './block-io.ts'
import { availableCpus, availableMemoryNodes, parseCpuList } from './cpu-list.ts'

/** Below it runc itself does not start. */
const leastMemoryBytes = 6 * 1024 * 1024

const refuse = (message: string): never => {
  throw errors.invalidParameter(message)
}

/** What goes when the kernel does not have it. */
const discarded: [keyof Limits, LimitName, warning: string][] = [
  ['memoryBytes', 'memory', 'memory limit capabilities or the cgroup is not mounted. Limitation discarded.'],
  ['memorySwapBytes', 'swap', 'swap limit capabilities or the cgroup is not mounted. Memory limited without swap.'],
  [
    'memorySwappiness',
    'memorySwappiness',
    'memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
  ],
  [
    'memoryReservationBytes',
    'memoryReservation',
    'memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.',
  ],
  ['isOomKillDisabled', 'oomKillDisable', 'OomKillDisable. OomKillDisable discarded.'],
  ['pidsLimit', 'pids', 'PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.'],
  ['cpuShares', 'cpuShares', 'CPU shares or the cgroup is not mounted. Shares discarded.'],
  ['cpuPeriodUs', 'cpuPeriod', 'CPU CFS scheduler. CPU period/quota discarded.'],
  ['cpuQuotaUs', 'cpuQuota', 'CPU CFS scheduler. CPU period/quota discarded.'],
  ['cpusetCpus', 'cpuset', 'cpuset or the cgroup is not mounted. Cpuset discarded.'],
  ['cpusetMems', 'cpuset', 'cpuset or the cgroup is not mounted. Cpuset discarded.'],
  ['blkioWeight', 'blkioWeight', 'Block I/O weight or the cgroup is not mounted. Weight discarded.'],
  [
    'blkioWeightDevices',
    'blkioWeightDevice',
    'Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.',
  ],
]

/** Zero is how Go says nothing. Throws 400 in Docker's words. */
export function parseLimits(
  host: HostConfig,
  support: CgroupSupport = cgroupSupport(),
): { limits: Limits; warnings: string[] } {
  validateMemory(host)
  validateCpu(host)
  if (host.NanoCpus && !(support.limits.cpuPeriod && support.limits.cpuQuota))
    refuse('NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted')
  if (host.CpusetCpus) validateList('cpus', host.CpusetCpus, availableCpus())
  if (host.CpusetMems) validateList('mems', host.CpusetMems, availableMemoryNodes())
  const memoryBytes = host.Memory || undefined
  const swappiness = host.MemorySwappiness ?? -1
  const asked = given({
    memoryBytes,
    // Docker's default is as much swap as memory.
    memorySwapBytes: host.MemorySwap || (memoryBytes === undefined ? undefined : memoryBytes * 2),
    memoryReservationBytes: host.MemoryReservation || undefined,
    memorySwappiness: swappiness === -1 ? undefined : swappiness,
    isOomKillDisabled: host.OomKillDisable || undefined,
    nanoCpus: host.NanoCpus || undefined,
    cpuShares: host.CpuShares || undefined,
    cpuQuotaUs: host.CpuQuota || undefined,
    cpuPeriodUs: host.CpuPeriod || undefined,
    cpusetCpus: host.CpusetCpus || undefined,
    cpusetMems: host.CpusetMems || undefined,
    // dockerd takes any number below 1 for no limit.
    pidsLimit: host.PidsLimit && host.PidsLimit > 0 ? host.PidsLimit : undefined,
    ...blockIoLimits(host),
  })
  return withoutMissing(asked, host, support)
}

function withoutMissing(
  asked: Limits,
  host: HostConfig,
  { limits: has }: CgroupSupport,
): { limits: Limits; warnings: string[] } {
  const missing = discarded.filter(([key, limit]) => asked[key] !== undefined && !has[limit])
  // Unlimited swap is what there is without its limit; that of a memory limit was not asked for.
  const told = missing.filter(([key]) => key !== 'memorySwapBytes' || (host.Memory && host.MemorySwap !== -1))
  const limits = { ...asked }
  for (const [key] of missing) delete limits[key]
  const throttles = limits.throttles?.filter(({ kind }) => has[kind])
  const warnings = [...new Set(told.map(([, , text]) => `Your kernel does not support ${text}`))]
  for (const kind of new Set(asked.throttles?.map((throttle) => throttle.kind).filter((name) => !has[name])))
    warnings.push(throttleWarning(kind))
  if (host.KernelMemory || host.KernelMemoryTCP)
    warnings.push(
      'A limit on kernel memory is discarded: Linux counts it with the memory, and runtimes set none any more.',
    )
  if (limits.isOomKillDisabled && limits.memoryBytes === undefined)
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    )
  const { throttles: _all, ...rest } = limits
  return { limits: throttles === undefined || throttles.length === 0 ? rest : { ...rest, throttles }, warnings }
}

function throttleWarning(kind: NonNullable<Limits['throttles']>[number]['kind']): string {
  const way = kind.startsWith('read') ? 'read' : 'write'
  return kind.endsWith('Bps')
    ? `Your kernel does not support BPS Block I/O ${way} limit or the cgroup is not mounted. Block I/O BPS ${way} limit discarded.`
    : `Your kernel does not support IOPS Block ${way} limit or the cgroup is not mounted. Block I/O IOPS ${way} limit discarded.`
}

function given(limits: Limits): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}

function validateMemory(host: HostConfig): void {
  const { Memory: memory, MemorySwap: swap, MemoryReservation: reservation, MemorySwappiness: swappiness } = host
  if (memory && memory < leastMemoryBytes) refuse('Minimum memory limit allowed is 6MB')
  if (swap && swap !== -1 && !memory)
    refuse('You should always set the Memory limit when using Memoryswap limit, see usage')
  if (swap && swap !== -1 && swap < memory!)
    refuse('Minimum memoryswap limit should be larger than memory limit, see usage')
  if (swappiness && (swappiness < -1 || swappiness > 100))
    refuse(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`)
  if (reservation && reservation < leastMemoryBytes) refuse('Minimum memory reservation allowed is 6MB')
  if (reservation && memory && memory < reservation)
    refuse('Minimum memory limit can not be less than memory reservation limit, see usage')
  if (host.KernelMemory && host.KernelMemory < leastMemoryBytes) refuse('Minimum kernel memory limit allowed is 6MB')
}

function validateCpu({ NanoCpus: nano, CpuPeriod: period, CpuQuota: quota, CpuShares: shares }: HostConfig): void {
  const count = availableParallelism()
  if (nano && period) refuse('Conflicting options: Nano CPUs and CPU Period cannot both be set')
  if (nano && quota) refuse('Conflicting options: Nano CPUs and CPU Quota cannot both be set')
  if (nano && (nano < 0 || nano > count * 1e9))
    refuse(`Range of CPUs is from 0.01 to ${count}.00, as there are only ${count} CPUs available`)
  if (shares && shares < 0) refuse(`invalid CPU shares (${shares}): value must be a positive integer`)
  if (period && (period < 1000 || period > 1_000_000))
    refuse('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)')
  if (quota && quota > 0 && quota < 1000) refuse('CPU cfs quota can not be less than 1ms (i.e. 1000)')
}

function validateList(what: 'cpus' | 'mems', text: string, available: { text: string; numbers: Set<number> }): void {
  const wanted = parseCpuList(text) ?? refuse(`Invalid value ${text} for cpuset ${what}: invalid format: ${text}`)
  if (wanted.some((number) => !available.numbers.has(number)))
    refuse(
      `Requested ${what === 'cpus' ? 'CPUs' : 'memory nodes'} are not available - requested ${text}, available: ${available.text}`,
    )
}
