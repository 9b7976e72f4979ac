/** Two hundred lives of a network and a container leave nothing behind, in the kernel or in the daemon. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'
import { eventually } from '../support/eventually.ts'

const cycles = 200

async function residentKilobytes(host: HermeticHost): Promise<number> {
  const status = await readFile(`/proc/${await host.netdPid()}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1])
}

async function call(host: HermeticHost, method: string, path: string, body?: unknown): Promise<any> {
  const answer = await host.http(method, path, body)
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer.body
}

async function cycle(host: HermeticHost, index: number): Promise<void> {
  const [first, second] = [
    await call(host, 'POST', '/networks/create', { Name: `first${index}` }),
    await call(host, 'POST', '/networks/create', { Name: `second${index}` }),
  ]
  const container = await call(host, 'POST', '/containers/create', {
    Image: 'trestle/toolbox',
    Cmd: ['sleep', '60'],
    HostConfig: {
      NetworkMode: first.Id,
      PortBindings: { '80/tcp': [{ HostPort: '8080' }], '53/udp': [{ HostPort: '5353' }] },
    },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
  })
  await call(host, 'POST', `/containers/${container.Id}/start`)
  await call(host, 'POST', `/networks/${second.Id}/connect`, { Container: container.Id })
  await call(host, 'POST', `/networks/${second.Id}/disconnect`, { Container: container.Id })
  await call(host, 'DELETE', `/containers/${container.Id}?force=1`)
  await call(host, 'DELETE', `/networks/${first.Id}`)
  await call(host, 'DELETE', `/networks/${second.Id}`)
}

test(`${cycles} cycles of create, run, connect, disconnect and remove leave nothing`, async () => {
  await using host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  // The first cycles start what stays (the port proxy) and warm the heap.
  const warmUp = 20
  for (let index = 0; index < warmUp; index += 1) await cycle(host, index)
  const [before, memoryBefore] = [await host.census(), await residentKilobytes(host)]
  for (let index = warmUp; index < cycles; index += 1) await cycle(host, index)
  // A dead container's namespace is cleaned up by the kernel in its own time.
  await eventually(async () => expect(await host.census()).toEqual(before))
  const growth = (await residentKilobytes(host)) / memoryBefore
  expect(growth).toBeLessThan(1.25)
}, 300_000)
