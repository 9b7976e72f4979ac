/** Limits that the kernel would refuse while the container starts, refused when it is created, as dockerd does. */
import { availableParallelism } from 'node:os'
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import type { Limits } from '../../store/container-options.ts'
import { availableCpus, parseCpuList } from './cpu-list.ts'

/** Below it runc itself does not start. */
const leastMemoryBytes = 6 * 1024 * 1024

const refuse = (message: string): never => {
  throw errors.invalidParameter(message)
}

/** Zero is how Go says nothing. Throws 400 in Docker's words. */
export function parseLimits(host: HostConfig): Limits {
  validateMemory(host.Memory ?? 0, host.MemorySwap ?? 0)
  validateCpu(host)
  if (host.CpusetCpus) validateCpuset(host.CpusetCpus)
  const memoryBytes = host.Memory || undefined
  return given({
    memoryBytes,
    // Docker's default is as much swap as memory.
    memorySwapBytes: host.MemorySwap || (memoryBytes === undefined ? undefined : memoryBytes * 2),
    nanoCpus: host.NanoCpus || undefined,
    cpuShares: host.CpuShares || undefined,
    cpuQuotaUs: host.CpuQuota || undefined,
    cpuPeriodUs: host.CpuPeriod || undefined,
    cpusetCpus: host.CpusetCpus || undefined,
    // dockerd takes any number below 1 for no limit.
    pidsLimit: host.PidsLimit && host.PidsLimit > 0 ? host.PidsLimit : undefined,
  })
}

function given(limits: Limits): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}

function validateMemory(memory: number, swap: number): void {
  if (memory !== 0 && memory < leastMemoryBytes) refuse('Minimum memory limit allowed is 6MB')
  if (swap !== 0 && swap !== -1 && memory === 0)
    refuse('You should always set the Memory limit when using Memoryswap limit, see usage')
  if (swap !== 0 && swap !== -1 && swap < memory)
    refuse('Minimum memoryswap limit should be larger than memory limit, see usage')
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

function validateCpuset(text: string): void {
  const wanted = parseCpuList(text) ?? refuse(`Invalid value ${text} for cpuset cpus: invalid format: ${text}`)
  const available = availableCpus()
  if (wanted.some((cpu) => !available.cpus.has(cpu)))
    refuse(`Requested CPUs are not available - requested ${text}, available: ${available.text}`)
}
