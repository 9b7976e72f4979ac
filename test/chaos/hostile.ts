/** Containers that mean harm: what they do costs them, and no one else. */
import { once } from 'node:events'
import type { HermeticHost } from '../support/host.ts'
import type { Random } from './random.ts'
import type { Report } from './report.ts'
import { sameTraces, traces } from './traces.ts'
import { ask, image, startWorld, steadyGoesOn } from './world.ts'

interface Attack {
  name: string
  /** Flags of docker run. */
  flags?: string[]
  /** Run by sh in the container. */
  script: string
  /** From the host, while it runs. */
  meanwhile?: (host: HermeticHost) => Promise<void>
}

const attacks: Attack[] = [
  {
    name: 'garbage and a flood at the resolver',
    flags: ['--network', 'base'],
    script:
      'for i in $(seq 40); do head -c 900 /dev/urandom | timeout 1 nc 127.0.0.11 53 >/dev/null & done; for i in $(seq 400); do nslookup x$i.invalid 127.0.0.11 >/dev/null 2>&1 & done; wait',
  },
  {
    name: 'a thousand connections to a published port, left open',
    flags: ['--network', 'base', '-p', '19100:80'],
    script: 'exec httpd -f -p 80',
    meanwhile: (host) => manyConnections(host, 1000),
  },
  { name: 'two hundred megabytes of output', script: 'yes | head -c 200000000' },
  { name: 'output without an end of line', script: 'head -c 20000000 /dev/zero' },
  { name: 'a fork bomb', flags: ['--pids-limit', '100'], script: 'f() { f | f & }; f; sleep 3' },
  {
    name: 'its own interface set down, renamed and deleted',
    flags: ['--network', 'base', '-p', '19101:80', '--cap-add', 'NET_ADMIN'],
    script: 'ip link set eth0 down; ip link set eth0 name gone; ip link del gone; sleep 1',
  },
  {
    name: 'its routes and addresses flushed, another’s address taken',
    flags: ['--network', 'base', '--cap-add', 'NET_ADMIN'],
    script: 'ip addr flush dev eth0; ip addr add 127.0.0.1/8 dev eth0; ip route add default dev eth0; sleep 1',
  },
  {
    name: 'the three files under /etc made something else',
    flags: ['--network', 'base'],
    script: 'umount /etc/hosts; echo 1.2.3.4 steady > /etc/hosts; rm -f /etc/resolv.conf; mkfifo /tmp/f; sleep 1',
  },
  {
    name: 'links, fifos and devices in a volume',
    flags: ['-v', 'tricks:/v'],
    script: 'ln -s / /v/root; ln -s ../../../.. /v/up; mkfifo /v/fifo; mknod /v/null c 1 3; ln /v/fifo /v/again',
  },
  { name: 'a process that ignores every signal', script: 'trap "" TERM INT HUP; while :; do sleep 1; done & sleep 1' },
]

export async function hostile({ untilMs, report }: { random: Random; untilMs: number; report: Report }): Promise<void> {
  await using host = await startWorld()
  const before = await traces(host)
  const pid = await host.netdPid()
  do {
    for (const attack of attacks) {
      await suffer(host, attack, report).catch((error: Error) => report.isWrong(`${attack.name}: ${error.message}`))
      if ((await host.netdPid()) !== pid) report.isWrong(`${attack.name}: the daemon ended`)
      await steadyGoesOn(host, attack.name, report)
      await ask(host, 'DELETE', '/containers/hostile?force=1&v=1')
      await ask(host, 'DELETE', '/volumes/tricks')
      await sameTraces(host, before, attack.name, report)
      report.count('hostile containers')
    }
  } while (performance.now() < untilMs)
}

async function suffer(host: HermeticHost, { flags = [], script, meanwhile }: Attack, report: Report): Promise<void> {
  const { stdout: id } = await host.docker(['run', '-d', '--name', 'hostile', ...flags, image, 'sh', '-c', script])
  await meanwhile?.(host)
  if (meanwhile === undefined) await host.docker(['wait', 'hostile'], { timeoutMs: 60_000 })
  const { status, text } = await ask(host, 'GET', `/containers/${id.trim()}/json`)
  if (status !== 200) report.isWrong(`inspect of a hostile container: ${status} ${text}`)
}

/** From inside the host, whose ports are its own: each is open until all stand, and for a while. */
async function manyConnections(host: HermeticHost, count: number): Promise<void> {
  const script = `
    const net = require('node:net'); let open = 0
    for (let i = 0; i < ${count}; i++) net.connect(19100, '127.0.0.1').on('connect', () => { if (++open === ${count}) console.log('all') }).on('error', () => {})
    setTimeout(() => process.exit(), 15000)`
  const client = host.spawn([process.execPath, '-e', script])
  await Promise.race([once(client.stdout!, 'data'), once(client, 'exit')])
  client.stdin!.end()
}
