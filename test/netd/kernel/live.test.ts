import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { listenIn } from '../../support/listen-in.ts'
import { testHost } from './host.ts'

test('watch tells what kind of thing changed, until it is stopped', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const seen = new Set<string>()
  const stop = await kernel.watch(namespace, (change) => seen.add(change))
  await host.in(namespace, [
    'sh',
    '-c',
    'ip link add br0 type bridge && ip link set br0 up && ip addr add 10.0.0.1/24 dev br0',
  ])
  await eventually(() => expect([...seen]).toEqual(expect.arrayContaining(['link', 'address', 'route'])))
  await host.in(namespace, ['ip', 'neigh', 'add', '10.0.0.2', 'lladdr', '02:00:00:00:00:01', 'dev', 'br0'])
  await eventually(() => expect(seen).toContain('neighbour'))
  expect(seen).not.toContain('nftables')
  await host.in(namespace, ['nft', 'add', 'table', 'inet', 't'])
  await eventually(() => expect(seen).toContain('nftables'))

  stop()
  seen.clear()
  const second = new Set<string>()
  const stopSecond = await kernel.watch(namespace, (change) => second.add(change))
  await host.in(namespace, ['ip', 'link', 'set', 'br0', 'down'])
  await eventually(() => expect(second).toContain('link'))
  expect([...seen]).toEqual([])
  stopSecond()
})

test('a program runs in the namespace, with its output, exit code and environment', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const result = await kernel.run(namespace, ['sh', '-c', 'stat -Lc %i /proc/self/ns/net; echo "$WORD" >&2; exit 3'], {
    env: { WORD: 'hello' },
  })
  expect(result).toEqual({
    exitCode: 3,
    stdout: Buffer.from(`${statSync(namespace).ino}\n`),
    stderr: Buffer.from('hello\n'),
    isTimedOut: false,
  })
  expect((await kernel.run(namespace, ['head', '-c', '3000000', '/dev/zero'], {})).stdout).toHaveLength(3_000_000)
})

test('what a program leaves in the background is not waited for', async () => {
  await using host = await testHost()
  const { stdout } = await host.kernel.run(host.namespace, ['sh', '-c', 'sleep 60 & echo $!'], {})
  expect(process.kill(Number(stdout.toString()), 'SIGKILL'), 'it still runs').toBe(true)
})

test('a time limit, or the caller’s signal, ends the program and all it started', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const isGone = (pid: number) => expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  const script = 'sleep 60 & echo $!; wait'
  const timed = await kernel.run(namespace, ['sh', '-c', script], { timeoutMs: 200 })
  expect(timed).toMatchObject({ exitCode: 137, isTimedOut: true })
  await eventually(() => isGone(Number(timed.stdout.toString())))
  await expect(kernel.run(namespace, ['sleep', '60'], { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})

test('a program that cannot be started, and one that never stops writing', async () => {
  await using host = await testHost()
  await expect(host.kernel.run(host.namespace, ['no-such-program'], {})).rejects.toMatchObject({
    name: 'KernelError',
    errno: 'ENOENT',
    operation: 'run no-such-program',
  })
  await expect(host.kernel.run(host.namespace, ['yes'], {})).rejects.toThrow(
    'run yes: wrote more than 16 MiB (ENOBUFS)',
  )
})

test('a listening socket in a namespace is served from here', async () => {
  await using host = await testHost()
  const { namespace } = host
  const tcp = listenIn(namespace, 'tcp', '127.0.0.1', 0)
  const server = createServer((socket) => socket.end('hello')).listen({ fd: tcp.fd })
  expect(await host.in(namespace, ['bash', '-c', `cat < /dev/tcp/127.0.0.1/${tcp.port}`])).toBe('hello')
  // The same port again is taken in that namespace, and free in another.
  expect(() => listenIn(namespace, 'tcp', '127.0.0.1', tcp.port)).toThrow('EADDRINUSE')
  server.close()

  const udp = listenIn(namespace, 'udp', '::1', 5353)
  const socket = createSocket('udp6').bind({ fd: udp.fd })
  const received = once(socket, 'message')
  await host.in(namespace, ['bash', '-c', 'echo -n ping > /dev/udp/::1/5353'])
  expect(String((await received)[0])).toBe('ping')
  socket.close()
  expect(() => listenIn(namespace, 'tcp', '9.9.9.9', 80)).toThrow('EADDRNOTAVAIL')
})

test('the daemon’s own namespace is the process’s, whatever a thread was doing elsewhere', async () => {
  await using host = await testHost()
  const { kernel, namespace } = host
  const own = Number(execFileSync('stat', ['-Lc', '%i', '/proc/self/ns/net']))
  await kernel.apply([{ do: 'sysctl.set', namespace, name: 'net.ipv4.ip_forward', value: '1' }])
  expect(await kernel.inode('/proc/self/ns/net')).toBe(own)
  expect(await kernel.inode(namespace)).not.toBe(own)
  const { stdout } = await kernel.run('/proc/self/ns/net', ['stat', '-Lc', '%i', '/proc/self/ns/net'], {})
  expect(Number(stdout)).toBe(own)
})

test('another path to the daemon’s own namespace opens nothing anew', async () => {
  await using host = await testHost()
  const { kernel } = host
  const ways = ['/proc/self/ns/net', `/proc/${process.pid}/ns/net`, `/proc/${process.pid}/task/${process.pid}/ns/net`]
  for (const way of ways) await kernel.links(way)
  const before = readdirSync('/proc/self/fd').length
  const loopback = await Promise.all(ways.map((way) => kernel.link(way, 1)))
  expect(loopback.map((link) => link?.name)).toEqual(['lo', 'lo', 'lo'])
  expect(await kernel.link('/proc/self/ns/net', 1 << 30)).toBeUndefined()
  expect(readdirSync('/proc/self/fd').length).toBe(before)
})

test('calls fail, and do not hang, once the kernel is closed', async () => {
  const host = await testHost()
  await host[Symbol.asyncDispose]()
  await expect(host.kernel.links(host.namespace)).rejects.toMatchObject({ name: 'KernelError', errno: 'EPIPE' })
})
