/**
 * Whatever tells the daemon or the data plane something can tell an error instead. Each source is broken through the real
 * object; then only what hung on it has ended, and both processes go on. A file that listens to something needs a row.
 */
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'
import { run } from '../support/run.ts'
import { shutSockets } from '../support/shut-sockets.ts'

/** What breaks the sources of a file: an injection below, or a test of its own. */
const sources: Record<string, (keyof typeof injections | `${string}.test.ts`)[]> = {
  'netd/containerd/apparmor/apparmor.ts': ['test/netd/containerd/apparmor/apparmor.test.ts'],
  'netd/containerd/daemon.ts': ['containerd is killed', 'test/netd/containerd/daemon.test.ts'],
  'netd/containerd/images/archive.ts': ['an upload breaks off', 'test/netd/containerd/images/interrupted.test.ts'],
  'netd/containerd/images/blobs.ts': ['an upload breaks off', 'containerd is killed'],
  'netd/containerd/logs/watch-file.ts': ['a log is deleted while it is followed', 'test/e2e/full-disk.test.ts'],
  'netd/containerd/process.ts': ['containerd is killed'],
  'netd/containerd/tasks/cgroup-grace.ts': ['test/netd/containerd/tasks/cgroup-grace.test.ts'],
  'netd/containerd/tasks/exec.ts': ['a shim is killed', 'clients reset their connections'],
  'netd/containerd/tasks/exits.ts': ['containerd is killed', 'every connection of netd is shut'],
  'netd/containerd/tasks/stdio.ts': ['a shim is killed', 'clients reset their connections'],
  'netd/control/connection.ts': ['the data plane is killed', 'every connection of the data plane is shut'],
  'netd/control/data-plane.ts': ['the data plane is killed', 'every connection of the data plane is shut'],
  'netd/control/former-proxy.ts': ['test/netd/control/former-proxy.test.ts'],
  'netd/control/process.ts': ['the data plane is killed', 'no descriptor is left'],
  'netd/dataplane/connected-datagrams.ts': ['test/netd/dataplane/dns/forwarder.test.ts', 'no descriptor is left'],
  'netd/dataplane/control-server.ts': ['every connection of netd is shut'],
  'netd/dataplane/data-plane.ts': ['every connection of the data plane is shut'],
  'netd/dataplane/dns/forwarder.ts': ['test/netd/dataplane/dns/forwarder.test.ts'],
  'netd/dataplane/dns/listener.ts': ['every connection of the data plane is shut', 'no descriptor is left'],
  'netd/dataplane/main.ts': ['every connection of netd is shut'],
  'netd/dataplane/proxy/forward-tcp.ts': ['every connection of the data plane is shut', 'no descriptor is left'],
  'netd/dataplane/proxy/forward-udp.ts': [
    'every connection of the data plane is shut',
    'test/netd/control/port-proxy.test.ts',
  ],
  'netd/dataplane/proxy/port-table.ts': ['test/netd/control/port-proxy.test.ts'],
  'netd/engine/containers/restart-later.ts': ['containerd is killed'],
  'netd/engine/graph/live-graph.ts': ['notifications overrun', 'clients reset their connections'],
  'netd/engine/life/exec-exited.ts': ['a shim is killed'],
  'netd/engine/life/life.ts': ['a shim is killed'],
  'netd/engine/sandbox/lingering-links.ts': ['test/netd/engine/sandbox/lingering-links.test.ts'],
  'netd/engine/system/keep-files.ts': ['test/e2e/emptied-run.test.ts'],
  'netd/engine/system/watch-host.ts': ['notifications overrun', 'test/netd/engine/system/repair.test.ts'],
  'netd/guard.ts': ['test/netd/guard.test.ts'],
  'netd/http/events.ts': ['clients reset their connections', 'every connection of netd is shut'],
  'netd/http/graph.ts': ['clients reset their connections', 'every connection of netd is shut'],
  'netd/http/listen.ts': ['no descriptor is left', 'every connection of netd is shut'],
  'netd/http/refuse.ts': ['test/netd/http/connections.test.ts'],
  'netd/http/stream/answers.ts': ['clients reset their connections', 'every connection of netd is shut'],
  'netd/http/stream/copy-streams.ts': ['clients reset their connections', 'every connection of netd is shut'],
  'netd/http/stream/leave.ts': ['test/netd/http/connections.test.ts', 'clients reset their connections'],
  'netd/http/stream/push.ts': ['clients reset their connections', 'every connection of netd is shut'],
  'netd/http/stream/upgrade.ts': ['clients reset their connections', 'every connection of netd is shut'],
  'netd/kernel/channel.ts': ['test/netd/kernel/channel.test.ts', 'no descriptor is left'],
  'netd/kernel/client.ts': ['notifications overrun'],
  'netd/kernel/kernel.ts': ['notifications overrun'],
  'netd/kernel/notifications.ts': ['notifications overrun', 'test/netd/kernel/notifications.test.ts'],
  'netd/kernel/run.ts': ['a program in a namespace is killed', 'no descriptor is left'],
  'netd/kernel/watch.ts': ['notifications overrun'],
  'netd/kernel/worker.ts': ['test/netd/kernel/channel.test.ts'],
  'netd/process/ending.ts': ['test/netd/process/ending.test.ts'],
  'netd/process/hangup.ts': ['test/netd/main.test.ts'],
  'netd/process/log.ts': ['its log has no reader'],
  'netd/process/rest.ts': ['test/netd/process/rest.test.ts'],
  'netd/store/writer.ts': ['test/e2e/full-disk.test.ts'],
  'netd/timer.ts': ['test/netd/timer.test.ts'],
}

const image = 'trestle/toolbox'
let host: HermeticHost

/** Requests whose answers go on, on connections of their own. */
const lasting = [
  'GET /events',
  'GET /trestle/v1/graph/events',
  'GET /containers/chatty/logs?follow=1&stdout=1',
  'POST /containers/chatty/wait',
  'POST /containers/chatty/attach?stream=1&stdout=1&stdin=1',
]

async function openLasting(): Promise<Socket[]> {
  const sockets = lasting.map((request) => {
    const socket = connect(host.socket)
    socket.on('error', () => {})
    const upgrade = request.includes('attach') ? 'Connection: Upgrade\r\nUpgrade: tcp\r\n' : ''
    socket.write(`${request} HTTP/1.1\r\nHost: netd\r\n${upgrade}Content-Length: 0\r\n\r\n`)
    return socket
  })
  // A wait answers with its head at once, as all others do.
  await Promise.all(sockets.map((socket) => once(socket, 'data')))
  return sockets
}

async function pidOf(pattern: string): Promise<string> {
  const { stdout } = await host.run(['pgrep', '-f', pattern])
  return stdout.trim().split('\n')[0]!
}
const kill = async (pattern: string): Promise<unknown> => host.run(['kill', '-KILL', await pidOf(pattern)])
/** As this process sees it. */
async function outside(inside: string): Promise<number> {
  const { stdout } = await host.run(['cat', `/proc/${inside}/status`])
  expect(stdout).toContain('NSpid')
  const holders = globSync('/proc/[0-9]*/status').filter((path) => {
    try {
      const numbers = /^NSpid:\s+(.*)$/m.exec(readFileSync(path, 'utf8'))![1]!.split('\t')
      return numbers.length === 2 && numbers[1] === inside
    } catch {
      return false
    }
  })
  const ours = holders.map((path) => Number(path.split('/')[2])).filter((pid) => isOf(pid, host.root))
  expect(ours).toHaveLength(1)
  return ours[0]!
}
const isOf = (pid: number, root: string): boolean => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(root)

const injections = {
  async 'clients reset their connections'() {
    // What they have not read makes a reset of it (unix(7)).
    for (const socket of await openLasting()) socket.pause().destroy()
  },
  async 'an upload breaks off'() {
    const socket = connect(host.socket)
    socket.on('error', () => {})
    socket.write('POST /images/load HTTP/1.1\r\nHost: netd\r\nContent-Length: 1000000\r\n\r\nno tar')
    await once(socket, 'connect')
    socket.destroy()
  },
  async 'every connection of netd is shut'() {
    const sockets = await openLasting()
    expect(shutSockets(await host.netdPid())).toBeGreaterThan(lasting.length)
    await Promise.all(sockets.filter(({ destroyed }) => !destroyed).map((socket) => once(socket, 'close')))
  },
  async 'every connection of the data plane is shut'() {
    const client = host.spawn(['bash', '-c', 'exec 3<>/dev/tcp/::1/8080; echo open; cat <&3'])
    await once(client.stdout!, 'data')
    expect(shutSockets(await outside(await pidOf('/dataplane.js')))).toBeGreaterThan(1)
    if (client.exitCode === null) await once(client, 'exit')
  },
  async 'no descriptor is left'() {
    for (const pid of [await host.netdPid(), await outside(await pidOf('/dataplane.js'))]) {
      const open = globSync(`/proc/${pid}/fd/*`).length
      const limit = (value: string): Promise<unknown> => run(['prlimit', `--pid=${pid}`, `--nofile=${value}`])
      await limit(`${open}:`)
      // Whatever it is that they need: some are answered, others refused, and none is left waiting.
      const asks = Array.from({ length: 20 }, (_, at) =>
        at % 2 === 0
          ? host.http('POST', '/containers/create', { Image: image, Cmd: ['true'] }).catch(() => {})
          : host.run(['curl', '-s', '--max-time', '2', 'http://[::1]:8080/'], { allowFailure: true }),
      )
      await Promise.all(asks)
      await limit('20000:')
    }
    const { body } = await host.http('GET', '/containers/json?all=1&filters={"status":["created"]}')
    for (const { Id } of body) await host.http('DELETE', `/containers/${Id}?force=1`)
  },
  async 'containerd is killed'() {
    await kill('^\\S*containerd --config')
  },
  async 'the data plane is killed'() {
    await kill('/dataplane.js')
  },
  async 'a shim is killed'() {
    await host.docker(['run', '-d', '--name', 'victim', image, 'sleep', '600'])
    const exec = host.docker(['exec', 'victim', 'sleep', '600'], { allowFailure: true })
    const { body } = await host.http('GET', '/containers/victim/json')
    await kill(`containerd-shim.*${body.Id}`)
    await exec
    await eventually(async () =>
      expect((await host.http('GET', '/containers/victim/json')).body.State.Running).toBe(false),
    )
    await host.docker(['rm', '-f', 'victim'])
  },
  async 'a log is deleted while it is followed'() {
    const follower = host.docker(['logs', '-f', '--tail', '1', 'quiet'], { allowFailure: true })
    const { body } = await host.http('GET', '/containers/quiet/json')
    await host.run(['rm', '-rf', `${host.dataRoot}/containers/${body.Id}/log`])
    await host.docker(['kill', 'quiet'])
    await follower
  },
  async 'a program in a namespace is killed'() {
    await host.http('POST', '/trestle/v1/namespaces', { name: 'node' })
    const running = host.http('POST', '/trestle/v1/namespaces/node/run', { command: ['sleep', '777'] })
    await eventually(() => kill('^sleep 777'))
    expect((await running).body.exitCode).toBe(137)
    await host.http('DELETE', '/trestle/v1/namespaces/node')
  },
  async 'notifications overrun'() {
    const [stream] = await openLasting()
    const many = 'for i in $(seq 10000); do echo "link set docker0 txqueuelen $((i % 2 + 1000))"; done | ip -batch -'
    const pid = await host.netdPid()
    // Nobody reads meanwhile, so that the receive buffer has to overrun.
    process.kill(pid, 'SIGSTOP')
    await host.run(['bash', '-c', many])
    // nsenter, which is its parent, stops with it and would never reap it.
    const [, parent] = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
    for (const stopped of [Number(parent), pid]) process.kill(stopped, 'SIGCONT')
    stream!.destroy()
  },
  async 'its log has no reader'() {
    host.deafen()
    await host.http('GET', '/no/such/page')
  },
} satisfies Record<string, () => Promise<unknown>>

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', 'lan'])
  const start = ['run', '-d', '--network', 'lan']
  await host.docker([...start, '--name', 'steady', '-p', '8080:80', image, 'sh', '-c', 'exec httpd -f -p 80 -h /etc'])
  await host.docker([
    ...start,
    '-i',
    '--name',
    'chatty',
    image,
    'sh',
    '-c',
    'while :; do echo word; usleep 20000; done',
  ])
  await host.docker([...start, '--name', 'quiet', image, 'sh', '-c', 'echo one; exec sleep 600'])
})
afterAll(() => host[Symbol.asyncDispose]())

test.each(Object.entries(injections))('%s: only what hung on it ends', async (_name, inject) => {
  const pid = await host.netdPid()
  await inject()
  expect(await host.netdPid()).toBe(pid)
  expect((await host.http('GET', '/_ping')).text).toBe('OK')
  await eventually(
    async () => {
      for (const address of ['127.0.0.1', '[::1]'])
        expect((await host.run(['curl', '-sf', '--max-time', '5', `http://${address}:8080/hostname`])).stdout).not.toBe(
          '',
        )
      const named = await host.docker(['exec', 'steady', 'nslookup', '-type=a', 'chatty'], { allowFailure: true })
      expect(named.exitCode, named.stdout + named.stderr).toBe(0)
    },
    { timeoutMs: 30_000, intervalMs: 100 },
  )
  expect(existsSync(`${host.dataRoot}/faults.jsonl`)).toBe(false)
})

test('every file that listens to something has a row, whose tests are there', () => {
  const listens =
    /\.(on|once)\(|errorsOf\(|\.listener\(|(?<!await )\b(setTimeout|setInterval|setImmediate)\(|\bwatch\(|\bspawn\(|createSocket\(|createServer\(|new Worker\(/
  const files = globSync('netd/**/*.ts', { cwd: projectRoot }).filter((path) => {
    const text = readFileSync(`${projectRoot}${path}`, 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
    // One that is awaited throws where it stands.
    return listens.test(text.includes('timers/promises') ? text.replaceAll('setTimeout(', '') : text)
  })
  expect(files.filter((path) => !Object.hasOwn(sources, path))).toEqual([])
  for (const by of new Set(Object.values(sources).flat()))
    expect(Object.hasOwn(injections, by) || existsSync(`${projectRoot}${by}`), by).toBe(true)
})
