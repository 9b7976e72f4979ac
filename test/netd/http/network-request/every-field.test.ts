/** Every field and option that API 1.45 has for networks and endpoints: obeyed, refused with a sentence, or warned about. */
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createNetworkRequest,
  endpointIpamConfig,
  endpointRequest,
  ipam,
  ipamPool,
} from '../../../../api/docker/networks.ts'
import { antiSpoofing } from '../../../../api/trestle/options.ts'
import { generic } from '../../../../netd/drivers/network-options.ts'
import { openServer } from '../../../../netd/http/server.ts'
import type { SandboxRecord } from '../../../../netd/store/records.ts'
import { run } from '../../../support/run.ts'
import { openLaboratory, type Laboratory } from '../../engine/engine-in.ts'

let lab: Laboratory
let app: FastifyInstance

beforeAll(async () => {
  lab = await openLaboratory({
    prepare: (host) => host.run(['sh', '-c', 'ip link add up0 type veth peer name up1 && ip link set up0 up']),
  })
  app = await openServer(lab.engine)
})
afterAll(async () => {
  await app.close()
  await lab[Symbol.asyncDispose]()
})

async function call(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  payload?: object,
): Promise<{ status: number; body: any }> {
  const response = await app.inject({ method, url: `/v1.45${url}`, ...(payload === undefined ? {} : { payload }) })
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json() }
}

const inside = async <T>(container: SandboxRecord, ...command: string[]): Promise<T> =>
  JSON.parse((await run(['nsenter', `--net=${lab.sandbox(container)}`, '--', ...command])).stdout) as T

/** What there is of the network and of a container on it. */
interface Seen {
  network: any
  bridge: { mtu: number; addr_info: { local: string }[] }
  eth0: { ifname: string; mtu: number; address: string; addr_info: { local: string; prefixlen: number }[] }
  routes: { dst: string; dev: string }[]
  ruleset: string
}

type Outcome = { obeyed: (seen: Seen) => unknown } | { refused: RegExp } | { warned: RegExp }

const subnet = { Subnet: '10.66.0.0/24' }
const pool = (rest: object = {}): object => ({ IPAM: { Config: [{ ...subnet, ...rest }] } })
const options = (Options: Record<string, string>, rest: object = {}): object => ({ Options, ...rest })
const addresses = ({ addr_info }: Seen['eth0'] | Seen['bridge']): string[] => addr_info.map(({ local }) => local)

const fields: [field: string, body: object, outcome: Outcome][] = [
  ['Name', { Name: 'other' }, { obeyed: ({ network }) => expect(network.Name).toBe('other') }],
  ['CheckDuplicate', { CheckDuplicate: false, Name: 'bridge' }, { refused: /predefined bridge network/ }],
  ['Driver', { Driver: 'warp' }, { refused: /plugin "warp" not found/ }],
  ['Scope', { Scope: 'swarm' }, { refused: /swarm is not active/ }],
  ['Scope', { Scope: 'global' }, { refused: /every network here is local/ }],
  [
    'Internal',
    { Internal: true },
    { obeyed: ({ routes }) => expect(routes.map(({ dst }) => dst)).not.toContain('default') },
  ],
  ['Attachable', { Attachable: true }, { obeyed: ({ network }) => expect(network.Attachable).toBe(true) }],
  ['Ingress', { Ingress: true }, { refused: /Ingress network can only be global scope network/ }],
  ['ConfigFrom', { ConfigFrom: { Network: 'x' } }, { refused: /configuration network "x" does not exist/ }],
  ['ConfigOnly', { ConfigOnly: true, Internal: true }, { refused: /can only contain network specific fields/ }],
  ['EnableIPv4', { EnableIPv4: false }, { refused: /IPv4 or IPv6 must be enabled/ }],
  ['EnableIPv6', { EnableIPv6: true }, { obeyed: ({ eth0 }) => expect(addresses(eth0).join()).toMatch(/,fd/) }],
  ['Labels', { Labels: { a: 'b' } }, { obeyed: ({ network }) => expect(network.Labels).toEqual({ a: 'b' }) }],
  ['IPAM.Driver', { IPAM: { Driver: 'warp' } }, { refused: /plugin "warp" not found/ }],
  ['IPAM.Options', { IPAM: { Options: { a: 'b' } } }, { warned: /IPAM option "a" has no effect/ }],
  ['IPAM.Config.Subnet', pool(), { obeyed: ({ eth0 }) => expect(addresses(eth0)).toEqual(['10.66.0.2']) }],
  [
    'IPAM.Config.Subnet',
    { IPAM: { Config: [subnet, { Subnet: 'fd66::/64' }] } },
    { warned: /fd66::\/64 is not used: IPv6/ },
  ],
  [
    'IPAM.Config.Gateway',
    pool({ Gateway: '10.66.0.9' }),
    { obeyed: ({ bridge }) => expect(addresses(bridge)).toEqual(['10.66.0.9']) },
  ],
  [
    'IPAM.Config.IPRange',
    pool({ IPRange: '10.66.0.64/26' }),
    { obeyed: ({ eth0 }) => expect(addresses(eth0)).toEqual(['10.66.0.65']) },
  ],
  [
    'IPAM.Config.AuxiliaryAddresses',
    pool({ AuxiliaryAddresses: { a: '10.66.0.2' } }),
    { obeyed: ({ eth0 }) => expect(addresses(eth0)).toEqual(['10.66.0.3']) },
  ],
  [
    'Options',
    options({ 'com.docker.network.bridge.warp': '1' }),
    { refused: /invalid option "com.docker.network.bridge.warp"/ },
  ],
  [
    'Options',
    options({ parent: 'up0' }, { Driver: 'macvlan', Internal: true }),
    { warned: /option parent has no effect: an internal network/ },
  ],
  [
    'Options',
    options({ 'com.docker.network.bridge.gateway_mode_ipv4': 'routed', 'com.docker.network.host_ipv4': '192.0.2.7' }),
    { warned: /option com\.docker\.network\.host_ipv4 has no effect: in gateway mode routed/ },
  ],
  [
    'Options',
    options({ 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' }, { Internal: true }),
    { warned: /option com\.docker\.network\.bridge\.host_binding_ipv4 has no effect/ },
  ],
  [generic.enableIpv4, options({ [generic.enableIpv4]: 'false' }), { refused: /IPv4 or IPv6 must be enabled/ }],
  [
    generic.enableIpv4,
    options({ [generic.enableIpv4]: 'false' }, { EnableIPv4: true }),
    { refused: /say one of them/ },
  ],
  [
    generic.enableIpv6,
    options({ [generic.enableIpv6]: 'true' }, { EnableIPv6: false }),
    { obeyed: ({ eth0 }) => expect(addresses(eth0).join()).toMatch(/,fd/) },
  ],
  [
    generic.enableIpv6,
    options({ [generic.enableIpv6]: 'false' }, { EnableIPv6: true }),
    { refused: /say one of them/ },
  ],
]

const bridge = 'com.docker.network.bridge'
const networkOptions: Record<string, [name: string, value: string, outcome: Outcome][]> = {
  bridge: [
    [`${bridge}.name`, 'br-named', { obeyed: ({ bridge: { addr_info } }) => expect(addr_info).toHaveLength(1) }],
    ['com.docker.network.host_ipv4', '192.0.2.7', { warned: /the host does not have 192\.0\.2\.7/ }],
    ['com.docker.network.host_ipv6', '192.0.2.7', { refused: /is no IPv6 address/ }],
    [
      `${bridge}.gateway_mode_ipv4`,
      'routed',
      { obeyed: ({ ruleset }) => expect(ruleset).toMatch(/set routed_ipv4 \{[^}]*elements/) },
    ],
    [`${bridge}.gateway_mode_ipv6`, 'routed', { warned: /no subnet of that family/ }],
    [
      `${bridge}.trusted_host_interfaces`,
      'up0',
      { obeyed: ({ ruleset }) => expect(ruleset).toMatch(/set trusted \{[^}]*"up0"/) },
    ],
    [antiSpoofing, 'true', { obeyed: ({ ruleset }) => expect(ruleset).toMatch(/set guarded \{[^}]*elements/) }],
    [`${bridge}.default_bridge`, 'true', { refused: /belongs to the network bridge/ }],
    [`${bridge}.enable_icc`, 'maybe', { refused: /enable_icc/ }],
    [
      `${bridge}.enable_ip_masquerade`,
      'false',
      { obeyed: ({ ruleset }) => expect(ruleset).not.toMatch(/set masquerade_ipv4 \{[^}]*172\.18\.0/) },
    ],
    [`${bridge}.host_binding_ipv4`, 'here', { refused: /host_binding_ipv4/ }],
    [`${bridge}.inhibit_ipv4`, 'true', { obeyed: ({ bridge: { addr_info } }) => expect(addr_info).toEqual([]) }],
    [
      'com.docker.network.driver.mtu',
      '1400',
      { obeyed: ({ bridge: { mtu }, eth0 }) => expect([mtu, eth0.mtu]).toEqual([1400, 1400]) },
    ],
    ['com.docker.network.container_iface_prefix', 'net', { obeyed: ({ eth0 }) => expect(eth0.ifname).toBe('net0') }],
  ],
  // Refused for what they say before a kernel without ipvlan is; ../../drivers/ipvlan.test.ts has the rest.
  ipvlan: [
    ['parent', 'nosuch', { refused: /nosuch/ }],
    ['ipvlan_mode', 'warp', { refused: /ipvlan mode 'warp' is not valid/ }],
    ['ipvlan_flag', 'warp', { refused: /ipvlan flag 'warp' is not valid/ }],
    ['com.docker.network.driver.mtu', '1', { refused: /invalid MTU number: 1/ }],
  ],
  macvlan: [
    ['parent', 'nosuch', { refused: /nosuch/ }],
    ['macvlan_mode', 'warp', { refused: /macvlan mode 'warp' is not valid/ }],
    ['com.docker.network.driver.mtu', '1400', { obeyed: ({ eth0 }) => expect(eth0.mtu).toBe(1400) }],
  ],
}

async function outcomeOf(body: any, outcome: Outcome): Promise<void> {
  const { status, body: answer } = await call('POST', '/networks/create', { Name: 'tried', ...body })
  if ('refused' in outcome) {
    expect(answer.message).toMatch(outcome.refused)
    expect([400, 403, 404, 501]).toContain(status)
    expect(lab.engine.store.networks.values()).toHaveLength(3)
    return
  }
  expect(answer).toMatchObject({ Id: expect.any(String) })
  try {
    if ('warned' in outcome) expect(answer.Warning).toMatch(outcome.warned)
    else {
      expect(answer.Warning).toBe('')
      outcome.obeyed(await see(answer.Id))
    }
  } finally {
    await call('DELETE', `/networks/${answer.Id}`)
  }
}

async function see(id: string): Promise<Seen> {
  const container = await lab.start(lab.container('probe', { [id]: {} }))
  try {
    const record = lab.engine.store.networks.get(id)!
    const carrier = lab.engine.drivers[record.driver]!.carrier(record)!
    const show = ['ip', '-j', 'address', 'show']
    const [links, routes, [bridge], ruleset, { body: network }] = await Promise.all([
      inside<Seen['eth0'][]>(container, ...show),
      inside<Seen['routes']>(container, 'ip', '-j', 'route'),
      lab.host.json<Seen['bridge'][]>([...show, 'dev', carrier, 'scope', 'global']),
      lab.host.run(['nft', 'list', 'ruleset']),
      call('GET', `/networks/${id}`),
    ])
    return {
      network,
      bridge: bridge?.addr_info === undefined ? { mtu: 0, addr_info: [] } : bridge,
      eth0: links[1]!,
      routes,
      ruleset: ruleset.stdout,
    }
  } finally {
    await lab.stop(container)
  }
}

describe('POST /networks/create', () => {
  test('has every field of the API here, and every option of every driver', () => {
    const named = new Set(fields.map(([field]) => field.split('.').at(-1)))
    const known = [createNetworkRequest, ipam, ipamPool].flatMap(({ shape }) => Object.keys(shape))
    expect(known.filter((field) => field !== 'IPAM' && field !== 'Config' && !named.has(field))).toEqual([])
    for (const { name, options } of Object.values(lab.engine.drivers))
      expect((networkOptions[name] ?? []).map(([option]) => option).toSorted(), name).toEqual(options.toSorted())
  })

  test.each(fields)('%s: %j', (_field, body, outcome) => outcomeOf(body, outcome))

  test.each(Object.entries(networkOptions).flatMap(([driver, rows]) => rows.map((row) => [driver, ...row] as const)))(
    '-d %s -o %s=%s',
    (Driver, name, value, outcome) => outcomeOf({ Driver, Options: { [name]: value } }, outcome),
  )
})

const endpointOptionPrefix = 'com.docker.network.endpoint'
const endpoints: [field: string, config: object, outcome: Outcome][] = [
  [
    'IPAMConfig.IPv4Address',
    { IPAMConfig: { IPv4Address: '10.70.0.9' } },
    { obeyed: ({ eth0 }) => expect(addresses(eth0)).toContain('10.70.0.9') },
  ],
  [
    'IPAMConfig.IPv6Address',
    { IPAMConfig: { IPv6Address: 'fd70::9' } },
    { refused: /only when connecting to networks with user configured subnets/ },
  ],
  [
    'IPAMConfig.LinkLocalIPs',
    { IPAMConfig: { LinkLocalIPs: ['169.254.9.9', 'fe80::99'] } },
    {
      obeyed: ({ eth0 }) =>
        expect(eth0.addr_info).toEqual(
          expect.arrayContaining([
            expect.objectContaining({ local: '169.254.9.9', prefixlen: 16 }),
            expect.objectContaining({ local: 'fe80::99', prefixlen: 64 }),
          ]),
        ),
    },
  ],
  [
    'IPAMConfig.LinkLocalIPs',
    { IPAMConfig: { LinkLocalIPs: ['nowhere'] } },
    { refused: /invalid link-local IP address: nowhere/ },
  ],
  ['IPAMConfig.LinkLocalIPs', { IPAMConfig: { LinkLocalIPs: ['10.70.0.9'] } }, { refused: /ask for it as --ip/ }],
  [
    'IPAMConfig.LinkLocalIPs',
    { IPAMConfig: { LinkLocalIPs: ['127.0.0.2'] } },
    { refused: /cannot have addresses of 127\.0\.0\.0\/8/ },
  ],
  ['Links', { Links: ['a:b:c'] }, { refused: /bad format for links/ }],
  ['Aliases', { Aliases: ['two words'] }, { refused: /invalid network alias/ }],
  [
    'MacAddress',
    { MacAddress: '02:00:00:00:00:09' },
    { obeyed: ({ eth0 }) => expect(eth0.address).toBe('02:00:00:00:00:09') },
  ],
  ['GwPriority', { GwPriority: 0.5 }, { refused: /GwPriority/ }],
  [
    'DriverOpts',
    { DriverOpts: { [`${endpointOptionPrefix}.warp`]: '1' } },
    {
      refused:
        /invalid endpoint option "com\.docker\.network\.endpoint\.warp": endpoints of the bridge driver have com/,
    },
  ],
  [
    `${endpointOptionPrefix}.ifname`,
    { DriverOpts: { [`${endpointOptionPrefix}.ifname`]: 'lan7' } },
    { obeyed: ({ eth0 }) => expect(eth0.ifname).toBe('lan7') },
  ],
  [
    antiSpoofing,
    { DriverOpts: { [antiSpoofing]: 'maybe' } },
    { refused: /failed to parse trestle\.bridge\.anti_spoofing/ },
  ],
  [
    `${endpointOptionPrefix}.sysctls`,
    { DriverOpts: { [`${endpointOptionPrefix}.sysctls`]: 'net.ipv4.conf.eth0.x=1' } },
    { refused: /not of the form net\.ipv4\.conf\.IFNAME/ },
  ],
  [
    antiSpoofing,
    { DriverOpts: { [antiSpoofing]: 'false' } },
    { refused: /a network that was created with it, and met was not/ },
  ],
]

describe('POST /networks/{id}/connect', () => {
  let container: SandboxRecord
  beforeAll(async () => {
    await call('POST', '/networks/create', { Name: 'met', IPAM: { Config: [{ Subnet: '10.70.0.0/24' }] } })
    container = await lab.start(lab.container('guest', {}))
  })

  test('has every field of the API here, and every option of every driver', () => {
    const named = new Set(endpoints.flatMap(([field]) => [field, field.split('.').at(-1)]))
    const known = [endpointRequest, endpointIpamConfig].flatMap(({ shape }) => Object.keys(shape))
    const options = Object.values(lab.engine.drivers).flatMap(({ endpointOptions }) => endpointOptions)
    expect([...known, ...options].filter((field) => field !== 'IPAMConfig' && !named.has(field))).toEqual([])
  })

  test.each(endpoints)('%s: %j', async (_field, EndpointConfig, outcome) => {
    const { status, body } = await call('POST', '/networks/met/connect', { Container: 'guest', EndpointConfig })
    if (!('obeyed' in outcome)) {
      expect(status).toBe(400)
      expect(body.message).toMatch((outcome as { refused: RegExp }).refused)
      expect(container.endpoints).toEqual({})
      return
    }
    try {
      expect([status, body?.message]).toEqual([200, undefined])
      const [, eth0] = await inside<Seen['eth0'][]>(container, 'ip', '-j', 'address', 'show')
      outcome.obeyed({ eth0 } as Seen)
    } finally {
      await call('POST', '/networks/met/disconnect', { Container: 'guest' })
    }
  })

  // Programs that make a container anew send what they were told of the old one: dockerd drops it, too (cleanOperationalData).
  test('what only the daemon can say of an endpoint is no wish', async () => {
    const told = {
      NetworkID: 'x',
      EndpointID: 'x',
      Gateway: '10.70.0.77',
      IPAddress: '10.70.0.88',
      IPPrefixLen: 8,
      DNSNames: ['x'],
    }
    await call('POST', '/networks/met/connect', { Container: 'guest', EndpointConfig: told })
    expect(Object.values(container.endpoints)[0]!.request).toEqual({})
    await call('POST', '/networks/met/disconnect', { Container: 'guest' })
  })

  test('an endpoint cannot be guarded where the network is not', async () => {
    await call('POST', '/networks/create', { Name: 'free', Options: { [antiSpoofing]: 'false' } })
    const connect = (wish: string): ReturnType<typeof call> =>
      call('POST', '/networks/free/connect', {
        Container: 'guest',
        EndpointConfig: { DriverOpts: { [antiSpoofing]: wish } },
      })
    expect(await connect('true')).toMatchObject({ status: 400, body: { message: /and free was not/ } })
    expect(await connect('false')).toMatchObject({ status: 200 })
    await call('POST', '/networks/free/disconnect', { Container: 'guest' })
    await call('DELETE', '/networks/free')
  })

  test('a link-local address that a neighbour has, or asked of a network without links', async () => {
    const EndpointConfig = { IPAMConfig: { LinkLocalIPs: ['169.254.9.9'] } }
    await call('POST', '/networks/met/connect', { Container: 'guest', EndpointConfig })
    await lab.start(lab.container('late', {}))
    expect(await call('POST', '/networks/met/connect', { Container: 'late', EndpointConfig })).toMatchObject({
      status: 403,
      body: { message: 'Address already in use: 169.254.9.9 is held by container guest' },
    })
    const { id: none } = lab.engine.store.networks.find(({ name }) => name === 'none')!
    for (const [config, message] of [
      [EndpointConfig, /network none gives a container no interface that could have a link-local address/],
      [{ MacAddress: '02:00:00:00:00:09' }, /that could have a MAC address/],
      [{ DriverOpts: { [`${endpointOptionPrefix}.ifname`]: 'lan7' } }, /endpoints of the null driver have none/],
    ] as const)
      await expect(lab.start(lab.container('lonely', { [none]: config }))).rejects.toMatchObject({
        status: 400,
        message,
      })
  })
})
