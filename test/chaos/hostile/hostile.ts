/** Containers that mean harm: what they do costs them, and no one else. */
import type { HermeticHost } from '../../support/host.ts'
import type { Report, Search } from '../report.ts'
import { resources, sameResources } from '../resources.ts'
import { sameTraces, traces } from '../traces.ts'
import { ask, image, noFaults, startWorld, steadyGoesOn } from '../world.ts'
import { unpackHostileArchives } from './archives.ts'

interface Attack {
  name: string
  /** Flags of docker run. */
  flags?: string[]
  /** Run by sh in the container. */
  script: string
  /** From the host, while it runs. */
  meanwhile?: (host: HermeticHost) => Promise<void>
}

/** How much of what is only ever a matter of amount. */
const amounts = { whole: { megabytes: 2048, connections: 1500 }, brief: { megabytes: 64, connections: 200 } }

const attacks = ({ megabytes, connections }: (typeof amounts)['whole']): Attack[] => [
  {
    name: 'garbage and a flood at the resolver',
    flags: ['--network', 'base'],
    script: `
      for i in $(seq 40); do head -c 900 /dev/urandom | timeout 1 nc 127.0.0.11 53 >/dev/null & done
      for i in $(seq 40); do head -c 900 /dev/urandom | timeout 1 nc -u 127.0.0.11 53 >/dev/null & done
      for i in $(seq 400); do nslookup x$i.invalid 127.0.0.11 >/dev/null 2>&1 & done
      wait`,
  },
  ...['127.0.0.1', '::1'].map((address) => ({
    name: `${connections} connections to a port published on ${address}, left open`,
    flags: ['--network', 'base', '-p', '19100:80'],
    script: 'exec httpd -f -p 80',
    meanwhile: (host: HermeticHost) => manyConnections(host, address, connections),
  })),
  { name: `${megabytes} MB of output`, script: `yes | head -c ${megabytes}m` },
  { name: 'output without an end of line', script: 'head -c 20000000 /dev/zero' },
  { name: 'a fork bomb', flags: ['--pids-limit', '100'], script: 'f() { f | f & }; f; sleep 3' },
  {
    name: 'a flood from forged addresses',
    flags: ['--network', 'base', '--cap-add', 'NET_ADMIN'],
    script: `
      for i in $(seq 20); do
        ip addr add 203.0.113.$i/32 dev lo
        ping -q -f -c 300 -w 2 -I 203.0.113.$i steady >/dev/null &
      done
      wait`,
  },
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
  {
    name: 'links where a volume is to be mounted',
    flags: ['-v', 'tricks:/tmp/up/tricks'],
    script: 'rm -rf /tmp/up; ln -s /etc /tmp/up; ln -s /proc/self/root /tmp/root; ls /tmp/root >/dev/null',
  },
  { name: 'a process that ignores every signal', script: 'trap "" TERM INT HUP; while :; do sleep 1; done & sleep 1' },
]

export async function hostile({ forMs, report }: Search, extent: keyof typeof amounts = 'whole'): Promise<void> {
  await using host = await startWorld()
  const before = await traces(host)
  const held = await resources(host)
  const pid = await host.netdPid()
  const isSound = async (attack: string): Promise<void> => {
    if ((await host.netdPid()) !== pid) report.isWrong(`${attack}: the daemon ended`)
    await steadyGoesOn(host, attack, report)
    await sameTraces(host, before, attack, report)
  }
  const untilMs = performance.now() + forMs
  do {
    for (const attack of attacks(amounts[extent])) {
      await suffer(host, attack, report).catch((error: Error) => report.isWrong(`${attack.name}: ${error.message}`))
      await ask(host, 'DELETE', '/containers/hostile?force=1&v=1')
      await ask(host, 'DELETE', '/volumes/tricks')
      await isSound(attack.name)
      report.count('hostile containers')
    }
    report.count('hostile archives', await unpackHostileArchives(host, report))
    await isSound('hostile archives')
  } while (performance.now() < untilMs)
  await sameResources(host, held, 'the hostile containers', report)
  await noFaults(host, report)
}

async function suffer(host: HermeticHost, { flags = [], script, meanwhile }: Attack, report: Report): Promise<void> {
  const { stdout: id } = await host.docker(['run', '-d', '--name', 'hostile', ...flags, image, 'sh', '-c', script])
  await meanwhile?.(host)
  if (meanwhile === undefined) await host.docker(['wait', 'hostile'], { timeoutMs: 300_000 })
  const { status, text } = await ask(host, 'GET', `/containers/${id.trim()}/json`)
  if (status !== 200) report.isWrong(`inspect of a hostile container: ${status} ${text}`)
}

/** From inside the host, whose ports are its own: each is open until all stand. */
async function manyConnections(host: HermeticHost, address: string, count: number): Promise<void> {
  const script = `
    const net = require('node:net'); let open = 0
    const end = (why) => { console.log(why); process.exit() }
    for (let i = 0; i < ${count}; i++)
      net.connect(19100, '${address}').on('connect', () => ++open === ${count} && end('all')).on('error', (error) => end(error.message))`
  const client = host.spawn([process.execPath, '-e', script])
  const said = (await client.stdout!.toArray()).join('').trim()
  if (said !== 'all') throw new Error(`of ${count} connections not all stand: ${said}`)
}
