import { expect, test } from 'vitest'
import type { KernelStep } from '../../../netd/kernel/kernel.ts'
import type { NftCommand, NftElement } from '../../../netd/netlink/nfnetlink/commands.ts'
import { testHost } from './host.ts'

const table = { family: 'inet', table: 't' } as const

const skeleton: NftCommand[] = [
  { do: 'add', ...table, object: 'table' },
  { do: 'add', ...table, object: 'set', set: 'bridges', key: ['ifname'] },
  {
    do: 'add',
    ...table,
    object: 'set',
    set: 'published',
    key: ['inet_proto', 'inet_service'],
    data: ['ipv4_addr', 'inet_service'],
  },
  { do: 'add', ...table, object: 'set', set: 'verdicts', key: ['ifname', 'ipv4_addr'], data: ['verdict'] },
  { do: 'add', ...table, object: 'set', set: 'subnets', key: ['ipv4_addr'], isInterval: true },
  {
    do: 'add',
    ...table,
    object: 'set',
    set: 'ranges',
    key: ['inet_proto', 'inet_service', 'ipv6_addr'],
    data: ['ipv6_addr'],
    isInterval: true,
  },
  { do: 'add', ...table, object: 'set', set: 'marks', key: ['mark'] },
  { do: 'add', ...table, object: 'chain', chain: 'deny' },
  {
    do: 'add',
    ...table,
    object: 'chain',
    chain: 'pre',
    hook: { type: 'nat', hook: 'prerouting', priority: -100, policy: 'accept' },
  },
  {
    do: 'add',
    ...table,
    object: 'rule',
    chain: 'pre',
    comment: 'published ports',
    expressions: [
      { name: 'meta', data: { key: 'nfproto', dreg: 0 } },
      { name: 'cmp', data: { sreg: 0, op: 'eq', data: { value: [{ nfproto: 'ipv4' }] } } },
      { name: 'meta', data: { key: 'l4proto', dreg: 0 } },
      { name: 'payload', data: { dreg: 1, base: 'transport', offset: 2, len: 2 } },
      { name: 'lookup', data: { set: 'published', sreg: 0, dreg: 0 } },
      { name: 'nat', data: { type: 'dnat', family: 'ip', addrMin: 0, protoMin: 1 } },
    ],
  },
]

const elements: Record<string, NftElement[]> = {
  bridges: [{ key: [{ ifname: 'br0' }] }],
  published: [{ key: [{ protocol: 'tcp' }, { port: 80 }], data: [{ ipv4: '10.0.0.1' }, { port: 8080 }] }],
  verdicts: [
    { key: [{ ifname: 'br0' }, { ipv4: '10.0.0.1' }], data: { verdict: 'drop' } },
    { key: [{ ifname: 'br0' }, { ipv4: '10.0.0.2' }], data: { verdict: 'jump', chain: 'deny' } },
  ],
  subnets: [
    { key: [{ ipv4: '10.0.0.0' }], keyEnd: [{ ipv4: '10.0.0.255' }] },
    { key: [{ ipv4: '10.0.1.0' }], keyEnd: [{ ipv4: '10.0.1.255' }] },
    { key: [{ ipv4: '10.0.9.9' }] },
    { key: [{ ipv4: '255.255.255.0' }], keyEnd: [{ ipv4: '255.255.255.255' }] },
  ],
  ranges: [
    {
      key: [{ protocol: 'udp' }, { port: 1000 }, { ipv6: 'fd00::' }],
      keyEnd: [{ protocol: 'udp' }, { port: 2000 }, { ipv6: 'fd00::ffff' }],
      data: [{ ipv6: 'fd00::9' }],
    },
  ],
  marks: [{ key: [{ mark: 17 }] }],
}

const adding = (namespace: string): KernelStep[] =>
  Object.entries(elements).map(([set, items]) => ({
    do: 'nft.elements.add',
    namespace,
    table: 't',
    set,
    elements: items,
  }))

test('nft(8) prints sets, maps, elements, rule and comment as a person would have written them', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([{ do: 'nft.transaction', namespace, commands: skeleton }, ...adding(namespace)])
  const text = (await host.in(namespace, ['nft', 'list', 'ruleset'])).replaceAll(/\s+/g, ' ')
  expect(text).toContain('set bridges { type ifname elements = { "br0" } }')
  expect(text).toContain(
    'map published { type inet_proto . inet_service : ipv4_addr . inet_service elements = { tcp . 80 : 10.0.0.1 . 8080 } }',
  )
  // A hash has no order.
  expect(text).toMatch(
    /map verdicts { type ifname . ipv4_addr : verdict elements = { ("br0" . 10.0.0.2 : jump deny|"br0" . 10.0.0.1 : drop|, ){3} } }/,
  )
  expect(text).toContain(
    'set subnets { type ipv4_addr flags interval elements = { 10.0.0.0/24, 10.0.1.0/24, 10.0.9.9, 255.255.255.0/24 } }',
  )
  expect(text).toContain(
    'map ranges { type inet_proto . inet_service . ipv6_addr : ipv6_addr flags interval elements = { udp . 1000-2000 . fd00::/112 : fd00::9 } }',
  )
  expect(text).toContain('set marks { type mark elements = { 0x00000011 } }')
  expect(text).toContain(
    'meta nfproto ipv4 dnat ip to meta l4proto . th dport map @published comment "published ports"',
  )
})

test('elements are read back as they were given', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([{ do: 'nft.transaction', namespace, commands: skeleton }, ...adding(namespace)])
  for (const [set, items] of Object.entries(elements)) {
    const found = await kernel.elements(namespace, 't', set)
    expect(found).toHaveLength(items.length)
    expect(found).toEqual(expect.arrayContaining(items))
  }
  expect(await kernel.hasTable(namespace, 't')).toBe(true)
  expect(await kernel.hasTable(namespace, 'other')).toBe(false)
})

test('a list that fails takes its elements back; a transaction that fails changes nothing', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([{ do: 'nft.transaction', namespace, commands: skeleton }])
  const before = await host.picture()
  await expect(kernel.apply([...adding(namespace), { do: 'link.set', namespace, name: 'nothing' }])).rejects.toSatisfy(
    ({ errno, cause }) => errno === 'ENODEV' && cause === undefined,
  )
  expect(await host.picture()).toEqual(before)
  const commands: NftCommand[] = [
    { do: 'flush', ...table, object: 'chain', chain: 'pre' },
    { do: 'add', ...table, object: 'element', set: 'bridges', elements: elements['bridges']! },
    { do: 'add', ...table, object: 'element', set: 'absent', elements: elements['bridges']! },
  ]
  await expect(kernel.apply([{ do: 'nft.transaction', namespace, commands }])).rejects.toMatchObject({
    errno: 'ENOENT',
  })
  expect(await host.picture()).toEqual(before)
})

test('an element that is there already is an error, so that undoing never takes another’s', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([{ do: 'nft.transaction', namespace, commands: skeleton }, ...adding(namespace)])
  const add: KernelStep = {
    do: 'nft.elements.add',
    namespace,
    table: 't',
    set: 'marks',
    elements: [{ key: [{ mark: 1 }] }, { key: [{ mark: 17 }] }],
  }
  await expect(kernel.apply([add])).rejects.toThrow('nft.elements.add t marks: File exists (EEXIST)')
  // Neighbours go as one transaction, and the one that is refused is named all the same.
  const other: KernelStep = { ...add, elements: [{ key: [{ mark: 77 }] }] }
  await expect(kernel.apply([other, add])).rejects.toMatchObject({
    step: 1,
    message: 'nft.elements.add t marks: File exists (EEXIST)',
  })
  expect(await kernel.elements(namespace, 't', 'marks')).toEqual(elements['marks'])
})

test('a thousand elements in one step, in several messages of one transaction', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([{ do: 'nft.transaction', namespace, commands: skeleton }])
  const many = Array.from({ length: 1000 }, (_, port): NftElement => ({
    key: [{ protocol: 'tcp' }, { port }],
    data: [{ ipv4: '10.0.0.1' }, { port }],
  }))
  await kernel.apply([{ do: 'nft.elements.add', namespace, table: 't', set: 'published', elements: many }])
  const found = await kernel.elements(namespace, 't', 'published')
  expect(new Set(found.map(({ key }) => JSON.stringify(key)))).toEqual(
    new Set(many.map(({ key }) => JSON.stringify(key))),
  )
  expect(
    await kernel.teardown([{ do: 'nft.elements.delete', namespace, table: 't', set: 'published', elements: many }]),
  ).toEqual([])
  expect(await kernel.elements(namespace, 't', 'published')).toEqual([])
})

test('a transaction holds its own beside another program that keeps changing the ruleset', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  await kernel.apply([{ do: 'nft.transaction', namespace, commands: skeleton }])
  const stir = host.in(namespace, [
    'sh',
    '-c',
    'for i in $(seq 60); do nft add table ip other; nft delete table ip other; done',
  ])
  for (let mark = 100; mark < 160; mark++)
    await kernel.apply([
      { do: 'nft.elements.add', namespace, table: 't', set: 'marks', elements: [{ key: [{ mark }] }] },
    ])
  await stir
  expect(await kernel.elements(namespace, 't', 'marks')).toHaveLength(60)
})

test('flows to an original destination are forgotten, others are not', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const flow = (destination: string, port: number) =>
    host.in(namespace, [
      'conntrack',
      '-I',
      '-p',
      'udp',
      '-s',
      '10.0.0.7',
      '-d',
      destination,
      '--sport',
      '5',
      '--dport',
      String(port),
      '-t',
      '100',
    ])
  const ports = async () =>
    [...(await host.in(namespace, ['conntrack', '-L', '-o', 'id'])).matchAll(/dst=(\S+) sport=5 dport=(\d+)/g)]
      .map(([, to, port]) => `${to}:${port}`)
      .toSorted()
  await kernel.apply([{ do: 'conntrack.flush', namespace, protocol: 'udp', port: 53 }])
  await flow('10.0.0.1', 53)
  await flow('10.0.0.2', 53)
  await flow('10.0.0.1', 54)
  await flow('10.0.0.1', 55)
  await kernel.apply([{ do: 'conntrack.flush', namespace, protocol: 'udp', port: 53, address: '10.0.0.2' }])
  expect(await ports()).toEqual(['10.0.0.1:53', '10.0.0.1:54', '10.0.0.1:55'])
  await kernel.apply([
    { do: 'conntrack.flush', namespace, protocol: 'tcp', port: 53 },
    { do: 'conntrack.flush', namespace, protocol: 'udp', port: 53, family: 'ipv6' },
  ])
  expect(await ports()).toHaveLength(3)
  await kernel.apply([{ do: 'conntrack.flush', namespace, protocol: 'udp', port: [53, 54] }])
  expect(await ports()).toEqual(['10.0.0.1:55'])
})

test('flows that an address has a part in are forgotten, in both directions, families and protocols, behind NAT as well', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const flow = (protocol: string, from: string, to: string, more: string[] = []) =>
    host.in(namespace, [
      'conntrack',
      '-I',
      '-p',
      protocol,
      '-s',
      from,
      '-d',
      to,
      '--sport',
      '5',
      '--dport',
      '53',
      '-t',
      '100',
      ...more,
    ])
  await kernel.apply([{ do: 'conntrack.flush', namespace, addresses: ['10.0.0.2'] }])
  await flow('udp', '10.0.0.1', '10.0.0.2')
  await flow('udp', '10.0.0.2', '10.0.0.3')
  await flow('udp', '10.0.0.1', '192.0.2.1', ['--dst-nat', '10.0.0.2'])
  await flow('tcp', '10.0.0.4', '10.0.0.2', ['--state', 'ESTABLISHED'])
  await flow('udp', '10.0.0.3', '10.0.0.4')
  await flow('udp', 'fd00::1', 'fd00::2')
  await flow('udp', 'fd00::3', 'fd00::4')
  await kernel.apply([{ do: 'conntrack.flush', namespace, addresses: ['10.0.0.2', 'fd00::2'] }])
  const left = (family: string) => host.in(namespace, ['conntrack', '-L', '-f', family])
  expect(
    [...(await left('ipv4')).matchAll(/src=(\S+) dst=(\S+) sport=5 /g)].map(([, from, to]) => `${from} ${to}`),
  ).toEqual(['10.0.0.3 10.0.0.4'])
  expect(
    [...(await left('ipv6')).matchAll(/src=(\S+) dst=(\S+) sport=5 /g)].map(([, from, to]) => `${from} ${to}`),
  ).toEqual(['fd00::3 fd00::4'])
})
