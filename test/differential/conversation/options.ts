/** What inspect gives back of a HostConfig, to the letter, and what is refused when a container is created. */
import { image, type Step } from './step.ts'

const lists = [
  'Binds',
  'VolumesFrom',
  'CapAdd',
  'CapDrop',
  'Dns',
  'DnsOptions',
  'DnsSearch',
  'ExtraHosts',
  'GroupAdd',
  'Links',
  'SecurityOpt',
  'Devices',
  'DeviceCgroupRules',
  'Ulimits',
  'Mounts',
  'MaskedPaths',
  'ReadonlyPaths',
]
const maps = ['PortBindings', 'Tmpfs', 'Sysctls']
const of = (names: string[], value: unknown): object => Object.fromEntries(names.map((name) => [name, value]))

/** dockerd since 26 shows what a default means; this is for one that does not. */
function asSince26(key: string, value: any): unknown {
  if (key === 'NetworkMode' && value === 'default') return 'bridge'
  return key === 'RestartPolicy' && value.Name === '' ? { ...value, Name: 'no' } : value
}

const full = {
  Binds: ['/etc:/a:ro', '/c'],
  LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
  PortBindings: { '80/tcp': [{ HostPort: '8089' }, { HostIp: '127.0.0.1' }], '82/tcp': null, '83/tcp': [] },
  RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
  CapAdd: ['net_admin', 'CAP_KILL'],
  CapDrop: ['all'],
  Dns: ['192.0.2.1'],
  DnsSearch: ['example.org'],
  ExtraHosts: ['a:192.0.2.2'],
  GroupAdd: ['1'],
  Links: ['web:alias'],
  SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'],
  Sysctls: { 'net.ipv4.ip_forward': '1' },
  Devices: [
    { PathOnHost: '/dev/null' },
    { PathOnHost: '/dev/zero', PathInContainer: '/dev/x', CgroupPermissions: 'r' },
  ],
  Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }],
  Memory: 100 << 20,
  NanoCpus: 5e8,
  MemoryReservation: 50 << 20,
  MemorySwappiness: 5,
  OomKillDisable: true,
  CpusetCpus: '0',
  CpusetMems: '0',
  BlkioDeviceReadBps: [{ Path: '/dev/loop0', Rate: 4096 }],
  CgroupnsMode: 'private',
  UTSMode: 'host',
  UsernsMode: 'host',
  Init: true,
  PidsLimit: -1,
  ShmSize: 1 << 20,
  Tmpfs: { '/t': 'size=1m' },
  Mounts: [
    { Type: 'bind', Source: '/etc', Target: '/q', ReadOnly: true },
    { Type: 'tmpfs', Target: '/s', TmpfsOptions: { SizeBytes: 4096 } },
  ],
  PidMode: 'container:web',
  ConsoleSize: [24, 80],
  MaskedPaths: ['/proc/kcore'],
}

const shown: [string, { MaskedPaths?: unknown }][] = [
  ['zeroes', { Memory: 0, MemorySwappiness: -1, PidsLimit: 0, IpcMode: '', RestartPolicy: {} }],
  ['nulls', of([...lists, ...maps], null)],
  ['empty lists', { ...of(lists, []), ...of(maps, {}), RestartPolicy: {}, Init: false }],
  ['everything', full],
  ['privileged', { Privileged: true }],
  ['the network of another', { NetworkMode: 'container:web' }],
]

const refused: [string, object][] = [
  ['security option', { SecurityOpt: ['foo=bar'] }],
  ['security option without a value', { SecurityOpt: ['foo'] }],
  ['capability', { CapAdd: ['NOPE'] }],
  ['dropped capability', { CapDrop: ['nope'] }],
  ['processor', { CpusetCpus: '77' }],
  ['processors', { CpusetCpus: '1-0' }],
  ['memory', { Memory: -1 }],
  ['swap', { Memory: 100 << 20, MemorySwap: 50 << 20 }],
  ['memory reservation', { Memory: 100 << 20, MemoryReservation: 200 << 20 }],
  ['swappiness', { MemorySwappiness: 101 }],
  ['memory node', { CpusetMems: '77' }],
  ['two ways to limit', { NanoCpus: 1e9, CpuPeriod: 1e5 }],
  ['cgroup namespace', { CgroupnsMode: 'foo' }],
  ['isolation', { Isolation: 'foo' }],
  ['log driver', { LogConfig: { Type: 'nope' } }],
  ['log option', { LogConfig: { Type: 'json-file', Config: { nope: '1' } } }],
  ['process namespace', { PidMode: 'container:nothere' }],
  ['link', { Links: ['nothere'] }],
  ['link of nothing', { Links: [''] }],
]

export const options: Step[] = [
  ...shown.flatMap(([what, HostConfig], at): Step[] => {
    const id = `option${at}`
    return [
      {
        name: `container create, ${what}`,
        method: 'POST',
        path: `/containers/create?name=${id}`,
        body: { Image: image, HostConfig },
        capture: id,
      },
      {
        name: `container inspect, ${what}`,
        method: 'GET',
        path: `/containers/{${id}}/json`,
        // ReadonlyPaths and MaskedPaths that nobody gave are each daemon's own.
        values: ({ HostConfig: { MaskedPaths, ReadonlyPaths: _readonlyPaths, ...rest }, Config }) => [
          Object.keys(rest)
            .toSorted((one, other) => (one < other ? -1 : 1))
            // Gone from the API with 1.42.
            .filter((key) => !key.startsWith('KernelMemory'))
            .map((key) => [key, asSince26(key, rest[key])]),
          'MaskedPaths' in HostConfig && HostConfig.MaskedPaths !== null ? MaskedPaths : undefined,
          Config.Entrypoint,
          Config.Cmd,
          Config.WorkingDir,
        ],
      },
      { name: `container rm, ${what}`, method: 'DELETE', path: `/containers/{${id}}?v=1` },
    ]
  }),
  ...refused.map(([what, HostConfig]): Step => ({
    name: `container create, bad ${what}`,
    method: 'POST',
    path: '/containers/create',
    body: { Image: image, HostConfig },
  })),
]
