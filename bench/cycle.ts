/**
 * Does a container that comes and goes pay for what went before? Connect and disconnect in turn, 200 times, beside the same
 * kernel objects made and deleted by bare steps in the same run; and the thousandth network beside the first.
 *
 * `npm run bench -- cycle [--rounds N] [--networks N]`
 */
import { parseArgs } from 'node:util'
import { openKernel } from '../netd/kernel/client.ts'
import { projectRoot, startHost } from '../test/support/host.ts'
import { api, type Api } from './support/docker-api.ts'
import { measure, median, timed, type Contender } from './support/rounds.ts'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, networks: { type: 'string', default: '1000' } },
})

async function daemon(call: Api): Promise<Contender> {
  const { Id: network } = await call('POST', '/networks/create', { Name: 'cycle' })
  const { Id: container } = await call('POST', '/containers/create', {
    Image: 'trestle/toolbox',
    Cmd: ['sleep', '3600'],
    HostConfig: { NetworkMode: 'bridge' },
  })
  await call('POST', `/containers/${container}/start`)
  return {
    name: 'netd',
    async round(record) {
      const body = { Container: container }
      record('connect', (await timed(() => call('POST', `/networks/${network}/connect`, body)))[1])
      record('disconnect', (await timed(() => call('POST', `/networks/${network}/disconnect`, body)))[1])
    },
  }
}

/** What connect and disconnect leave and take in the kernel, and nothing else. */
async function bare(netns: string, pins: string): Promise<Contender & AsyncDisposable> {
  const kernel = await openKernel()
  const sandbox = `${pins}/bare`
  await kernel.apply([
    { do: 'netns.create', path: sandbox },
    { do: 'link.add', namespace: netns, name: 'bare0', kind: 'bridge', isUp: true },
    { do: 'address.add', namespace: netns, link: 'bare0', address: '10.99.0.1/24' },
  ])
  return {
    name: 'kernel',
    async round(record) {
      const connect = kernel.apply.bind(kernel, [
        {
          do: 'link.add',
          namespace: netns,
          name: 'barev',
          kind: 'veth',
          peer: { namespace: sandbox, name: 'eth1' },
          master: 'bare0',
          isUp: true,
        },
        { do: 'address.add', namespace: sandbox, link: 'eth1', address: '10.99.0.2/24' },
        { do: 'link.set', namespace: sandbox, name: 'eth1', isUp: true },
      ])
      record('connect', (await timed(connect))[1])
      const gone = () => kernel.teardown([{ do: 'link.delete', namespace: netns, name: 'barev' }])
      record('disconnect', (await timed(gone))[1])
    },
    async [Symbol.asyncDispose]() {
      await kernel.teardown([{ do: 'netns.delete', path: sandbox }])
      await kernel.close()
    },
  }
}

const ms = (value: number): string => value.toFixed(1)

await using host = await startHost({ flags: ['--default-address-pool=base=10.0.0.0/8,size=24'] })
await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
const call = api(host.socket)
await using other = await startHost({ hasNetd: false })
await using steps = await bare(other.netns, other.root)
const medians = await measure([await daemon(call), steps], Number(options.rounds))
console.log(`Medians of ${options.rounds} rounds in turn, milliseconds\n`)
console.log('| operation | netd | bare steps | netd / bare |\n| --- | --: | --: | --: |')
for (const [operation, by] of medians) {
  const [ours, least] = [by.get('netd')!, by.get('kernel')!]
  console.log(`| ${operation} | ${ms(ours)} | ${ms(least)} | ${(ours / least).toFixed(1)}x |`)
}

const total = Number(options.networks)
const costs: number[] = []
for (let index = 1; index <= total; index++)
  costs.push((await timed(() => call('POST', '/networks/create', { Name: `n${index}` })))[1])
const [first, last] = [median(costs.slice(0, 50)), median(costs.slice(-50))]
console.log(
  `\n\`network create\`, medians of 50: the first ${ms(first)} ms, those up to number ${total} ${ms(last)} ms`,
)
console.log(`(${(last / first).toFixed(2)}x)`)
