/** A daemon that starts again: what runs is not touched, what is left over goes. */
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { replaceLostSandboxes, setAsideOrphanSandboxes } from '../../../../netd/engine/containers/pair-sandboxes.ts'
import { removeNetwork } from '../../../../netd/engine/networks/remove-network.ts'
import { restoreNetworks } from '../../../../netd/engine/system/restore-networks.ts'
import { adoptSandboxes } from '../../../../netd/engine/sandbox/adopt-sandboxes.ts'
import { birthGroup } from '../../../../netd/kernel/birth-group.ts'
import { run } from '../../../support/run.ts'
import { listening } from '../../../support/listening.ts'
import { createNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory()
})
afterAll(() => lab[Symbol.asyncDispose]())

const restart = async (): Promise<void> => {
  lab.reconnectDataPlane()
  await restoreNetworks(lab.engine)
  await adoptSandboxes(lab.engine, (id) => lab.engine.lives.of(id).pid !== undefined)
}

test('running containers keep lease, links and ports; those that died are collected; twice is the same', async () => {
  const { Id } = await createNetwork(lab.engine, { Name: 'front' })
  const living = await lab.start(
    lab.container('living', { [Id]: {} }, { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } }),
  )
  const dead = await lab.start(
    lab.container('dead', { [Id]: {} }, { PortBindings: { '81/tcp': [{ HostPort: '8081' }] } }),
  )
  // Only the living has a process; of the other the daemon has not seen the end.
  lab.engine.lives.of(living.id).pid = process.pid
  const { lease } = living.endpoints[Id]!
  const gone = dead.endpoints[Id]!.lease!.hostInterface

  await restart()
  expect(living.endpoints[Id]!.lease).toEqual(lease)
  expect(dead.endpoints[Id]!.lease).toBeUndefined()
  expect(await listening(lab.host)).toEqual(['tcp 0.0.0.0:8080', 'tcp [::]:8080'])
  const ruleset = (await lab.host.run(['nft', 'list', 'ruleset'])).stdout
  expect(ruleset).toMatch(/tcp \. 8080 : 172\.18\.0\.2 \. 80/)
  expect(ruleset).not.toContain('8081')
  const links = (await lab.host.run(['ip', '-br', 'link'])).stdout
  expect(links).toContain(lease!.hostInterface)
  expect(links).not.toContain(gone)
  await run(['nsenter', `--net=${lab.sandbox(living)}`, '--', 'ping', '-c', '1', '-W', '1', '172.18.0.1'])

  const before = await lab.traces()
  await restart()
  expect(await lab.traces()).toEqual(before)
})

test('a link that a daemon was killed over before it had its mark goes, and nobody else’s', async () => {
  const group = String(birthGroup(lab.engine.config.tag))
  await lab.host.run(['ip', 'link', 'add', 'br-half', 'group', group, 'type', 'bridge'])
  await lab.host.run(['ip', 'link', 'add', 'half', 'group', group, 'type', 'veth', 'peer', 'name', 'peer'])
  await lab.host.run(['ip', 'link', 'add', 'br-other', 'group', '7', 'type', 'bridge'])
  await restart()
  const links = (await lab.host.run(['ip', '-br', 'link'])).stdout
  expect(links).not.toMatch(/half|peer/)
  expect(links).toContain('br-other')
  await lab.host.run(['ip', 'link', 'delete', 'br-other'])
})

test('pins of nobody go, mounted or not, and one in the way of a start is no matter', async () => {
  const [plain, mounted] = ['1'.repeat(64), '2'.repeat(64)].map((id) => lab.sandbox({ id }))
  const late = lab.container('late')
  await mkdir(dirname(plain!), { recursive: true })
  for (const path of [plain!, lab.sandbox(late)]) await writeFile(path, '')
  await lab.kernel.apply([{ do: 'netns.create', path: mounted! }])
  await lab.start(late)
  lab.engine.lives.of(late.id).pid = process.pid
  const said = lab.messages.length
  await restart()
  expect(lab.messages.slice(said)).toEqual([])
  expect([existsSync(plain!), existsSync(mounted!), existsSync(lab.sandbox(late))]).toEqual([false, false, true])
  await lab.stop(late)
  expect(lab.messages.slice(said)).toEqual([])
  expect(existsSync(lab.sandbox(late))).toBe(false)
})

test('a record that makes no sense costs its own container the network, and nobody else anything', async () => {
  const { Id } = await createNetwork(lab.engine, { Name: 'mixed', Options: { 'trestle.bridge.anti_spoofing': 'true' } })
  const [sound, odd] = await Promise.all(['sound', 'odd'].map((name) => lab.start(lab.container(name, { [Id]: {} }))))
  for (const { id } of [sound!, odd!]) lab.engine.lives.of(id).pid = process.pid
  Object.assign(odd!.endpoints[Id]!.lease!, { ipv4: 5 })
  const { lease } = sound!.endpoints[Id]!
  await restart()
  expect(lab.messages.at(-1)).toMatch(/^container odd: its network cannot be adopted/)
  expect([sound!.endpoints[Id]!.lease, odd!.endpoints[Id]!.lease]).toEqual([lease, undefined])
  const links = (await lab.host.run(['ip', '-br', 'link'])).stdout
  expect(links).toContain(lease!.hostInterface)
  for (const sandbox of [sound!, odd!]) await lab.stop(sandbox)
})

test('a container whose network was lost has that of its mode; the network of one that is gone is set aside', async () => {
  const [torn, orphan] = [lab.container('torn'), lab.container('orphan')]
  lab.engine.store.sandboxes.delete(torn.id)
  lab.engine.store.containers.delete(orphan.id)
  replaceLostSandboxes(lab.engine)
  await setAsideOrphanSandboxes(lab.engine)
  const bridge = lab.engine.store.networks.find(({ name }) => name === 'bridge')!
  expect(Object.keys(lab.engine.store.sandboxes.get(torn.id)!.endpoints)).toEqual([bridge.id])
  expect(lab.engine.store.sandboxes.get(orphan.id)).toBeUndefined()
})

test.each<[what: string, change: object, reason: string]>([
  ['of an unknown driver', { driver: 'overlay' }, 'plugin "overlay" not found'],
  ['without its bridge', { driverState: {} }, 'network odd has no bridge'],
  ['of macvlan without its parent', { driver: 'macvlan', driverState: {} }, 'network odd has no parent'],
  ['with a subnet that is none', { pools: [{ subnet: '10.0.0.0', gateway: '' }] }, '10.0.0.0 is no subnet'],
])(
  'a network %s is set aside, and every other is there; one of its name takes its place',
  async (_, change, reason) => {
    const { networks } = lab.engine.store
    const [{ Id }, { Id: fine }] = [
      await createNetwork(lab.engine, { Name: 'odd' }),
      await createNetwork(lab.engine, { Name: 'fine' }),
    ]
    const container = await lab.start(lab.container('user', { [Id]: {}, [fine]: {} }))
    lab.engine.lives.of(container.id).pid = process.pid
    networks.put(Id, { ...networks.get(Id)!, ...change })
    const said = lab.messages.length
    await restart()
    expect(lab.messages.slice(said)).toEqual([
      `network odd cannot be read (${reason}): it is set aside, in the table set_aside; create it again`,
    ])
    expect(networks.get(Id)).toBeUndefined()
    expect(container.endpoints[fine]!.lease).toBeDefined()
    await lab.stop(container)
    const { Id: anew } = await createNetwork(lab.engine, { Name: 'odd' })
    await lab.start(container)
    expect(Object.keys(container.endpoints)).toEqual([anew, fine])
    await lab.stop(container)
    for (const id of [anew, fine]) await removeNetwork(lab.engine, id)
    lab.engine.store.sandboxes.delete(container.id)
    lab.engine.store.containers.delete(container.id)
  },
)

test('a bridge that somebody deleted stands again, and the firewall that somebody flushed is whole', async () => {
  const { Id } = await createNetwork(lab.engine, { Name: 'back' })
  const before = await lab.host.json<object[]>(['ip', '-j', '-4', 'address', 'show', 'dev', `br-${Id.slice(0, 12)}`])
  await lab.host.run(['ip', 'link', 'delete', `br-${Id.slice(0, 12)}`])
  await lab.host.run(['nft', 'flush', 'ruleset'])
  await restart()
  const after = await lab.host.json<object[]>(['ip', '-j', '-4', 'address', 'show', 'dev', `br-${Id.slice(0, 12)}`])
  const addresses = (list: object[]): unknown => list.map((item) => (item as { addr_info: object }).addr_info)
  expect(addresses(after)).toEqual(addresses(before))
  expect((await lab.host.run(['nft', 'list', 'ruleset'])).stdout).toContain(`br-${Id.slice(0, 12)}`)
})

test('a marked bridge that belongs to no network is collected; an unmarked one is not ours', async () => {
  const { tag } = lab.engine.config
  await lab.host.run([
    'sh',
    '-c',
    `ip link add br-stray type bridge && ip link set br-stray alias '${tag} network ${'0'.repeat(64)}' && ip link add br-mine type bridge`,
  ])
  await restart()
  const links = (await lab.host.run(['ip', '-br', 'link'])).stdout
  expect(links).not.toContain('br-stray')
  expect(links).toContain('br-mine')
})
