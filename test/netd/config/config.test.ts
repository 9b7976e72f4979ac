/** Settings: flags, a file as dockerd's daemon.json, and defaults. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveConfig } from '../../../netd/config/defaults.ts'
import { mergeSettings, readConfigFile } from '../../../netd/config/file.ts'
import { parseFlags } from '../../../netd/config/flags.ts'
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

test('without any setting the daemon is where the documentation says', () => {
  expect(resolveConfig({})).toMatchObject({
    hosts: ['unix:///run/trestle/netd.sock'],
    dataRoot: '/var/lib/trestle',
    bip: '172.17.0.1/16',
    tag: 'trestle',
  })
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
    ['{"mtu": "big"}', /netd\.json: mtu: .*expected number/],
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
