/** /etc/hostname, /etc/hosts and /etc/resolv.conf: what dockerd writes there, and what the user wrote stays. */
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostResolver } from '../../../../netd/engine/host-resolver.ts'
import type { SandboxRecord } from '../../../../netd/store/records.ts'
import { createNetwork, connectNetwork, disconnectNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory
let bridge: string
let front: string

beforeAll(async () => {
  lab = await openLaboratory()
  bridge = lab.engine.store.networks.find(({ name }) => name === 'bridge')!.id
  front = (await createNetwork(lab.engine, { Name: 'front', IPAM: { Config: [{ Subnet: '10.66.0.0/24' }] } })).Id
})
afterAll(() => lab[Symbol.asyncDispose]())

const path = ({ id }: SandboxRecord, name: string): string => join(lab.engine.config.dataRoot, 'containers', id, name)
const read = (container: SandboxRecord, name: string): Promise<string> => readFile(path(container, name), 'utf8')

const everyHost =
  '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n'

test('hosts has what every host has, what was asked for, and the container itself on each of its networks', async () => {
  const web = lab.container(
    'web',
    { [front]: {} },
    { ExtraHosts: ['db:10.9.9.9', 'six:[fd00::9]', 'host.docker.internal:host-gateway'] },
  )
  web.hostname = 'www'
  web.domainname = 'example.org'
  await lab.start(web)
  const itself = '10.66.0.2\twww.example.org www\n'
  const asked = '10.9.9.9\tdb\nfd00::9\tsix\n172.17.0.1\thost.docker.internal\n'
  expect(await read(web, 'hosts')).toBe(`${everyHost}${asked}${itself}`)
  expect(await read(web, 'hostname')).toBe('www\n')

  await connectNetwork(lab.engine, 'bridge', { Container: 'web' })
  expect(await read(web, 'hosts')).toBe(`${everyHost}${asked}${itself}172.17.0.2\twww.example.org www\n`)
  await disconnectNetwork(lab.engine, 'bridge', { Container: 'web' })
  expect(await read(web, 'hosts')).toBe(`${everyHost}${asked}${itself}`)
  await lab.stop(web)
})

test('resolv.conf names the embedded resolver on a user-defined network', async () => {
  const { search, options } = hostResolver()
  const web = await lab.start(lab.container('named', { [front]: {} }))
  const lines = (await read(web, 'resolv.conf')).split('\n')
  expect(lines.filter((line) => line.startsWith('nameserver'))).toEqual(['nameserver 127.0.0.11'])
  expect(lines.some((line) => line.startsWith('search'))).toBe(search.length > 0)
  expect(lines).toContain(
    `options ${[...options, ...(options.some((option) => option.startsWith('ndots:')) ? [] : ['ndots:0'])].join(' ')}`,
  )
  await lab.stop(web)
})

test('resolv.conf says what --dns, --dns-search and --dns-option say; `.` is for no search list', async () => {
  const own = {
    Dns: ['192.0.2.53', '127.0.0.1'],
    DnsSearch: ['example.org', 'example.net'],
    DnsOptions: ['ndots:2', 'timeout:1'],
  }
  const plain = await lab.start(lab.container('plain', { [bridge]: {} }, own))
  // One on loopback is the container's own, as was asked for.
  expect(await read(plain, 'resolv.conf')).toBe(
    'search example.org example.net\nnameserver 192.0.2.53\nnameserver 127.0.0.1\noptions ndots:2 timeout:1\n',
  )
  const embedded = await lab.start(lab.container('embedded', { [front]: {} }, { ...own, DnsSearch: ['.'] }))
  expect(await read(embedded, 'resolv.conf')).toBe('nameserver 127.0.0.11\noptions ndots:2 timeout:1\n')
  for (const container of [plain, embedded]) await lab.stop(container)
})

test('a file that the user edited stays as it is, through every change and the next start; the others follow', async () => {
  const web = await lab.start(lab.container('edited', { [front]: {} }, { Dns: ['192.0.2.53'] }))
  const { ino } = await stat(path(web, 'hosts'))
  await appendFile(path(web, 'hosts'), '10.1.1.1\tmine\n')
  const edited = await read(web, 'hosts')
  await connectNetwork(lab.engine, 'bridge', { Container: 'edited' })
  await disconnectNetwork(lab.engine, 'front', { Container: 'edited' })
  expect(await read(web, 'hosts')).toBe(edited)
  // No user-defined network, no resolver of ours.
  expect(await read(web, 'resolv.conf')).toMatch(/^nameserver 192\.0\.2\.53$/m)
  await lab.stop(web)
  await lab.start(web)
  expect(await read(web, 'hosts')).toBe(edited)
  // A bind mount shows the file that it was made of: a new one in its place would never be seen.
  expect((await stat(path(web, 'hosts'))).ino).toBe(ino)

  await writeFile(path(web, 'resolv.conf'), 'x'.repeat(2 << 20))
  await connectNetwork(lab.engine, 'front', { Container: 'edited' })
  expect((await stat(path(web, 'resolv.conf'))).size).toBe(2 << 20)
  await lab.stop(web)
})
