/**
 * How many names a second does the embedded resolver answer, one container asking; and with the names of many containers on
 * its network? Against stock dockerd in the same run, which has as many names as it has containers.
 *
 * `npm run bench -- dns [--seconds N] [--names N] [--json]`
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { projectRoot, startHost } from '../test/support/host.ts'
import { run } from '../test/support/run.ts'
import { startStockDockerd } from '../test/support/stock-dockerd.ts'

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    names: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
})
const client = fileURLToPath(new URL('support/dns-client.ts', import.meta.url))

await using host = await startHost()
await using dockerd = await startStockDockerd()
const contenders = [
  { name: 'netd', docker: host },
  { name: 'dockerd', docker: dockerd },
]

/** In the namespace of the container, by a program of the host. */
async function ask(pid: string, names: string[]): Promise<number> {
  const command = [
    'nsenter',
    `--net=/proc/${pid}/ns/net`,
    '--',
    process.execPath,
    client,
    options.seconds,
    '127.0.0.11',
  ]
  const { stdout } = await run([...command, ...names], { timeoutMs: 60_000 })
  return (JSON.parse(stdout) as { perSecond: number }).perSecond
}

/** Seen from here: each daemon is in a PID namespace of its own, where the container has another. */
async function pidOutside(docker: (typeof contenders)[number]['docker'], name: string): Promise<string> {
  const { stdout } = await docker.docker(['inspect', '-f', '{{.Id}}', name])
  const id = stdout.trim()
  const { stdout: pids } = await run([
    'sh',
    '-c',
    `grep -l ${id} /proc/[0-9]*/cgroup /proc/[0-9]*/mountinfo 2>/dev/null || true`,
  ])
  for (const file of pids.split('\n').filter((line) => line.endsWith('cgroup'))) {
    const pid = file.split('/')[2]!
    if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'sleep') return pid
  }
  throw new Error(`no process of ${name}`)
}

const rows: { name: string; one: number; many: number }[] = []
for (const { name, docker } of contenders) {
  await docker.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await docker.docker(['network', 'create', '--subnet', '10.90.0.0/16', 'lan'])
  await docker.docker(['run', '-d', '--network', 'lan', '--name', 'one', 'trestle/toolbox', 'sleep', '3600'])
  const pid = await pidOutside(docker, 'one')
  await ask(pid, ['one'])
  const one = await ask(pid, ['one'])
  const names = Array.from({ length: Number(options.names) }, (_, at) => `name-${at}`)
  // As aliases: to the resolver a name is a name, and a thousand containers do not fit every machine.
  const aliases = names.flatMap((alias) => ['--network-alias', alias])
  await docker.docker(['run', '-d', '--network', 'lan', ...aliases, 'trestle/toolbox', 'sleep', '3600'])
  rows.push({ name, one, many: await ask(pid, names) })
}

if (options.json) console.log(JSON.stringify(rows))
else console.table(rows)
