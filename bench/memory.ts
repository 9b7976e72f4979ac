/**
 * What does the daemon take when nobody asks for anything: alone, and with ten containers running? Against stock dockerd in
 * the same run. PSS, in which what several processes share is counted once; read after both have been idle for a while.
 *
 * `npm run bench -- memory [--containers N] [--idle SECONDS] [--peer docker26] [--json]`
 */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { projectRoot, startHost, type HermeticHost } from '../test/support/host.ts'
import { api, type Api } from './support/docker-api.ts'
import { startPeer } from './support/peer.ts'

const { values: options } = parseArgs({
  options: {
    containers: { type: 'string', default: '10' },
    idle: { type: 'string', default: '45' },
    peer: { type: 'string', default: 'docker' },
    json: { type: 'boolean', default: false },
  },
})

/** MiB by what the process is. */
type Use = Record<'daemon' | 'helpers' | 'containerd' | 'shims', number>

function roleOf(command: string): keyof Use | undefined {
  if (command === 'netd' || command === 'dockerd') return 'daemon'
  if (command.startsWith('containerd-shim')) return 'shims'
  if (command.startsWith('containerd')) return 'containerd'
  if (/^netd|^docker-proxy/.test(command)) return 'helpers'
  return undefined
}

/** Of all processes in the host's PID namespace. */
async function use(host: HermeticHost): Promise<Use> {
  const own = await readlink(`/proc/${host.pid}/ns/pid`)
  const found: Use = { daemon: 0, helpers: 0, containerd: 0, shims: 0 }
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const role = roleOf((await readFile(`/proc/${pid}/comm`, 'utf8')).trim())
      if (role === undefined || (await readlink(`/proc/${pid}/ns/pid`)) !== own) continue
      const [, kib] = /^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))!
      found[role] += Number(kib) / 1024
    } catch (error) {
      // Ended meanwhile.
      if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  return found
}

/** Each with a published port, as containers have them. */
async function fill(call: Api, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const { Id } = await call('POST', '/containers/create', {
      Image: 'trestle/toolbox',
      Cmd: ['sleep', '3600'],
      HostConfig: { NetworkMode: 'bridge', PortBindings: { '80/tcp': [{ HostPort: String(18_000 + index) }] } },
      ExposedPorts: { '80/tcp': {} },
    })
    await call('POST', `/containers/${Id}/start`)
  }
}

const idleMs = Number(options.idle) * 1000
const count = Number(options.containers)

await using host = await startHost()
await using dockerd = await startPeer(options.peer)
const contenders = [
  { name: 'netd', host, call: api(host.socket), docker: host },
  { name: 'dockerd', host: dockerd.host, call: api(dockerd.socket), docker: dockerd },
]
for (const { docker } of contenders) await docker.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
const rows: ({ name: string; containers: number } & Use)[] = []
for (const containers of [0, count]) {
  if (containers > 0) for (const { call } of contenders) await fill(call, containers)
  await setTimeout(idleMs)
  for (const { name, host: where } of contenders) rows.push({ name, containers, ...(await use(where)) })
}

if (options.json) console.log(JSON.stringify(rows, null, 2))
else {
  console.log(`PSS in MiB after ${options.idle} s without a request\n`)
  console.log(
    '| containers | | daemon | helpers | containerd | shims | all |\n| --: | --- | --: | --: | --: | --: | --: |',
  )
  for (const { name, containers, ...found } of rows) {
    const cells = [...Object.values(found), Object.values(found).reduce((sum, value) => sum + value)]
    console.log(`| ${containers} | ${name} | ${cells.map((value) => value.toFixed(0)).join(' | ')} |`)
  }
}
