/** Limits that the kernel would refuse while the container starts, refused when it is created, as dockerd does. */
import { availableParallelism } from 'node:os'
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'

export function validateResources(host: HostConfig): void {
  const {
    Memory: memory,
    MemorySwap: swap,
    CpuPeriod: period,
    CpuQuota: quota,
    NanoCpus: nanoCpus,
    CpusetCpus: cpus,
    ShmSize: shm,
  } = host
  const refuse = (message: string): never => {
    throw errors.invalidParameter(message)
  }
  // Below it runc itself does not start.
  if (memory && memory < 6 * 1024 * 1024) refuse('Minimum memory limit allowed is 6MB')
  if (swap && swap !== -1 && !memory)
    refuse('You should always set the Memory limit when using Memoryswap limit, see usage')
  if (swap && swap !== -1 && swap < memory!)
    refuse('Minimum memoryswap limit should be larger than memory limit, see usage')
  if (period && (period < 1000 || period > 1_000_000))
    refuse('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)')
  if (quota && quota > 0 && quota < 1000) refuse('CPU cfs quota can not be less than 1ms (i.e. 1000)')
  const count = availableParallelism()
  if (nanoCpus && (nanoCpus < 0 || nanoCpus > count * 1e9))
    refuse(`Range of CPUs is from 0.01 to ${count}.00, as there are only ${count} CPUs available`)
  if (cpus && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(cpus)) refuse(`Invalid value ${cpus} for cpuset cpus`)
  if (shm && shm < 0) refuse('SHM size can not be less than 0')
}
