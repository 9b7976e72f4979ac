/** Limits on the two kinds of machine: what is obeyed, and what is left out with dockerd's warning. */
import { describe, expect, test } from 'vitest'
import { hostConfig } from '../../../../api/docker/containers.ts'
import type { CgroupSupport, LimitName } from '../../../../netd/containerd/spec/cgroup-support.ts'
import { parseCgroupNamespace } from '../../../../netd/http/container-request/cgroup-namespace.ts'
import { parseLimits } from '../../../../netd/http/container-request/limits.ts'

const everything = new Proxy({}, { get: () => true }) as CgroupSupport['limits']
const machine = (version: 1 | 2, ...missing: LimitName[]): CgroupSupport => ({
  version,
  hasNamespaces: true,
  limits: new Proxy(everything, { get: (_all, name) => !missing.includes(name as LimitName) }),
})
const parse = (host: object, support: CgroupSupport) => parseLimits(hostConfig.parse(host), support)

const asked = {
  Memory: 64 << 20,
  MemoryReservation: 32 << 20,
  MemorySwappiness: 0,
  OomKillDisable: true,
  CpusetMems: '0',
  BlkioWeight: 300,
  BlkioWeightDevice: [{ Path: '/dev/vda', Weight: 200 }],
  BlkioDeviceReadBps: [{ Path: '/dev/vda', Rate: 1000 }],
  BlkioDeviceWriteIOps: [{ Path: '/dev/vda', Rate: 10 }],
}

test('with every limit there, all are kept', () => {
  expect(parse(asked, machine(1))).toEqual({
    limits: {
      memoryBytes: 64 << 20,
      memorySwapBytes: 128 << 20,
      memoryReservationBytes: 32 << 20,
      memorySwappiness: 0,
      isOomKillDisabled: true,
      cpusetMems: '0',
      blkioWeight: 300,
      blkioWeightDevices: [{ path: '/dev/vda', weight: 200 }],
      throttles: [
        { kind: 'readBps', path: '/dev/vda', rate: 1000 },
        { kind: 'writeIops', path: '/dev/vda', rate: 10 },
      ],
    },
    warnings: [],
  })
})

test('what cgroup v2 and this kernel do not have is left out and told', () => {
  const v2 = machine(2, 'memorySwappiness', 'oomKillDisable', 'swap', 'blkioWeight', 'readBps')
  const { limits, warnings } = parse({ ...asked, KernelMemoryTCP: 8 << 20 }, v2)
  expect(Object.keys(limits)).toEqual([
    'memoryBytes',
    'memoryReservationBytes',
    'cpusetMems',
    'blkioWeightDevices',
    'throttles',
  ])
  expect(limits.throttles).toEqual([{ kind: 'writeIops', path: '/dev/vda', rate: 10 }])
  expect(warnings).toEqual([
    'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    'Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.',
    'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
    'Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.',
    'Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.',
    expect.stringMatching(/^A limit on kernel memory is discarded/),
  ])
})

test('what says nothing is not warned of', () => {
  const none = machine(2, 'swap', 'oomKillDisable', 'memorySwappiness', 'pids')
  const zeroes = {
    Memory: 0,
    MemorySwap: -1,
    MemorySwappiness: -1,
    OomKillDisable: false,
    PidsLimit: 0,
    KernelMemory: 0,
  }
  expect(parse(zeroes, none)).toEqual({ limits: {}, warnings: [] })
  expect(parse({ OomKillDisable: true }, machine(1)).warnings).toEqual([
    expect.stringMatching(/^OOM killer is disabled for the container, but no memory limit is set/),
  ])
})

describe('is refused:', () => {
  test.each<[object, string]>([
    [{ MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
    [{ MemorySwappiness: -2 }, 'Invalid value: -2, valid memory swappiness range is 0-100'],
    [{ MemoryReservation: 1 }, 'Minimum memory reservation allowed is 6MB'],
    [
      { Memory: 8 << 20, MemoryReservation: 9 << 20 },
      'Minimum memory limit can not be less than memory reservation limit',
    ],
    [{ KernelMemory: 1 }, 'Minimum kernel memory limit allowed is 6MB'],
    [{ CpusetMems: '77' }, 'Requested memory nodes are not available - requested 77, available: 0'],
    [{ BlkioWeight: 9 }, 'Range of blkio weight is from 10 to 1000'],
    [{ BlkioWeightDevice: [{ Path: '/dev/vda', Weight: 1 }] }, 'invalid weight for device: /dev/vda:1'],
    [{ BlkioDeviceReadBps: [{ Path: 'vda', Rate: 1 }] }, 'bad format for device path: vda'],
    [{ BlkioDeviceReadBps: [{ Path: '/dev/vda', Rate: -1 }] }, 'invalid rate for device: /dev/vda:-1'],
  ])('%j', (host, message) => {
    expect(() => parse(host, machine(1))).toThrow(message)
  })

  test('processors by time, where the kernel cannot', () => {
    expect(() => parse({ NanoCpus: 1e9 }, machine(1, 'cpuQuota'))).toThrow('NanoCPUs can not be set')
  })
})

test("a container's cgroups are its own on v2 and the host's on v1, unless it is said", () => {
  expect(parseCgroupNamespace({}, machine(2))).toEqual({ mode: 'private', warnings: [] })
  expect(parseCgroupNamespace({}, machine(1)).mode).toBe('host')
  expect(parseCgroupNamespace({ CgroupnsMode: 'host' }, machine(2)).mode).toBe('host')
  expect(parseCgroupNamespace({ CgroupnsMode: 'private' }, machine(1)).mode).toBe('private')
  expect(parseCgroupNamespace({ CgroupnsMode: 'private' }, { ...machine(1), hasNamespaces: false })).toEqual({
    mode: 'host',
    warnings: [expect.stringContaining('does not support cgroup namespaces')],
  })
  expect(() => parseCgroupNamespace({ CgroupnsMode: 'private', Privileged: true }, machine(1))).toThrow(
    'privileged mode is incompatible with private cgroup namespaces',
  )
})
