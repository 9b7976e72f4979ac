/** Settings: flags, a file as dockerd's daemon.json, and defaults. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveConfig } from '../../../netd/config/defaults.ts'
import { readConfigFile } from '../../../netd/config/file.ts'
import { parseFlags } from '../../../netd/config/flags.ts'
import { mergeSettings } from '../../../netd/config/settings.ts'
import { parseHost } from '../../../netd/http/hosts.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/trestle-config-`)
})
afterAll(() => rm(folder, { recursive: true }))

async function file(content: string): Promise<string> {
  const path = `${folder}/netd.json`
  await writeFile(path, content)
  return path
}

test('flags have the names of dockerd', () => {
  const { settings } = parseFlags([
    '-H',
    'unix:///a',
    '-H',
    'unix:///b',
    '--data-root',
    '/d',
    '--default-address-pool',
    'base=10.0.0.0/8,size=24',
    '--icc=false',
    '-D',
  ])
  expect(resolveConfig(settings)).toMatchObject({
    hosts: ['unix:///a', 'unix:///b'],
    dataRoot: '/d',
    defaultAddressPools: [{ base: '10.0.0.0/8', size: 24 }],
    isIcc: false,
    logLevel: 'debug',
  })
})

test.each([
  [['--mtu', '1'], '--mtu 1: expected a whole number of bytes from 68 to 65535'],
  [['--mtu', 'big'], '--mtu big: expected a whole number'],
  [['--bip', 'hello'], '--bip hello: expected an IPv4 address with a prefix length'],
  [['--bip', '10.0.0.1/31'], '--bip 10.0.0.1/31: a bridge and a container need two addresses'],
  [
    ['--default-address-pool', 'base=nonsense,size=99'],
    '--default-address-pool base=nonsense,size=99: the base is not',
  ],
  [['--default-address-pool', 'base=10.0.0.0/8'], '--default-address-pool base=10.0.0.0/8: expected base=CIDR,size='],
  [['--default-address-pool', 'base=10.0.0.0/8,size=4'], '--default-address-pool base=10.0.0.0/8,size=4: the size is'],
  [['--dns', '1.1.1.1', '--dns', 'here'], '--dns here: expected an IP address'],
  [['--add-runtime', 'mine'], '--add-runtime mine: expected NAME=PATH'],
  [['--add-runtime', 'runc=/bin/x'], '--add-runtime runc=/bin/x: the names runc and io.containerd.… are reserved'],
  [['--add-runtime', 'a b=/bin/x'], '--add-runtime a b=/bin/x: the name of a runtime has letters'],
  [
    ['--exec-opt', 'native.cgroupdriver=foo'],
    '--exec-opt native.cgroupdriver=foo: expected native.cgroupdriver=cgroupfs or',
  ],
  [['--icc=perhaps'], '--icc perhaps: expected true or false'],
  [['--log-level', 'loud'], '--log-level loud: expected debug, info, warn or error'],
])('%j is refused with flag and value', (argv, sentence) => {
  expect(() => parseFlags(argv)).toThrow(sentence)
})

test.each(['1', 't', 'T', 'true', 'TRUE', 'True'])('a boolean may be said as Go says it: %s', (word) => {
  expect(parseFlags([`--icc=${word}`, '--tls']).settings).toEqual({ icc: true, tls: true })
})

test('without any setting the daemon is where the documentation says', () => {
  expect(resolveConfig({})).toMatchObject({
    hosts: ['unix:///run/trestle/netd.sock'],
    dataRoot: '/var/lib/trestle',
    bip: '172.17.0.1/16',
    tag: 'trestle',
  })
})

test('runtimes come by flags and by the file; the default one has to be among them', async () => {
  const flags = ['--add-runtime', 'one=/bin/one', '--add-runtime', 'two=two', '--default-runtime', 'two']
  const { settings } = parseFlags([...flags, '--exec-opt', 'native.cgroupdriver=systemd'])
  expect(resolveConfig(settings)).toMatchObject({
    runtimes: { one: { path: '/bin/one' }, two: { path: 'two' } },
    defaultRuntime: 'two',
    isSystemdCgroup: true,
  })
  expect(readConfigFile(await file('{"runtimes": {"one": {"path": "/bin/one"}}, "default-runtime": "one"}'))).toEqual({
    runtimes: { one: { path: '/bin/one' } },
    'default-runtime': 'one',
  })
  const withArgs = await file('{"runtimes": {"one": {"path": "/bin/one", "runtimeArgs": ["--x"]}}}')
  expect(() => readConfigFile(withArgs)).toThrow(/runtimes\.one: .*as \{"path"/)
  expect(() => resolveConfig({ 'default-runtime': 'nope' })).toThrow("specified default runtime 'nope' does not exist")
  expect(resolveConfig({}).defaultRuntime).toBeUndefined()
})

test('two data roots have two tags and two identities', () => {
  const [one, other] = [resolveConfig({ 'data-root': '/one' }), resolveConfig({ 'data-root': '/other' })]
  expect(one.tag).not.toBe(other.tag)
  expect(one.daemonId).not.toBe(other.daemonId)
})

describe('a config file', () => {
  test('holds what flags hold', async () => {
    expect(
      resolveConfig(readConfigFile(await file('{"hosts": ["unix:///x"], "mtu": 1400, "dns": ["10.0.0.1"]}'))),
    ).toMatchObject({ hosts: ['unix:///x'], mtu: 1400, dns: ['10.0.0.1'] })
  })

  test.each([
    ['{"mtu": "big"}', /netd\.json: mtu: expected a whole number of bytes from 68 to 65535/],
    ['{"mtu": 1}', /netd\.json: mtu: expected a whole number/],
    ['{"bip": "hello"}', /netd\.json: bip: expected an IPv4 address with a prefix length/],
    [
      '{"default-address-pools": [{"base": "nonsense", "size": 99}]}',
      /default-address-pools\.0: the base is not a subnet/,
    ],
    ['{"icc": "yes"}', /netd\.json: icc: expected true or false/],
    ['{"no-such-setting": 1}', /Unrecognized key: "no-such-setting"/],
    ['{', /netd\.json: .*JSON/],
  ])('%s is refused with the place of the mistake', async (content, sentence) => {
    const path = await file(content)
    expect(() => readConfigFile(path)).toThrow(sentence)
  })

  test('may not repeat a flag', () => {
    expect(() => mergeSettings({ mtu: 1400 }, { mtu: 1500 }, 'f.json')).toThrow(
      'the following directives are specified both as a flag and in the configuration file: mtu: (from flag: 1400, from file: 1500)',
    )
  })

  test('that is asked for has to be there', () => {
    expect(() => readConfigFile('/no/such/file')).toThrow('--config-file /no/such/file: ENOENT')
  })
})

test.each([['relative'], ['unix://relative'], ['tcp://'], [`unix:///${'x'.repeat(120)}`]])(
  'the host %s is refused',
  (host) => {
    expect(() => parseHost(host)).toThrow(`--host ${host}: `)
  },
)
