/** A published port from the inside: a container that calls the host, and is called itself. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../../support/run.ts'
import { listenIn } from '../../../support/listen-in.ts'
import { connectNetwork, createNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory

beforeAll(async () => {
  lab = await openLaboratory()
})
afterAll(() => lab[Symbol.asyncDispose]())

test.each(['0', '1'])(
  'a container reaches its own published port by the address of the host, with bridge-nf-call-iptables=%s',
  async (calls) => {
    await lab.host.run(['sysctl', '-qw', `net.bridge.bridge-nf-call-iptables=${calls}`])
    const { Id } = await createNetwork(lab.engine, {
      Name: `own${calls}`,
      IPAM: { Config: [{ Subnet: `10.88.${calls}.0/24` }] },
    })
    const web = await lab.start(
      lab.container(`web${calls}`, { [Id]: {} }, { PortBindings: { '80/tcp': [{ HostPort: `808${calls}` }] } }),
    )
    const { fd } = listenIn(lab.sandbox(web), 'tcp', '0.0.0.0', 80)
    const server = createServer((connection) => connection.end('itself'))
    server.listen({ fd })
    await once(server, 'listening')
    try {
      const { stdout } = await run([
        'nsenter',
        `--net=${lab.sandbox(web)}`,
        '--',
        'timeout',
        '3',
        'bash',
        '-c',
        `cat < /dev/tcp/10.88.${calls}.1/808${calls}`,
      ])
      expect(stdout).toBe('itself')
    } finally {
      server.close()
      await lab.stop(web)
    }
  },
)

test('a connection that the proxy carries outlives a change of the way out, and new ones take the new way', async () => {
  for (const [at, name] of ['old', 'new'].entries())
    await createNetwork(lab.engine, { Name: name, IPAM: { Config: [{ Subnet: `10.87.${at}.0/24` }] } })
  const web = await lab.start(lab.container('web', { old: {} }, { PortBindings: { '80/tcp': [{ HostPort: '8087' }] } }))
  const { fd } = listenIn(lab.sandbox(web), 'tcp', '0.0.0.0', 80)
  const server = createServer((socket: Socket) => {
    socket.write(`at ${socket.localAddress}`)
    socket.pipe(socket)
  })
  server.listen({ fd })
  await once(server, 'listening')
  const connect = async (): Promise<[client: ReturnType<typeof spawn>, greeting: string]> => {
    const client = spawn('nsenter', [`--net=${lab.host.path}`, '--', 'busybox', 'nc', '::1', '8087'])
    const [greeting] = (await once(client.stdout, 'data')) as [Buffer]
    return [client, String(greeting)]
  }
  const [early, first] = await connect()
  expect(first).toMatch(/^at 10\.87\.0\./)
  await connectNetwork(lab.engine, 'new', { Container: 'web', EndpointConfig: { GwPriority: 1 } })
  const [late, second] = await connect()
  expect(second).toMatch(/^at 10\.87\.1\./)
  early.stdin!.write('still')
  expect(String(((await once(early.stdout!, 'data', { signal: AbortSignal.timeout(5_000) })) as [Buffer])[0])).toBe(
    'still',
  )
  for (const client of [early, late]) {
    const ended = once(client, 'exit')
    client.kill()
    await ended
  }
  server.close()
  await lab.stop(web)
})
