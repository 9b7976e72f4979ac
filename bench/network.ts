/**
 * What do network and container operations cost over the HTTP API, against stock dockerd (Debian's) doing the same in
 * the same run, and against the kernel's and containerd's own floor: the same objects made by bare steps, without HTTP,
 * names, addresses to choose, or state to keep?
 *
 * `npm run bench -- network [--rounds N] [--against REVISION] [--peer docker26] [--json]`: medians of N rounds (24), each on a host without
 * uplink; with another commit of this project as a further contender.
 */
import { parseArgs } from 'node:util'
import { openKernel } from '../netd/kernel/client.ts'
import { projectRoot, startHost } from '../test/support/host.ts'
import { api, type Api } from './support/docker-api.ts'
import { earlier } from './support/earlier.ts'
import { startPeer } from './support/peer.ts'
import { measure, timed, type Contender } from './support/rounds.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '24' },
    against: { type: 'string' },
    peer: { type: 'string', default: 'docker' },
    json: { type: 'boolean', default: false },
  },
})

function engine(name: string, call: Api): Contender {
  const create = (mode: string, command: string[], ports = {}): Promise<{ Id: string }> =>
    call('POST', '/containers/create', {
      Image: 'trestle/toolbox',
      Cmd: command,
      HostConfig: { NetworkMode: mode, PortBindings: ports },
      ExposedPorts: Object.fromEntries(Object.keys(ports).map((port) => [port, {}])),
    })
  return {
    name,
    async round(record, index) {
      const step = async <T>(operation: string, work: () => Promise<T>): Promise<T> => {
        const [result, milliseconds] = await timed(work)
        record(operation, milliseconds)
        return result
      }
      const { Id: resident } = await step('container create, none', () => create('none', ['sleep', '600']))
      await step('container start, none', () => call('POST', `/containers/${resident}/start`))
      const network = await step('network create', () => call('POST', '/networks/create', { Name: `bench${index}` }))
      await call('DELETE', `/containers/${resident}?force=1`)

      const { Id: bridged } = await create('bridge', ['sleep', '600'])
      await step('container start, bridge', () => call('POST', `/containers/${bridged}/start`))
      await step('network connect', () => call('POST', `/networks/${network.Id}/connect`, { Container: bridged }))
      await step('network disconnect', () => call('POST', `/networks/${network.Id}/disconnect`, { Container: bridged }))
      await step('container rm -f', () => call('DELETE', `/containers/${bridged}?force=1`))

      const { Id: publishing } = await create('bridge', ['sleep', '600'], { '80/tcp': [{ HostPort: '18080' }] })
      await step('container start, one port', () => call('POST', `/containers/${publishing}/start`))
      await call('DELETE', `/containers/${publishing}?force=1`)
      await step('network rm', () => call('DELETE', `/networks/${network.Id}`))
    },
  }
}

/** The same objects in a namespace of their own, by the steps alone. */
async function floor(netns: string, pins: string): Promise<[Contender, () => Promise<void>]> {
  const kernel = await openKernel()
  const sandbox = `${pins}/floor`
  const contender: Contender = {
    name: 'kernel',
    async round(record) {
      const step = async (operation: string, work: () => Promise<unknown>): Promise<void> =>
        record(operation, (await timed(work))[1])
      await kernel.apply([{ do: 'netns.create', path: sandbox }])
      await step('network create', () =>
        kernel.apply([
          { do: 'link.add', namespace: netns, name: 'floor0', kind: 'bridge' },
          { do: 'address.add', namespace: netns, link: 'floor0', address: '10.99.0.1/24' },
          { do: 'link.set', namespace: netns, name: 'floor0', isUp: true },
        ]),
      )
      await step('network connect', () =>
        kernel.apply([
          {
            do: 'link.add',
            namespace: netns,
            name: 'floorv',
            kind: 'veth',
            peer: { namespace: sandbox, name: 'eth1' },
            master: 'floor0',
            isUp: true,
          },
          { do: 'address.add', namespace: sandbox, link: 'eth1', address: '10.99.0.2/24' },
          { do: 'link.set', namespace: sandbox, name: 'eth1', isUp: true },
        ]),
      )
      await step('network disconnect', () => kernel.teardown([{ do: 'link.delete', namespace: netns, name: 'floorv' }]))
      await step('network rm', () => kernel.teardown([{ do: 'link.delete', namespace: netns, name: 'floor0' }]))
      await kernel.teardown([{ do: 'netns.delete', path: sandbox }])
    },
  }
  return [contender, () => kernel.close()]
}

const row = (cells: string[]): string => `| ${cells.join(' | ')} |`
const ms = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1))
const ratio = (value: number | undefined, by: number | undefined): string =>
  value === undefined || by === undefined ? '' : `${(value / by).toFixed(1)}x`

await using host = await startHost()
await using dockerd = await startPeer(options.peer)
await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
await dockerd.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
await using bare = await startHost({ hasNetd: false })
const [kernel, closeKernel] = await floor(bare.netns, bare.root)
await using stack = new AsyncDisposableStack()
const contenders = [engine('netd', api(host.socket)), engine('dockerd', api(dockerd.socket)), kernel]
if (options.against !== undefined) {
  const { program } = stack.use(await earlier(options.against))
  const former = stack.use(await startHost({ program }))
  await former.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  contenders.push(engine('earlier', api(former.socket)))
}
const medians = await measure(contenders, Number(options.rounds))
await closeKernel()

if (options.json) {
  console.log(
    JSON.stringify(
      Object.fromEntries([...medians].map(([operation, by]) => [operation, Object.fromEntries(by)])),
      null,
      2,
    ),
  )
} else {
  console.log(
    `Medians of ${options.rounds} rounds, milliseconds; dockerd ${(await dockerd.http('GET', '/version')).body.Version}\n`,
  )
  const besides = options.against === undefined ? [] : [options.against, `netd / ${options.against}`]
  const titles = ['operation', 'netd', 'dockerd', 'dockerd / netd', 'floor', 'netd / floor', ...besides]
  console.log(row(titles))
  console.log(row(titles.map((_, at) => (at === 0 ? '---' : '--:'))))
  for (const [operation, by] of medians) {
    const [ours, theirs, least] = [by.get('netd'), by.get('dockerd'), by.get('kernel')]
    const former = by.get('earlier')
    const then = options.against === undefined ? [] : [ms(former), ratio(ours, former)]
    console.log(row([operation, ms(ours), ms(theirs), ratio(theirs, ours), ms(least), ratio(ours, least), ...then]))
  }
}
