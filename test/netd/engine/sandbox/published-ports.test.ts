/** A published port from the inside: a container that calls the host, and is called itself. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../../../support/run.ts'
import { createNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

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
    const { fd } = await lab.kernel.listen(lab.sandbox(web), 'tcp', '0.0.0.0', 80)
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
