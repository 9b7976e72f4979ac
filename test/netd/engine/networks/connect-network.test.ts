/** Containers and their networks: what the kernel has, what traffic does, and what remains after a failure at every step. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeNetwork } from '../../../../netd/engine/networks/remove-network.ts'
import { renameContainer } from '../../../../netd/engine/containers/rename.ts'
import { networkSettings } from '../../../../netd/http/render/network-settings.ts'
import type { SandboxRecord } from '../../../../netd/store/records.ts'
import { eventually } from '../../../support/eventually.ts'
import { run, type RunResult } from '../../../support/run.ts'
import {
  createNetwork,
  inspectNetwork,
  connectNetwork,
  disconnectNetwork,
  openLaboratory,
  type Laboratory,
} from '../engine-in.ts'

let lab: Laboratory
let front: string
let back: string
let web: SandboxRecord

beforeAll(async () => {
  lab = await openLaboratory()
  front = (await createNetwork(lab.engine, { Name: 'front', IPAM: { Config: [{ Subnet: '10.66.0.0/24' }] } })).Id
  back = (
    await createNetwork(lab.engine, {
      Name: 'back',
      EnableIPv6: true,
      IPAM: { Config: [{ Subnet: '10.77.0.0/24' }, { Subnet: 'fd77::/64' }] },
    })
  ).Id
  web = await lab.start(lab.container('web', { [front]: { Aliases: ['www'] } }))
})
afterAll(() => lab[Symbol.asyncDispose]())

const inside = (
  container: SandboxRecord,
  command: string[],
  options: { allowFailure?: boolean } = {},
): Promise<RunResult> => run(['nsenter', `--net=${lab.sandbox(container)}`, '--', ...command], options)
const json = async <T>(container: SandboxRecord, command: string[]): Promise<T> =>
  JSON.parse((await inside(container, command)).stdout) as T
const defaults = async (container: SandboxRecord): Promise<string[]> =>
  (
    await json<{ dst: string; gateway: string; dev: string }[]>(container, ['ip', '-j', 'route', 'show', 'default'])
  ).map(({ gateway, dev }) => `${gateway} ${dev}`)
const interfaces = async (container: SandboxRecord): Promise<string[]> =>
  (await json<{ ifname: string }[]>(container, ['ip', '-j', 'link'])).map(({ ifname }) => ifname)
const pings = async (container: SandboxRecord, address: string): Promise<boolean> =>
  (await inside(container, ['ping', '-c', '1', '-W', '3', address], { allowFailure: true })).exitCode === 0
const connect = (network: string, container: SandboxRecord, EndpointConfig: object = {}): Promise<void> =>
  connectNetwork(lab.engine, network, { Container: container.name, EndpointConfig })
const disconnect = (network: string, container: SandboxRecord): Promise<void> =>
  disconnectNetwork(lab.engine, network, { Container: container.name })

describe('a container on a network', () => {
  test('has eth0 with the first free address, a MAC derived from it, and the bridge as its way out', async () => {
    const [eth0] = await json<
      { ifname: string; address: string; mtu: number; operstate: string; addr_info: object[] }[]
    >(web, ['ip', '-j', 'address', 'show', 'dev', 'eth0'])
    expect(eth0).toMatchObject({
      address: '02:42:0a:42:00:02',
      mtu: 1500,
      addr_info: [{ local: '10.66.0.2', prefixlen: 24, broadcast: '10.66.0.255' }],
    })
    expect(eth0!.addr_info).toHaveLength(1)
    expect(await defaults(web)).toEqual(['10.66.0.1 eth0'])
    expect(await pings(web, '10.66.0.1')).toBe(true)
    expect(networkSettings(lab.engine, lab.engine.store.containers.get(web.id)!).Networks['front']).toMatchObject({
      IPAddress: '10.66.0.2',
      IPPrefixLen: 24,
      Gateway: '10.66.0.1',
      MacAddress: '02:42:0a:42:00:02',
      NetworkID: front,
      Aliases: ['www'],
      DNSNames: ['web', 'www', web.id.slice(0, 12)],
    })
    expect(inspectNetwork(lab.engine, 'front').Containers[web.id]).toMatchObject({
      Name: 'web',
      IPv4Address: '10.66.0.2/24',
      MacAddress: '02:42:0a:42:00:02',
    })
  })

  test('its host end carries our mark and is a port of the bridge', async () => {
    const { hostInterface, endpointId } = web.endpoints[front]!.lease!
    const [link] = await lab.host.json<object[]>(['ip', '-d', '-j', 'link', 'show', 'dev', hostInterface])
    expect(link).toMatchObject({
      ifalias: `${lab.engine.config.tag} endpoint ${endpointId}`,
      master: `br-${front.slice(0, 12)}`,
      operstate: 'UP',
    })
  })

  test('reaches others on it at once, IPv6 included', async () => {
    const [one, other] = [
      await lab.start(lab.container('one', { [back]: {} })),
      await lab.start(lab.container('other', { [back]: {} })),
    ]
    expect(await pings(one, '10.77.0.3')).toBe(true)
    expect(await pings(one, 'fd77::3')).toBe(true)
    expect(await pings(one, '10.66.0.2')).toBe(false)
    await lab.stop(other)
    expect(await pings(one, '10.77.0.3')).toBe(false)
    // The address of one that ended is free at once, and leads to the new one.
    const next = await lab.start(lab.container('next', { [back]: {} }))
    expect(next.endpoints[back]!.lease!.ipv4).toBe('10.77.0.3/24')
    expect(await pings(one, '10.77.0.3')).toBe(true)
    for (const container of [one, next]) await lab.stop(container)
  })

  test('without inter-container communication reaches the gateway only', async () => {
    const { Id } = await createNetwork(lab.engine, {
      Name: 'quiet',
      Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.container_iface_prefix': 'net' },
    })
    const [one, other] = [
      await lab.start(lab.container('q1', { [Id]: {} })),
      await lab.start(lab.container('q2', { [Id]: {} })),
    ]
    const { gateway, ipv4 } = other.endpoints[Id]!.lease!
    expect(await interfaces(one)).toEqual(['lo', 'net0'])
    expect(await pings(one, gateway!)).toBe(true)
    expect(await pings(one, ipv4!.split('/')[0]!)).toBe(false)
    for (const container of [one, other]) await lab.stop(container)
    await removeNetwork(lab.engine, Id)
  })
})

describe('connect and disconnect', () => {
  test('a running container: the interface comes and goes, with its names, and the address is free again', async () => {
    await connect('back', web, {
      IPAMConfig: { IPv4Address: '10.77.0.9', IPv6Address: 'fd77::9' },
      MacAddress: '02:42:00:00:00:99',
      Aliases: ['backend'],
    })
    expect(await interfaces(web)).toEqual(['lo', 'eth0', 'eth1'])
    expect(inspectNetwork(lab.engine, 'back').Containers[web.id]).toMatchObject({
      IPv4Address: '10.77.0.9/24',
      IPv6Address: 'fd77::9/64',
      MacAddress: '02:42:00:00:00:99',
    })
    const peer = await lab.start(lab.container('peer', { [back]: {} }))
    expect(await pings(peer, 'fd77::9')).toBe(true)
    await expect(connect('back', peer)).rejects.toMatchObject({
      status: 403,
      message: 'endpoint with name peer already exists in network back',
    })

    await disconnect('back', web)
    expect(await interfaces(web)).toEqual(['lo', 'eth0'])
    await expect(disconnect('back', web)).rejects.toMatchObject({
      status: 500,
      message: `container ${web.id} is not connected to network back`,
    })
    const heir = await lab.start(lab.container('heir', { [back]: { IPAMConfig: { IPv4Address: '10.77.0.9' } } }))
    expect(await pings(peer, '10.77.0.9')).toBe(true)
    for (const container of [peer, heir]) await lab.stop(container)
  })

  test('the way out is the highest GwPriority, then the first name, and moves as networks come and go', async () => {
    const roamer = await lab.start(lab.container('roamer', { [front]: {} }))
    expect(await defaults(roamer)).toEqual(['10.66.0.1 eth0'])
    await connect('back', roamer)
    expect(await defaults(roamer)).toEqual(['10.77.0.1 eth1'])
    await disconnect('back', roamer)
    expect(await defaults(roamer)).toEqual(['10.66.0.1 eth0'])
    await connect('back', roamer, { GwPriority: -1 })
    expect(await defaults(roamer)).toEqual(['10.66.0.1 eth0'])
    await disconnect('front', roamer)
    expect(await defaults(roamer)).toEqual(['10.77.0.1 eth1'])
    await disconnect('back', roamer)
    expect(await interfaces(roamer)).toEqual(['lo'])
    await lab.stop(roamer)
  })

  test('has the same interfaces after a restart, in the order of connection, by the names that were asked for', async () => {
    const [third, option] = [(await createNetwork(lab.engine, { Name: 'another' })).Id, 'com.docker.network.endpoint']
    const order = [back, third, front]
    const many = await lab.start(lab.container('many', { [back]: {}, [third]: {} }))
    await connect('front', many, { DriverOpts: { [`${option}.ifname`]: 'eth2' } })
    await disconnect('another', many)
    await connect('another', many, {
      DriverOpts: { [`${option}.ifname`]: 'eth1', [`${option}.sysctls`]: 'net.ipv4.conf.ifname.log_martians=1' },
    })
    const names = (): unknown[] => order.map((id) => many.endpoints[id]!.lease!.interface)
    expect(names()).toEqual(['eth0', 'eth1', 'eth2'])
    await lab.stop(many)
    await lab.start(many)
    expect(names()).toEqual(['eth0', 'eth1', 'eth2'])
    expect((await inside(many, ['sysctl', '-n', 'net.ipv4.conf.eth1.log_martians'])).stdout).toBe('1\n')
    await lab.stop(many)
    await removeNetwork(lab.engine, third)
  })

  test.each([
    ['nosuch=1', 'there is no sysctl net.ipv4.conf.eth1.nosuch'],
    ['log_martians=x', 'net.ipv4.conf.eth1.log_martians cannot be "x"'],
  ])('a sysctl that the kernel refuses is told: %s', async (setting, reason) => {
    const sysctls = 'com.docker.network.endpoint.sysctls'
    await expect(
      connect('back', web, { DriverOpts: { [sysctls]: `net.ipv4.conf.IFNAME.${setting}` } }),
    ).rejects.toMatchObject({ status: 400, message: `invalid ${sysctls} value: ${reason}` })
    expect(await interfaces(web)).toEqual(['lo', 'eth0'])
  })

  test("a default route of the user's own stays", async () => {
    const own = await lab.start(lab.container('own', { [front]: {} }))
    await inside(own, ['ip', 'route', 'replace', 'default', 'via', '10.66.0.77'])
    await connect('back', own)
    expect(await defaults(own)).toEqual(['10.66.0.77 eth0'])
    await lab.stop(own)
  })

  test('a stopped container is on the network when it starts, and its static address is kept meanwhile', async () => {
    const later = lab.container('later')
    await connect('front', later, { IPAMConfig: { IPv4Address: '10.66.0.3' } })
    const now = await lab.start(lab.container('now', { [front]: {} }))
    expect(now.endpoints[front]!.lease!.ipv4).toBe('10.66.0.4/24')
    await lab.start(later)
    expect(later.endpoints[front]!.lease!.ipv4).toBe('10.66.0.3/24')
    for (const container of [later, now]) await lab.stop(container)
    await disconnect('front', later)
    expect(later.endpoints).toEqual({})
  })

  test('a network in use cannot be removed; one that only stopped containers know can, and is found again by its name', async () => {
    await expect(removeNetwork(lab.engine, 'front')).rejects.toMatchObject({
      status: 403,
      message: `error while removing network: network front id ${front} has active endpoints`,
    })
    const { Id } = await createNetwork(lab.engine, { Name: 'passing' })
    const stopped = lab.container('stopped', { [Id]: {} })
    await removeNetwork(lab.engine, Id.slice(0, 10))
    expect(Object.keys(stopped.endpoints)).toEqual(['passing'])
    await expect(lab.start(stopped)).rejects.toMatchObject({ status: 404, message: `network ${Id} not found` })
    const namesake = (await createNetwork(lab.engine, { Name: 'passing' })).Id
    await lab.start(stopped)
    expect(Object.keys(stopped.endpoints)).toEqual([namesake])
    await lab.stop(stopped)
  })

  test('a stopped container leaves a network that is gone, by its name, and starts on another', async () => {
    const { Id } = await createNetwork(lab.engine, { Name: 'fleeting' })
    const stopped = lab.container('orphan', { [Id]: {} })
    await removeNetwork(lab.engine, 'fleeting')
    const record = lab.engine.store.containers.get(stopped.id)!
    expect(networkSettings(lab.engine, record).Networks['fleeting']).toMatchObject({ NetworkID: Id, IPAddress: '' })
    await expect(disconnect('never', stopped)).rejects.toMatchObject({
      status: 500,
      message: `container ${stopped.id} is not connected to the network never`,
    })
    await disconnectNetwork(lab.engine, 'fleeting', { Container: stopped.id, Force: true })
    expect(stopped.endpoints).toEqual({})
    await connect('front', stopped)
    await lab.start(stopped)
    expect(Object.keys(networkSettings(lab.engine, record).Networks)).toEqual(['front'])
    await lab.stop(stopped)
  })

  test('a stopped container leaves a network that was made anew', async () => {
    const { Id } = await createNetwork(lab.engine, { Name: 'phoenix' })
    const stopped = lab.container('ash', { [Id]: {} })
    await removeNetwork(lab.engine, 'phoenix')
    const { Id: anew } = await createNetwork(lab.engine, { Name: 'phoenix' })
    await disconnectNetwork(lab.engine, anew, { Container: 'ash' })
    expect(stopped.endpoints).toEqual({})
  })

  test('a network that is removed while a container starts is known by its name at the next start', async () => {
    const { Id } = await createNetwork(lab.engine, { Name: 'fading' })
    const late = lab.container('late', { [front]: {}, [Id]: {} })
    const held = Promise.withResolvers<void>()
    const holding = lab.engine.locks.run(`network:${Id}`, () => held.promise)
    const removing = removeNetwork(lab.engine, Id)
    const starting = expect(lab.start(late)).rejects.toMatchObject({ status: 404, message: `network ${Id} not found` })
    await eventually(() => expect(late.endpoints[front]!.lease).toBeDefined())
    held.resolve()
    await Promise.all([holding, removing, starting])
    expect(Object.keys(late.endpoints)).toEqual([front, 'fading'])
    const { Id: anew } = await createNetwork(lab.engine, { Name: 'fading' })
    await lab.start(late)
    expect(Object.keys(late.endpoints)).toEqual([front, anew])
    await lab.stop(late)
  })

  test('is renamed while nothing else is done to it', async () => {
    const order: string[] = []
    const closing = lab.engine.locks.run(`container:${web.id}`, async () => {
      await lab.kernel.links(lab.host.path)
      order.push('closed')
    })
    const lonely = renameContainer(lab.engine, 'web', 'shop').then(() => order.push('renamed'))
    await Promise.all([closing, lonely])
    expect(order).toEqual(['closed', 'renamed'])
    await renameContainer(lab.engine, 'shop', 'web')
  })

  test('a hundred at once have a hundred addresses', async () => {
    const crowd = Array.from({ length: 100 }, (_, at) => lab.container(`c${at}`, { [back]: {} }))
    await Promise.all(crowd.map((container) => lab.start(container)))
    const addresses = crowd.map(({ endpoints }) => endpoints[back]!.lease!.ipv4)
    expect(new Set(addresses).size).toBe(100)
    await Promise.all(crowd.map((container) => lab.stop(container)))
    expect(inspectNetwork(lab.engine, 'back').Containers).toEqual({})
  })
})

describe('by force', () => {
  test('a container whose link somebody deleted, or whose namespace has ended, is disconnected', async () => {
    const victim = await lab.start(lab.container('victim', { [front]: {} }))
    await connect('back', victim)
    await inside(victim, ['ip', 'link', 'delete', 'eth1'])
    await disconnectNetwork(lab.engine, 'back', { Container: 'victim', Force: true })
    expect(Object.keys(victim.endpoints)).toEqual([front])

    await connect('back', victim)
    await lab.kernel.teardown([{ do: 'netns.delete', path: lab.sandbox(victim) }])
    await expect(disconnect('back', victim)).rejects.toMatchObject({ errno: 'ENOENT' })
    await disconnectNetwork(lab.engine, 'back', { Container: 'victim', Force: true })
    await disconnectNetwork(lab.engine, 'front', { Container: 'victim', Force: true })
    expect(victim.endpoints).toEqual({})
    expect(inspectNetwork(lab.engine, 'back').Containers).toEqual({})
    await lab.stop(victim)
  })

  test('one that is not there is told all the same', async () => {
    await expect(disconnectNetwork(lab.engine, 'back', { Container: 'nobody', Force: true })).rejects.toMatchObject({
      status: 404,
      message: 'No such container: nobody',
    })
  })
})

describe('names', () => {
  const script = `
const resolver = new (require('dns').promises.Resolver)()
resolver.setServers(['127.0.0.11'])
const [how, what] = process.argv.slice(1)
resolver[how](what).then((answers) => console.log(JSON.stringify(answers.toSorted())))
`
  const resolve = async (container: SandboxRecord, what: string, how = 'resolve4'): Promise<string[]> =>
    JSON.parse((await inside(container, [process.execPath, '-e', script, how, what])).stdout) as string[]

  test('a container on two networks answers by its name with both addresses, and with the network’s name after it with one', async () => {
    const asker = await lab.start(lab.container('asker', { [front]: {}, [back]: {} }))
    const both = await lab.start(lab.container('both', { [front]: { Aliases: ['alias'] }, [back]: {} }))
    const addressOn = (id: string): string => both.endpoints[id]!.lease!.ipv4!.split('/')[0]!
    const [ofFront, ofBack] = [addressOn(front), addressOn(back)]
    expect(await resolve(asker, 'both')).toEqual([ofFront, ofBack].toSorted())
    expect(await resolve(asker, 'both.front')).toEqual([ofFront])
    expect(await resolve(asker, 'BOTH.back.')).toEqual([ofBack])
    expect(await resolve(asker, 'alias.front')).toEqual([ofFront])
    expect(await resolve(asker, ofBack, 'reverse')).toEqual(['both.back'])
    for (const container of [asker, both]) await lab.stop(container)
  })
})

describe('what dockerd refuses', () => {
  const cases: [string, () => Promise<unknown>, number, string | RegExp][] = [
    [
      'no container',
      () => connectNetwork(lab.engine, 'front', { Container: '' }),
      400,
      'invalid name or ID supplied: ""',
    ],
    ['unknown container', () => connectNetwork(lab.engine, 'front', { Container: 'x' }), 404, 'No such container: x'],
    ['unknown network', () => connect('x', web), 404, 'network x not found'],
    [
      'host network',
      () => connect('host', web),
      400,
      'container cannot be disconnected from host network or connected to host network',
    ],
    [
      'none network',
      () => connect('none', web),
      400,
      'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    ],
    [
      'a container without a network of its own',
      () => connect('back', lab.container('shared', {}, { NetworkMode: 'container:web' })),
      400,
      'container sharing network namespace with another container or host cannot be connected to any other network',
    ],
    [
      'alias on the default bridge',
      () => connect('bridge', web, { Aliases: ['x'] }),
      400,
      'network-scoped alias is supported only for containers in user defined networks',
    ],
    [
      'link on the default bridge',
      () => connect('bridge', web, { Links: ['a:b'] }),
      400,
      /^links on network bridge are given when a container is made/,
    ],
    [
      'address on the default bridge',
      () => connect('bridge', web, { IPAMConfig: { IPv4Address: '172.17.0.9' } }),
      400,
      'user specified IP address is supported on user defined networks only',
    ],
    [
      'address outside',
      () => connect('back', web, { IPAMConfig: { IPv4Address: '10.99.0.9' } }),
      400,
      "Invalid address 10.99.0.9: It does not belong to any of this network's subnets (10.77.0.0/24)",
    ],
    [
      'malformed address',
      () => connect('back', web, { IPAMConfig: { IPv4Address: '10.77.0.999' } }),
      400,
      'Invalid IPv4 address: 10.77.0.999',
    ],
    [
      'the gateway',
      () => connect('back', web, { IPAMConfig: { IPv4Address: '10.77.0.1' } }),
      403,
      'Address already in use: 10.77.0.1 is the gateway of 10.77.0.0/24',
    ],
    [
      'the broadcast address',
      () => connect('back', web, { IPAMConfig: { IPv4Address: '10.77.0.255' } }),
      403,
      /^Address already in use: 10\.77\.0\.255/,
    ],
    ['malformed MAC', () => connect('back', web, { MacAddress: 'zz' }), 400, 'invalid MAC address: zz'],
    [
      'bad endpoint option',
      () => connect('back', web, { DriverOpts: { 'com.docker.network.endpoint.sysctls': 'kernel.x=1' } }),
      400,
      /com\.docker\.network\.endpoint\.sysctls/,
    ],
  ]
  test.each(cases)('%s', async (_title, attempt, status, message) => {
    await expect(attempt()).rejects.toMatchObject({
      status,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
    expect(await interfaces(web)).toEqual(['lo', 'eth0'])
  })

  test('an address that another container has, named', async () => {
    const holder = await lab.start(lab.container('holder', { [back]: { IPAMConfig: { IPv4Address: '10.77.0.50' } } }))
    await expect(connect('back', web, { IPAMConfig: { IPv4Address: '10.77.0.50' } })).rejects.toMatchObject({
      status: 403,
      message: 'Address already in use: 10.77.0.50 is held by container holder',
    })
    await lab.stop(holder)
  })
})
