import { expect, test, describe } from 'vitest'
import { createContainerRequest, type RunFlags } from '../../../src/request/container.ts'
import { parseMount, parseVolume } from '../../../src/request/mounts.ts'
import { createNetworkRequest } from '../../../src/request/create-network.ts'
import { parseNetwork } from '../../../src/request/networks.ts'
import { parsePorts } from '../../../src/request/ports.ts'
import { parseTime } from '../../../src/request/time.ts'
import {
  parseBytes,
  parseExtraHost,
  parseNanoCpus,
  parseVariable,
  parseVariableFile,
} from '../../../src/request/values.ts'

describe('published ports', () => {
  test.each([
    ['80', { '80/tcp': [{ HostIp: '', HostPort: '' }] }],
    ['8080:80/udp', { '80/udp': [{ HostIp: '', HostPort: '8080' }] }],
    ['127.0.0.1::80', { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] }],
    ['[::1]:8080:80', { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] }],
    ['::1:8080:80', { '80/tcp': [{ HostIp: '::1', HostPort: '8080' }] }],
    [
      '8080-8081:80-81/SCTP',
      { '80/sctp': [{ HostIp: '', HostPort: '8080' }], '81/sctp': [{ HostIp: '', HostPort: '8081' }] },
    ],
    ['8000-9000:80', { '80/tcp': [{ HostIp: '', HostPort: '8000-9000' }] }],
    ['published=8080,target=80,protocol=udp', { '80/udp': [{ HostIp: '', HostPort: '8080' }] }],
  ])('%s', (text, bindings) => {
    expect(parsePorts([text])).toEqual({
      bindings,
      exposed: Object.fromEntries(Object.keys(bindings).map((port) => [port, {}])),
    })
  })

  test('two of one container port are both kept; exposed ones have no binding', () => {
    expect(parsePorts(['80:80', '81:80'], ['9-10/udp'])).toEqual({
      bindings: {
        '80/tcp': [
          { HostIp: '', HostPort: '80' },
          { HostIp: '', HostPort: '81' },
        ],
      },
      exposed: { '80/tcp': {}, '9/udp': {}, '10/udp': {} },
    })
  })
})

describe('mounts', () => {
  test.each([
    ['/data', { volume: '/data' }],
    ['/a:/b:ro,z', { bind: '/a:/b:ro,z' }],
    ['name:/b', { bind: 'name:/b' }],
    ['./a:/b', { bind: '/here/a:/b' }],
    ['../a:/b', { bind: '/a:/b' }],
  ])('-v %s', (text, mount) => {
    expect(parseVolume(text, '/here')).toEqual(mount)
  })

  test.each([
    ['type=bind,source=./a,target=/b,ro', { Type: 'bind', Source: '/here/a', Target: '/b', ReadOnly: true }],
    [
      'type=bind,src=/a,dst=/b,readonly=false,bind-propagation=rslave',
      { Type: 'bind', Source: '/a', Target: '/b', ReadOnly: false, BindOptions: { Propagation: 'rslave' } },
    ],
    [
      'type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1770',
      { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1048576, Mode: 0o1770 } },
    ],
    ['"source=/a,b",target=/b', { Type: 'volume', Source: '/a,b', Target: '/b' }],
  ])('--mount %s', (text, mount) => {
    expect(parseMount(text, '/here')).toEqual(mount)
  })
})

test('values have units, fractions and names as docker reads them', () => {
  expect(['512', '64m', '1.5GiB', '2kb', '7b'].map(parseBytes)).toEqual([512, 67108864, 1610612736, 2048, 7])
  expect(['0.5', '2', '1/4'].map(parseNanoCpus)).toEqual([5e8, 2e9, 2.5e8])
  expect(['a:1.2.3.4', 'a=::1', 'a:[::1]', 'host:host-gateway'].map(parseExtraHost)).toEqual([
    'a:1.2.3.4',
    'a:::1',
    'a:::1',
    'host:host-gateway',
  ])
})

test('variables without a value are inherited, in files only where they are set', () => {
  const environment = { HOME: '/root' }
  expect(['A=b=c', 'HOME', 'UNSET'].map((text) => parseVariable(text, environment))).toEqual([
    'A=b=c',
    'HOME=/root',
    'UNSET',
  ])
  expect(parseVariableFile('# said\n\n  A=b c\r\nHOME\nUNSET\nE=', environment)).toEqual(['A=b c', 'HOME=/root', 'E='])
  expect(() => parseVariableFile('A B=c', environment)).toThrow("variable 'A B' contains whitespaces")
})

test('times are durations before now, dates, or unix seconds', () => {
  const now = new Date('2026-01-02T00:00:00Z')
  expect(['1h30m', '10s', '2026-01-01T00:00:00Z', '12.5'].map((text) => parseTime(text, now))).toEqual([
    '1767306600.000',
    '1767311990.000',
    '1767225600.000',
    '12.5',
  ])
  expect(() => parseTime('yesterday', now)).toThrow('invalid time "yesterday"')
})

describe('networks of a container', () => {
  const request = (flags: RunFlags) =>
    createContainerRequest('image', [], flags, { fileVariables: [], workingDirectory: '/' })

  test('there is the default one where none is named', () => {
    const { HostConfig, NetworkingConfig } = request({})
    expect([HostConfig?.NetworkMode, NetworkingConfig]).toEqual(['default', { EndpointsConfig: {} }])
  })

  test('flags belong to the first', () => {
    const { HostConfig, NetworkingConfig } = request({
      network: [parseNetwork('lan'), parseNetwork('name=dmz,alias=a,alias=b,ip=10.1.0.2,gw-priority=5,driver-opt=k=v')],
      ip: '10.0.0.2',
      networkAlias: ['www'],
    })
    expect(HostConfig?.NetworkMode).toBe('lan')
    expect(NetworkingConfig?.EndpointsConfig).toEqual({
      lan: { IPAMConfig: { IPv4Address: '10.0.0.2' }, Aliases: ['www'] },
      dmz: { Aliases: ['a', 'b'], IPAMConfig: { IPv4Address: '10.1.0.2' }, GwPriority: 5, DriverOpts: { k: 'v' } },
    })
  })

  test('host, none and container: have no endpoint', () => {
    for (const mode of ['host', 'none', 'container:web']) {
      const { HostConfig, NetworkingConfig } = request({ network: [parseNetwork(mode)] })
      expect([HostConfig?.NetworkMode, NetworkingConfig]).toEqual([mode, { EndpointsConfig: {} }])
    }
  })
})

test('what run attaches to', () => {
  const attached = (flags: RunFlags) => {
    const { AttachStdin, AttachStdout, AttachStderr, OpenStdin, StdinOnce } = createContainerRequest(
      'image',
      ['true'],
      flags,
      { fileVariables: [], workingDirectory: '/' },
    )
    return [AttachStdin, AttachStdout, AttachStderr, OpenStdin, StdinOnce]
  }
  expect(attached({})).toEqual([false, true, true, false, false])
  expect(attached({ interactive: true })).toEqual([true, true, true, true, true])
  expect(attached({ interactive: true, detach: true })).toEqual([false, false, false, true, false])
  expect(attached({ attach: ['stdout'] })).toEqual([false, true, false, false, false])
})

test('gateways, ranges and kept addresses of a network go to the subnet that holds them', () => {
  const flags = {
    driver: 'bridge',
    ipamDriver: 'default',
    subnet: ['10.0.0.0/24', 'fd00::/64'],
    gateway: ['fd00::1', '10.0.0.254'],
    ipRange: ['10.0.0.128/25'],
    auxAddress: { printer: '10.0.0.9' },
  }
  expect(createNetworkRequest('lan', flags).IPAM?.Config).toEqual([
    {
      Subnet: '10.0.0.0/24',
      Gateway: '10.0.0.254',
      IPRange: '10.0.0.128/25',
      AuxiliaryAddresses: { printer: '10.0.0.9' },
    },
    { Subnet: 'fd00::/64', Gateway: 'fd00::1' },
  ])
})
