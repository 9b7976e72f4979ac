import { once } from 'node:events'
import { expect, test } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { projectRoot, startHost } from '../../../support/host.ts'

test('the link of a container goes with it, though a TCP connection that has something to say holds its namespace', async () => {
  await using host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  const program = ['busybox', 'nc', '-ll', '-p', '80', '-e', 'yes']
  await host.docker(['run', '-d', '--name', 'talker', 'trestle/toolbox', ...program])
  const { body } = await host.http('GET', '/containers/talker/json')
  const address: string = body.NetworkSettings.Networks.bridge.IPAddress
  const links = async (): Promise<string[]> =>
    (await host.json<{ ifname: string }[]>(['ip', '-j', 'link', 'show', 'type', 'veth'])).map(({ ifname }) => ifname)
  const [link] = await links()
  expect(link).toMatch(/^veth/)

  const inside = (command: string[]): string[] => ['nsenter', `--target=${body.State.Pid}`, '--net', '--', ...command]
  await eventually(async () => expect((await host.run(inside(['ss', '-Hltn']))).stdout).toContain(':80'))
  // It connects and never reads: what it is told fills all buffers.
  const deaf = host.spawn(['bash', '-c', `exec 3<>/dev/tcp/${address}/80; exec sleep 600`])
  await eventually(async () => {
    const [, , queued] = /ESTAB\s+(\d+)\s+(\d+)/.exec((await host.run(inside(['ss', '-Hnt']))).stdout) ?? []
    expect(Number(queued)).toBeGreaterThan(0)
  })
  await host.docker(['rm', '-f', 'talker'])
  // The connection would hold it for minutes.
  await eventually(async () => expect(await links()).not.toContain(link), { timeoutMs: 8_000 })
  deaf.stdin!.end()
  deaf.kill()
  await once(deaf, 'exit')
})
