/** The macvlan driver by the docker CLI, on netd and on stock dockerd: the same answers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'
import type { RunOptions, RunResult } from '../support/run.ts'
import { startStockDockerd, type StockDockerd } from '../support/stock-dockerd.ts'

interface Daemon {
  host: HermeticHost
  docker: (args: string[], options?: RunOptions) => Promise<RunResult>
}

let ours: HermeticHost
let theirs: StockDockerd
let daemons: Daemon[]

/** `up0` is the parent; behind its other end is a neighbour outside, 10.9.0.200, and the gateway. The host is 10.9.0.201 on up0. */
async function cable({ host, docker }: Daemon): Promise<void> {
  await docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.run([
    'sh',
    '-ec',
    `ip netns add outside
     ip link add up0 type veth peer name out0 netns outside
     ip address add 10.9.0.201/24 dev up0
     ip link set up0 up
     ip -n outside address add 10.9.0.200/24 dev out0
     ip -n outside link set out0 up`,
  ])
}

beforeAll(async () => {
  ours = await startHost()
  theirs = await startStockDockerd()
  daemons = [
    { host: ours, docker: (args, options) => ours.docker(args, options) },
    { host: theirs.host, docker: (args, options) => theirs.docker(args, options) },
  ]
  for (const daemon of daemons) await cable(daemon)
}, 120_000)

afterAll(async () => {
  await ours?.[Symbol.asyncDispose]()
  await theirs?.[Symbol.asyncDispose]()
})

const pool = ['--subnet=10.9.0.0/24', '--gateway=10.9.0.200', '--ip-range=10.9.0.0/28']

async function make({ docker }: Daemon, name: string, ...options: string[]): Promise<RunResult> {
  return docker(['network', 'create', '-d', 'macvlan', ...options, name], { allowFailure: true })
}

async function start({ docker }: Daemon, name: string, network: string, ...options: string[]): Promise<RunResult> {
  return docker(['run', '-d', '--name', name, `--network=${network}`, ...options, 'trestle/toolbox', 'sleep', '600'], {
    allowFailure: true,
  })
}

async function clear({ docker }: Daemon, networks: string[]): Promise<void> {
  const { stdout } = await docker(['ps', '-aq'])
  const containers = stdout.split('\n').filter((id) => id !== '')
  if (containers.length > 0) await docker(['rm', '-f', ...containers])
  await docker(['network', 'rm', ...networks])
}

const ping = (address: string): string[] => ['ping', '-c1', '-w2', address]

/** Whether it answers, from a container of that name or from the host itself. */
async function reaches({ host, docker }: Daemon, from: string, address: string): Promise<boolean> {
  const { exitCode } =
    from === 'host'
      ? await host.run(ping(address), { allowFailure: true })
      : await docker(['exec', from, ...ping(address)], { allowFailure: true })
  return exitCode === 0
}

/** What both say, which has to be the same. */
async function both<T>(ask: (daemon: Daemon) => Promise<T>): Promise<T> {
  const [here, there] = await Promise.all(daemons.map((daemon) => ask(daemon)))
  expect(here).toEqual(there)
  return here!
}

describe('on one parent', () => {
  test('containers reach each other and a neighbour outside, and the host does not; ports are not published', async () => {
    const seen = await both(async (daemon) => {
      await make(daemon, 'lan', ...pool, '-o', 'parent=up0')
      await start(daemon, 'one', 'lan', '-p', '8080:80')
      await start(daemon, 'two', 'lan')
      const format =
        '{{range .NetworkSettings.Networks}}{{.IPAddress}}/{{.IPPrefixLen}} {{.Gateway}} {{.MacAddress}}{{end}} {{json .NetworkSettings.Ports}}'
      const { stdout: inspected } = await daemon.docker(['inspect', '-f', format, 'one'])
      const { stdout: route } = await daemon.docker(['exec', 'one', 'ip', 'route', 'show', 'default'])
      const { stdout: link } = await daemon.docker(['exec', 'one', 'ip', '-d', 'link', 'show', 'eth0'])
      return {
        inspected: inspected.trim(),
        route: route.trim(),
        mode: /macvlan mode \w+/.exec(link)?.[0],
        mac: /link\/ether \S+/.exec(link)?.[0],
        neighbours: await reaches(daemon, 'one', '10.9.0.2'),
        outside: await reaches(daemon, 'one', '10.9.0.200'),
        host: await reaches(daemon, 'host', '10.9.0.1'),
        toHost: await reaches(daemon, 'one', '10.9.0.201'),
      }
    })
    expect(seen).toMatchObject({
      route: 'default via 10.9.0.200 dev eth0',
      mode: 'macvlan mode bridge',
      neighbours: true,
      outside: true,
      host: false,
      toHost: false,
    })
    await both((daemon) => clear(daemon, ['lan']))
  })

  test('private keeps them apart', async () => {
    const seen = await both(async (daemon) => {
      await make(daemon, 'apart', ...pool, '-o', 'parent=up0', '-o', 'macvlan_mode=private')
      await start(daemon, 'one', 'apart', '--ip=10.9.0.5')
      await start(daemon, 'two', 'apart', '--ip=10.9.0.6')
      return {
        neighbours: await reaches(daemon, 'one', '10.9.0.6'),
        outside: await reaches(daemon, 'one', '10.9.0.200'),
      }
    })
    expect(seen).toEqual({ neighbours: false, outside: true })
    await both((daemon) => clear(daemon, ['apart']))
  })

  test('passthru gives its one container the parent, and the parent its MAC, until it ends', async () => {
    const mac = async ({ host }: Daemon): Promise<string> =>
      (await host.json<{ address: string }[]>(['ip', '-j', 'link', 'show', 'up0']))[0]!.address
    const before = await mac(daemons[0]!)
    const seen = await both(async (daemon) => {
      await make(daemon, 'through', ...pool, '-o', 'parent=up0', '-o', 'macvlan_mode=passthru')
      const first = await start(daemon, 'one', 'through')
      const second = await start(daemon, 'two', 'through')
      return {
        started: [first.exitCode, second.exitCode],
        mac: await mac(daemon),
        outside: await reaches(daemon, 'one', '10.9.0.200'),
      }
    })
    expect(seen).toEqual({ started: [0, 125], mac: '02:42:0a:09:00:01', outside: true })
    const { stderr } = await daemons[0]!.docker(['start', 'two'], { allowFailure: true })
    expect(stderr).toContain(
      'network through has 1 endpoint, and an interface in passthru mode carries no more; connect the container to another network',
    )
    const busy = await make(daemons[0]!, 'busy', '--subnet=10.8.0.0/24', '-o', 'parent=up0')
    expect(busy.stderr).toContain('macvlan network through is already using parent interface up0 in mode passthru')
    for (const daemon of daemons) await daemon.docker(['rm', '-f', 'one'])
    expect(await mac(daemons[0]!)).toBe(before)
    // The parent is free again at once.
    expect((await daemons[0]!.docker(['start', 'two'])).exitCode).toBe(0)
    for (const daemon of daemons) await clear(daemon, ['through'])
  })
})

test.each([
  ['a parent that is not there', '-o', 'parent=eth9'],
  ['a VLAN of nothing', '-o', 'parent=eth9.10'],
  ['a VLAN with too high a number', '-o', 'parent=up0.4095'],
  ['a VLAN with no number', '-o', 'parent=up0.ten'],
  ['a VLAN of a VLAN', '-o', 'parent=up0.10.20'],
  ['loopback', '-o', 'parent=lo'],
  ['no mode', '-o', 'parent=up0', '-o', 'macvlan_mode=magic'],
])('%s is refused in the words of dockerd', async (_title, ...options) => {
  const [here, there] = await Promise.all(daemons.map((daemon) => make(daemon, 'refused', ...pool, ...options)))
  expect(here!.exitCode).toBe(there!.exitCode)
  expect(here!.stderr.trim()).toContain(
    // A word too many, which later ones do not have.
    there!.stderr.trim().split('\n')[0]!.replace('interface does was', 'interface was'),
  )
})

describe('on netd', () => {
  test('an option of another driver is refused with the list', async () => {
    const { stderr } = await make(daemons[0]!, 'refused', '-o', 'com.docker.network.bridge.name=br0')
    expect(stderr).toContain(
      'invalid option "com.docker.network.bridge.name": the macvlan driver does not have it (it is one of bridge), but com.docker.network.driver.mtu, com.docker.network.enable_ipv4, com.docker.network.enable_ipv6, macvlan_mode, parent',
    )
  })

  test('without a parent, or internal, its containers have each other and nothing else; the parent goes with it', async () => {
    const daemon = daemons[0]!
    await make(daemon, 'inner', ...pool, '--internal', '-o', 'parent=up0')
    await start(daemon, 'one', 'inner')
    await start(daemon, 'two', 'inner')
    expect(await reaches(daemon, 'one', '10.9.0.2')).toBe(true)
    expect(await reaches(daemon, 'one', '10.9.0.200')).toBe(false)
    expect((await daemon.docker(['exec', 'one', 'ip', 'route', 'show', 'default'])).stdout).toBe('')
    await clear(daemon, ['inner'])
    expect((await daemon.host.run(['ip', '-br', 'link'])).stdout).not.toContain('dm-')
  })

  test('a VLAN is made with it, or the missing piece of the kernel named', async () => {
    const daemon = daemons[0]!
    const { exitCode, stderr } = await make(daemon, 'tagged', ...pool, '-o', 'parent=up0.10')
    if (exitCode === 0) await daemon.docker(['network', 'rm', 'tagged'])
    else expect(stderr).toContain('this kernel has no vlan links (CONFIG_VLAN_8021Q, module 8021q)')
    expect((await daemon.host.run(['ip', '-br', 'link'])).stdout).not.toContain('up0.10')
  })

  test('containers go on over a restart and a kill of the daemon, and end as ever afterwards', async () => {
    const daemon = daemons[0]!
    await make(daemon, 'lan', ...pool, '-o', 'parent=up0')
    await make(daemon, 'inner', '--internal', '--subnet=10.8.0.0/24')
    await start(daemon, 'one', 'lan')
    await daemon.docker(['network', 'connect', 'inner', 'one'])
    const link = (): Promise<string> =>
      daemon.docker(['exec', 'one', 'ip', '-o', 'link', 'show', 'eth1']).then(({ stdout }) => stdout)
    const before = await link()
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await ours.stopNetd(signal)
      await ours.startNetd()
      expect(await reaches(daemon, 'one', '10.9.0.200')).toBe(true)
      expect(await link()).toBe(before)
    }
    await start(daemon, 'two', 'lan')
    expect(await reaches(daemon, 'two', '10.9.0.1')).toBe(true)
    await daemon.docker(['network', 'disconnect', 'inner', 'one'])
    await clear(daemon, ['lan', 'inner'])
    expect((await daemon.host.run(['ip', '-br', 'link'])).stdout).not.toContain('dm-')
  })

  test('a container whose parent has gone says so, and has nothing half-made', async () => {
    const daemon = daemons[0]!
    await daemon.host.run(['ip', 'link', 'add', 'late0', 'type', 'veth', 'peer', 'name', 'late1'])
    await make(daemon, 'late', '--subnet=10.8.0.0/24', '-o', 'parent=late0')
    await daemon.host.run(['ip', 'link', 'delete', 'late0'])
    const { exitCode, stderr } = await start(daemon, 'one', 'late')
    expect(exitCode).toBe(125)
    expect(stderr).toContain('the requested parent interface late0 was not found on the host')
    await clear(daemon, ['late'])
  })
})
