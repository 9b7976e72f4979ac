import { access, readFile } from 'node:fs/promises'

export interface CgroupSupport {
  MemoryLimit: boolean
  SwapLimit: boolean
  KernelMemory: boolean
  KernelMemoryTCP: boolean
  CpuCfsPeriod: boolean
  CpuCfsQuota: boolean
  CPUShares: boolean
  CPUSet: boolean
  PidsLimit: boolean
  OomKillDisable: boolean
  CgroupDriver: 'cgroupfs'
  CgroupVersion: '1' | '2'
}

/** What limits this kernel can set: from the controllers of the unified hierarchy, or from the files of the separate ones. */
export async function cgroups(root = '/sys/fs/cgroup'): Promise<CgroupSupport> {
  const isThere = (path: string): Promise<boolean> =>
    access(`${root}/${path}`).then(
      () => true,
      () => false,
    )
  const unified = await readFile(`${root}/cgroup.controllers`, 'utf8').catch(() => undefined)
  if (unified !== undefined) {
    const has = new Set(unified.trim().split(' '))
    return {
      MemoryLimit: has.has('memory'),
      SwapLimit: has.has('memory'),
      KernelMemory: false,
      KernelMemoryTCP: false,
      CpuCfsPeriod: has.has('cpu'),
      CpuCfsQuota: has.has('cpu'),
      CPUShares: has.has('cpu'),
      CPUSet: has.has('cpuset'),
      PidsLimit: has.has('pids'),
      OomKillDisable: false,
      CgroupDriver: 'cgroupfs',
      CgroupVersion: '2',
    }
  }
  const [memory, swap, kernel, kernelTcp, period, quota, shares, cpuset, pids, oom] = await Promise.all(
    [
      'memory/memory.limit_in_bytes',
      'memory/memory.memsw.limit_in_bytes',
      'memory/memory.kmem.limit_in_bytes',
      'memory/memory.kmem.tcp.limit_in_bytes',
      'cpu/cpu.cfs_period_us',
      'cpu/cpu.cfs_quota_us',
      'cpu/cpu.shares',
      'cpuset/cpuset.cpus',
      'pids',
      'memory/memory.oom_control',
    ].map(isThere),
  )
  return {
    MemoryLimit: memory!,
    SwapLimit: swap!,
    KernelMemory: kernel!,
    KernelMemoryTCP: kernelTcp!,
    CpuCfsPeriod: period!,
    CpuCfsQuota: quota!,
    CPUShares: shares!,
    CPUSet: cpuset!,
    PidsLimit: pids!,
    OomKillDisable: oom!,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: '1',
  }
}
