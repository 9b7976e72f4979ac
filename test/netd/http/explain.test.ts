/** /trestle/v1/explain and `trestle explain`, on a hermetic host, beside what packets do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
  await host.trestle(['image', 'load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', '--subnet=10.7.0.0/24', 'lan'])
  await host.docker(['network', 'create', '--subnet=10.8.0.0/24', 'other'])
  for (const [name, network] of [
    ['web', 'lan'],
    ['client', 'lan'],
    ['stranger', 'other'],
  ] as const)
    await host.docker([
      'run',
      '-d',
      '--name',
      name,
      '--network',
      network,
      ...(name === 'web' ? ['-p', '8080:80', '-p', '9000-9009:9000-9009'] : []),
      'trestle/toolbox',
      'httpd',
      '-f',
    ])
})
afterAll(() => host[Symbol.asyncDispose]())

const explain = (...words: string[]) => host.trestle(['explain', ...words], { allowFailure: true })

describe('trestle explain', () => {
  test('between containers of one network the packet arrives: by name, with every step told, exit code 0', async () => {
    const { exitCode, stdout } = await explain('client -> web:80')
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toContain('tcp 10.7.0.3 -> 10.7.0.2:80')
    expect(stdout).toContain('the embedded resolver answers 10.7.0.2, from the network lan')
    expect(stdout).toContain('The packet arrives in web as tcp 10.7.0.3 -> 10.7.0.2:80, and the answer comes back.')
  })

  test('networks are kept apart by a rule of ours, which is named with what would change it, exit code 1', async () => {
    const { exitCode, stdout } = await explain('stranger', 'web:80')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /is lost in host: rule \d+ \(nothing else into a network\) of chain forward in table inet trestle-/,
    )
    const handle = /Decided by: inet (\S+) forward handle (\d+)/.exec(stdout)!
    const { stdout: rules } = await host.run(['nft', '-a', 'list', 'chain', 'inet', handle[1]!, 'forward'])
    expect(rules).toMatch(new RegExp(`nothing else into a network.*# handle ${handle[2]}\\b`))
  })

  test('a published port is followed through translation, and said to be open to everybody', async () => {
    const { exitCode, stdout } = await explain('host', '127.0.0.1:8080')
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toContain('The packet arrives in web as tcp')
    const { stdout: direct } = await explain('client', 'web:80')
    expect(direct).toContain('the port is published to everybody, as 0.0.0.0:8080')
    // Of a row of ports, the one that is asked for.
    const { stdout: ninth } = await explain('client', 'web:9008')
    expect(ninth).toContain('the port is published to everybody, as 0.0.0.0:9008')
  })

  test('a rule that nobody can evaluate is said so, exit code 2; one that makes no difference does no harm', async () => {
    await host.run(['nft', 'add table inet queues; add chain inet queues f { type filter hook forward priority 1; }'])
    await host.run([
      'nft',
      'add rule inet queues f ip daddr 10.7.0.2 tcp dport 80 ct state new numgen random mod 2 0 counter',
    ])
    expect((await explain('host', '127.0.0.1:8080')).exitCode).toBe(0)
    await host.run(['nft', 'add rule inet queues f numgen random mod 2 0 drop'])
    const { exitCode, stdout } = await explain('client', '10.8.0.2:80')
    // Dropped by ours before it comes to that table.
    expect(exitCode, stdout).toBe(1)
    await host.run(['nft', 'add chain inet queues o { type filter hook output priority 1; }'])
    await host.run(['nft', 'add rule inet queues o numgen random mod 2 0 drop'])
    const unsure = await explain('host', 'web:80')
    expect(unsure.exitCode, unsure.stdout).toBe(2)
    expect(unsure.stdout).toContain('inet queues o handle')
    expect(unsure.stdout).toContain('it counts packets or draws a number')
    await host.run(['nft', 'delete table inet queues'])
  })

  test('--json and the API give the same', async () => {
    const { stdout } = await explain('--json', 'client', 'web:81')
    const answer = JSON.parse(stdout)
    expect(answer).toMatchObject({
      packet: 'tcp 10.7.0.3 -> 10.7.0.2:81',
      verdict: 'lost',
      cause: { kind: 'socket', namespace: 'web', object: 'no socket on tcp port 81' },
    })
    const got = await host.http('GET', '/trestle/v1/explain?from=client&to=web:81')
    expect([got.status, got.body]).toEqual([200, answer])
  })

  test.each([
    ['nobody', 'web:80', 404, 'No such party: nobody is no container'],
    ['client', 'web:0', 400, 'a port is a number from 1 to 65535, not "0"'],
    ['client', 'web:80/icmp', 400, 'a protocol is tcp, udp or sctp, not "icmp"'],
    ['client', ':80', 400, 'whom the packet is for stands before the port'],
    ['client', '[web]:80', 400, 'in brackets stands an IPv6 address'],
    ['client', '1.2.3:80', 404, 'No such party: 1.2.3'],
    ['client', '[::1', 400, 'in brackets stands an IPv6 address'],
    ['client', 'fe80::1%eth0', 400, 'an address stands without an interface'],
    ['client', `web${'x'.repeat(500_000)}`, 400, 'to: Too big'],
    ['/etc/passwd', 'web', 400, 'is not the path of a network namespace'],
    ['/dev/null', 'web', 400, 'is not the path of a network namespace'],
    ['outside', 'outside', 400, 'none of this machine'],
    ['outside', 'host:8080', 400, 'the host has no IPv4 route to the outside'],
  ])('%s to %s is refused: %i %s', async (from, to, status, message) => {
    const answer = await host.http('POST', '/trestle/v1/explain', { from, to })
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(message)])
  })

  test('a question without an answer has exit code 2: it is no packet that is lost', async () => {
    const { exitCode, stderr } = await explain('client', 'nobody:80')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('No such party: nobody')])
    const several = await explain('client', '255.255.255.255:67/udp')
    expect([several.exitCode, several.stdout]).toEqual([
      2,
      expect.stringContaining('is for several at once (broadcast)'),
    ])
  })

  test('a FIFO as a path keeps nobody waiting', async () => {
    const fifo = `${host.root}/fifo`
    await host.run(['mkfifo', fifo])
    expect((await host.http('POST', '/trestle/v1/explain', { from: fifo, to: 'web' })).status).toBe(400)
    expect((await host.http('GET', '/trestle/v1/explain?from=client&to=web')).status).toBe(200)
  })
})
