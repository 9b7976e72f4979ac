/** The body of a create request, read once: what it says in our words, and what is refused before anything is made. */
import { describe, expect, test } from 'vitest'
import { createContainerRequest } from '../../../../api/docker/containers.ts'
import { parseContainerRequest } from '../../../../netd/http/container-request/container-request.ts'

const parse = (hostConfig: object, config: object = {}) =>
  parseContainerRequest(createContainerRequest.parse({ Image: 'web', ...config, HostConfig: hostConfig }))

test('what a Go client sends, with all its zeroes, says nothing', () => {
  const zeroes = {
    Binds: null,
    NetworkMode: '',
    PortBindings: {},
    RestartPolicy: { Name: '', MaximumRetryCount: 0 },
    Memory: 0,
    MemorySwap: 0,
    MemorySwappiness: -1,
    NanoCpus: 0,
    PidsLimit: 0,
    CpusetCpus: '',
    BlkioWeightDevice: [],
    OomKillDisable: false,
    UTSMode: '',
    IpcMode: '',
    Isolation: '',
    Runtime: '',
    ShmSize: 0,
  }
  const bare = parse({})
  expect(parse(zeroes)).toEqual({
    ...bare,
    verbatim: { ...bare.verbatim, hostConfig: { BlkioWeightDevice: [], Isolation: '', PortBindings: {} } },
  })
  expect(bare.options).toMatchObject({ limits: {}, network: { mode: { kind: 'default' } }, shmBytes: 64 * 1024 * 1024 })
})

test.each([
  ['', { kind: 'default' }],
  ['none', { kind: 'none' }],
  ['host', { kind: 'host' }],
  ['front', { kind: 'network', network: 'front' }],
  ['container:web', { kind: 'container', container: 'web' }],
])('the network mode "%s"', (text, mode) => {
  expect(parse({ NetworkMode: text }).options.network.mode).toEqual(mode)
})

test('more ranges of ports than memory has room for ports are joined, or refused', () => {
  const specs = Array.from({ length: 5_000 }, (_, at) => `${at + 1}-65535`)
  const exposed = parse(
    { PublishAllPorts: true },
    { ExposedPorts: Object.fromEntries(specs.map((spec) => [spec, {}])) },
  )
  expect(exposed.options.network.exposedPorts).toEqual([{ port: 1, last: 65_535, protocol: 'tcp' }])
  expect(() => parse({ PortBindings: Object.fromEntries(specs.map((spec) => [spec, [{}]])) })).toThrow(
    'ports to publish are too many: one container has 262144 at most',
  )
})

test('ports, hosts and links are taken apart', () => {
  expect(
    parse({
      PortBindings: { '80': [{ HostPort: '8080-8081' }, { HostIp: '::1' }], '53/UDP': null },
      ExtraHosts: ['db:10.0.0.9', 'six=[fd00::9]', 'host:host-gateway'],
      Links: ['db', '/cache:/web/store'],
    }).sandbox,
  ).toMatchObject({
    portBindings: [
      { hostAddress: '', hostPort: 8080, hostPortEnd: 8081, containerPort: 80, containerPortEnd: 80, protocol: 'tcp' },
      { hostAddress: '::1', hostPort: 0, hostPortEnd: 0, containerPort: 80, containerPortEnd: 80, protocol: 'tcp' },
    ],
    extraHosts: [
      { name: 'db', address: '10.0.0.9' },
      { name: 'six', address: 'fd00::9' },
      { name: 'host', address: 'host-gateway' },
    ],
    links: [
      { target: 'db', alias: 'db' },
      { target: '/cache', alias: 'store' },
    ],
  })
})

test('swap is as much as memory, unless it is said', () => {
  expect(parse({ Memory: 1 << 27 }).options.limits.memorySwapBytes).toBe(1 << 28)
  expect(parse({ Memory: 1 << 27, MemorySwap: -1 }).options.limits.memorySwapBytes).toBe(-1)
})

test('AppArmor profiles and runtimes are named as they are; whether they are there is not asked here', () => {
  expect(parse({ SecurityOpt: ['apparmor=mine'] }).options.security.apparmorProfile).toBe('mine')
  expect(parse({ SecurityOpt: ['apparmor:unconfined'] }).options.security.apparmorProfile).toBe('unconfined')
  expect(parse({}).options.security.apparmorProfile).toBeUndefined()
  expect(parse({ Runtime: 'mine' }).options.runtime).toBe('mine')
})

test('nothing is hidden from a privileged container, unless it is said', () => {
  expect(parse({ Privileged: true }).options.security).toMatchObject({ maskedPaths: [], seccomp: 'unconfined' })
  expect(parse({ Privileged: true, MaskedPaths: ['/x'] }).options.security.maskedPaths).toEqual(['/x'])
  expect(parse({}).options.security.maskedPaths).toContain('/proc/kcore')
})

describe('is refused:', () => {
  test.each<[object, string]>([
    [{ SecurityOpt: ['foo=bar'] }, 'invalid --security-opt 2: "foo=bar"'],
    [{ SecurityOpt: ['foo'] }, 'invalid --security-opt 1: "foo"'],
    [{ SecurityOpt: ['no-new-privileges=maybe'] }, 'invalid --security-opt 2: "no-new-privileges=maybe"'],
    [{ SecurityOpt: ['seccomp={'] }, 'Decoding seccomp profile failed'],
    [{ CapAdd: ['nope'] }, 'invalid CapAdd: unknown capability: "CAP_NOPE"'],
    [{ CapDrop: ['NOPE'] }, 'invalid CapDrop: unknown capability: "CAP_NOPE"'],
    [{ CpusetCpus: '7777' }, 'Requested CPUs are not available - requested 7777, available: 0'],
    [{ CpusetCpus: '1-0' }, 'Invalid value 1-0 for cpuset cpus: invalid format: 1-0'],
    [{ NanoCpus: 1e9, CpuPeriod: 1e5 }, 'Conflicting options: Nano CPUs and CPU Period cannot both be set'],
    [{ NanoCpus: 1e9, CpuQuota: 1e5 }, 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'],
    [{ CpuShares: -1 }, 'invalid CPU shares (-1): value must be a positive integer'],
    [{ Memory: -1 }, 'Minimum memory limit allowed is 6MB'],
    [{ Ulimits: [{ Name: 'nope', Soft: 1, Hard: 1 }] }, 'invalid ulimit type: nope'],
    [
      { Ulimits: [{ Name: 'nofile', Soft: 2, Hard: 1 }] },
      'ulimit soft limit must be less than or equal to hard limit: 2 > 1',
    ],
    [{ PidMode: 'foo' }, 'invalid PID mode: foo'],
    [{ IpcMode: 'foo' }, 'Invalid IPC mode: foo'],
    [{ UTSMode: 'foo' }, 'invalid UTS mode: foo'],
    [{ UsernsMode: 'foo' }, 'invalid USER mode: foo'],
    [{ CgroupnsMode: 'foo' }, 'invalid cgroup namespace mode: foo'],
    [{ Isolation: 'hyperv' }, `Invalid isolation: "hyperv" - linux only supports 'default'`],
    [{ LogConfig: { Type: 'nope' } }, 'error looking up logging plugin nope: plugin "nope" not found'],
    [{ LogConfig: { Type: 'json-file', Config: { nope: '1' } } }, "unknown log opt 'nope' for json-file log driver"],
    [{ Links: [''] }, 'empty string specified for links'],
    [{ Links: ['a:b:c'] }, 'bad format for links: a:b:c'],
  ])('%j', (hostConfig, message) => {
    expect(() => parse(hostConfig)).toThrow(message)
  })

  test.each([
    [{ Interval: 1 }, 'Interval in Healthcheck cannot be less than 1ms'],
    [{ Retries: -1 }, 'Retries in Healthcheck cannot be negative'],
  ])('the health check %j', (check, message) => {
    expect(() => parse({}, { Healthcheck: check })).toThrow(message)
  })

  test.each([
    [
      { IpcMode: 'container:web' },
      "HostConfig.IpcMode is not supported by netd yet: use the host's (--ipc host) for both",
    ],
    [{ LogConfig: { Type: 'none' } }, 'HostConfig.LogConfig.Type none is not supported by netd yet: use json-file'],
  ])('%j, which nothing here does', (hostConfig, message) => {
    expect(() => parse(hostConfig)).toThrow(expect.objectContaining({ status: 501, message }))
  })
})
