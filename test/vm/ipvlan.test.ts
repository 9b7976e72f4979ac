/** The ipvlan driver on a kernel that has it: what reaches whom, by mode and flag, and what remains. */
import { expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'

function job(name: string, work: (host: HermeticHost) => Promise<void>): void {
  test(name, async () => {
    await using host = await startHost()
    await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
    await work(host)
    const links = await host.json<{ ifname: string }[]>(['ip', '-j', 'link'])
    expect(links.map(({ ifname }) => ifname).toSorted()).toEqual(['docker0', 'lo'])
  })
}

/** A neighbour outside, 10.9.0.200, which up0 leads to. */
async function neighbour(host: HermeticHost): Promise<AsyncDisposable> {
  await host.run(['ip', 'netns', 'add', 'outside'])
  await host.run(['ip', 'link', 'add', 'up0', 'up', 'type', 'veth', 'peer', 'name', 'up1', 'netns', 'outside'])
  const there = ['ip', '-n', 'outside']
  for (const address of ['10.9.0.200/24', 'fd09::200/64'])
    await host.run([...there, 'address', 'add', address, 'dev', 'up1', ...(address.includes(':') ? ['nodad'] : [])])
  await host.run([...there, 'link', 'set', 'up1', 'up'])
  return {
    async [Symbol.asyncDispose]() {
      await host.run(['ip', 'link', 'delete', 'up0'])
      await host.run(['ip', 'netns', 'delete', 'outside'])
    },
  }
}

async function create(host: HermeticHost, name: string, ...options: string[]): Promise<void> {
  await host.docker(['network', 'create', '-d', 'ipvlan', ...options, name])
}

async function start(host: HermeticHost, name: string, network: string, ...options: string[]): Promise<void> {
  const toolbox = ['trestle/toolbox', 'sleep', '600']
  await host.docker(['run', '-d', '--name', name, '--network', network, ...options, ...toolbox])
}

async function reaches(host: HermeticHost, from: string, address: string): Promise<boolean> {
  const ping = ['exec', from, 'ping', '-c1', '-w5', address]
  return (await host.docker(ping, { allowFailure: true })).exitCode === 0
}

async function clear(host: HermeticHost, ...networks: string[]): Promise<void> {
  await host.docker(['rm', '-f', 'one', 'two'])
  await host.docker(['network', 'rm', ...networks])
}

const pools = ['--ipv6', '--subnet=10.9.0.0/24', '--gateway=10.9.0.200', '--subnet=fd09::/64', '--gateway=fd09::200']

job('l2: containers reach each other and the neighbour with the MAC of the parent', async (host) => {
  await using _ = await neighbour(host)
  await create(host, 'lan', ...pools, '-o', 'parent=up0')
  await start(host, 'one', 'lan', '--ip=10.9.0.5')
  await start(host, 'two', 'lan', '--ip=10.9.0.6', '--ip6=fd09::6')
  const { stdout } = await host.docker(['exec', 'one', 'ip', '-d', 'link', 'show', 'eth0'])
  expect(stdout).toContain('ipvlan  mode l2 bridge')
  const [parent] = await host.json<{ address: string }[]>(['ip', '-j', 'link', 'show', 'up0'])
  expect(stdout).toContain(`link/ether ${parent!.address}`)
  for (const address of ['10.9.0.6', 'fd09::6', '10.9.0.200', 'fd09::200'])
    expect(await reaches(host, 'one', address), address).toBe(true)
  const { stdout: route } = await host.docker(['exec', 'one', 'ip', 'route', 'show', 'default'])
  expect(route).toContain('default via 10.9.0.200 dev eth0')
  const { stderr } = await host.docker(
    ['network', 'create', '-d', 'ipvlan', '--subnet=10.8.0.0/24', '-o', 'parent=up0', '-o', 'ipvlan_mode=l3', 'other'],
    { allowFailure: true },
  )
  expect(stderr).toContain('network lan is already using parent interface up0 in mode l2, flag bridge')
  await clear(host, 'lan')
})

job('l2 private keeps them apart', async (host) => {
  await using _ = await neighbour(host)
  await create(host, 'apart', ...pools, '-o', 'parent=up0', '-o', 'ipvlan_flag=private')
  await start(host, 'one', 'apart', '--ip=10.9.0.5')
  await start(host, 'two', 'apart', '--ip=10.9.0.6')
  expect(await reaches(host, 'one', '10.9.0.6')).toBe(false)
  expect(await reaches(host, 'one', '10.9.0.200')).toBe(true)
  await clear(host, 'apart')
})

for (const mode of ['l3', 'l3s'])
  job(`${mode}: two subnets reach each other on one parent, by the link itself`, async (host) => {
    await using _ = await neighbour(host)
    const options = ['-o', 'parent=up0', '-o', `ipvlan_mode=${mode}`]
    await create(host, 'near', '--subnet=10.7.0.0/24', ...options)
    await create(host, 'far', '--subnet=10.8.0.0/24', ...options)
    await start(host, 'one', 'near')
    await start(host, 'two', 'far', '--ip=10.8.0.6')
    const { stdout: route } = await host.docker(['exec', 'one', 'ip', 'route', 'show', 'default'])
    expect(route.trim()).toBe('default dev eth0 scope link')
    expect(await reaches(host, 'one', '10.8.0.6')).toBe(true)
    await clear(host, 'near', 'far')
  })

job('internal: they have each other, and nothing else', async (host) => {
  await create(host, 'inner', '--internal', '--subnet=10.9.0.0/24')
  await start(host, 'one', 'inner')
  await start(host, 'two', 'inner', '--ip=10.9.0.6')
  expect(await reaches(host, 'one', '10.9.0.6')).toBe(true)
  expect((await host.docker(['exec', 'one', 'ip', 'route', 'show', 'default'])).stdout).toBe('')
  await clear(host, 'inner')
})
