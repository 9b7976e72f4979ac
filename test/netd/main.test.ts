/** The daemon as a process: how it starts with what it finds, what it is told while it runs, and what does not end it. */
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'

let host: HermeticHost
let configFile: string

beforeAll(async () => {
  host = await startHost({ hasNetd: false })
  configFile = `${host.root}/netd.json`
})
afterAll(() => host[Symbol.asyncDispose]())

const flags = (): string[] => [
  `--data-root=${host.dataRoot}`,
  `--exec-root=${host.execRoot}`,
  `--pidfile=${host.root}/netd.pid`,
  `--host=unix://${host.socket}`,
]

/** One that is expected not to serve. */
const netd = (...more: string[]) => host.run([`${projectRoot}bin/netd`, ...flags(), ...more], { allowFailure: true })

const info = async () => (await host.http('GET', '/info')).body

const addressOfDocker0 = async (): Promise<string> =>
  (await host.json(['ip', '-j', 'address', 'show', 'docker0']))[0].addr_info[0].local

test('SIGHUP reads the configuration again: what can change changes, and a file that is wrong leaves all as it is', async () => {
  await writeFile(configFile, '{"log-level": "info"}')
  const child = host.spawn([`${projectRoot}bin/netd`, ...flags(), `--config-file=${configFile}`])
  let log = ''
  child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const hangUp = async (settings: string, answer: string): Promise<void> => {
    await writeFile(configFile, settings)
    await signal('HUP')
    await eventually(() => expect(log).toContain(answer))
  }
  await eventually(() => expect(log).toContain('listens on'), { timeoutMs: 30_000 })
  await hangUp('{"log-level": "debug", "labels": ["rack=7"], "mtu": 1400}', 'next start of netd: mtu')
  expect(log).toContain('log-level, labels changed')
  await hangUp('{"log-level": "deb', `the configuration stays as it is: --config-file ${configFile}: `)
  expect(await info()).toMatchObject({ Debug: true, Labels: ['rack=7'] })
  await hangUp('{"labels": ["rack=8"]}', 'changed\n')
  await eventually(async () => expect(await info()).toMatchObject({ Debug: false, Labels: ['rack=8'] }))
  const events = await host.http('GET', `/events?since=1&until=${Date.now() / 1000}&filters={"type":["daemon"]}`)
  expect([events.body].flat().map(({ Action }) => Action)).toEqual(['reload', 'reload'])
  await endAsked(child)
})

test('a database that is lost or damaged, with its networks still in the kernel: netd begins anew, and tells', async () => {
  await host.startNetd()
  const address = await addressOfDocker0()
  await host.http('POST', '/networks/create', { Name: 'lan' })
  await host.stopNetd('SIGKILL')
  for (const file of await readdir(host.dataRoot)) if (file.startsWith('netd.db')) await rm(`${host.dataRoot}/${file}`)

  await host.startNetd()
  expect(await addressOfDocker0()).toBe(address)
  expect((await host.http('GET', '/networks')).body.map(({ Name }: { Name: string }) => Name).toSorted()).toEqual([
    'bridge',
    'host',
    'none',
  ])
  await host.stopNetd('SIGKILL')

  for (const suffix of ['', '-wal']) await writeFile(`${host.dataRoot}/netd.db${suffix}`, 'this was one'.repeat(1000))
  await host.startNetd()
  expect(await addressOfDocker0()).toBe(address)
  await host.stopNetd()
  expect((await readdir(host.dataRoot)).filter((name) => name.includes('.damaged-'))).not.toEqual([])

  await rm(`${host.dataRoot}/netd.db`)
  expect(await netd('--reset')).toMatchObject({ exitCode: 0 })
  expect((await host.run(['ip', '-br', 'link'])).stdout).not.toContain('docker0')
})

test('a start that fails says why in one sentence, and nothing else', async () => {
  const database = new DatabaseSync(`${host.dataRoot}/netd.db`)
  database.exec('PRAGMA user_version = 99')
  database.close()
  for (const attempt of [[], ['--reset']]) {
    const { exitCode, stdout, stderr } = await netd(...attempt)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(/^netd: \S+netd\.db: the state was written by a newer netd \(schema 99, [^\n]*\n$/)
  }
  await rm(`${host.dataRoot}/netd.db`)
})

test('a root that is read-only is named', async () => {
  await host.run(['sh', '-c', `mkdir ${host.root}/ro && mount -t tmpfs -o ro tmpfs ${host.root}/ro`])
  for (const flag of ['data-root', 'exec-root']) {
    expect((await netd(`--${flag}=${host.root}/ro`)).stderr).toMatch(
      new RegExp(`^netd: --${flag} \\S+/ro: netd cannot write there \\(EROFS: [^\\n]*\\n$`),
    )
  }
})

test('what ended it by its own fault is a warning of the next, until it ends in an ordinary way', async () => {
  const faults = `${host.dataRoot}/faults.jsonl`
  await writeFile(faults, '{"at":"noon","version":"1","message":"oops","stack":"at here"}\n')
  await host.startNetd()
  // What the kernel lacks is a warning, too.
  const fault = expect.stringContaining('netd ended once by a fault of its own')
  expect((await info()).Warnings).toContainEqual(fault)
  await host.stopNetd()
  expect(existsSync(faults)).toBe(false)
})

test('it needs neither input nor output, and a log that nobody reads any more does not end it', async () => {
  await writeFile(configFile, '{}')
  const command = [`${projectRoot}bin/netd`, ...flags(), `--config-file=${configFile}`]
  const closed = host.spawn(['sh', '-c', `exec ${command.join(' ')} <&- >&- 2>&-`])
  const answers = () => eventually(async () => expect((await info()).Debug).toBe(false), { timeoutMs: 30_000 })
  await answers()
  await endAsked(closed)

  const deaf = host.spawn(command)
  await answers()
  deaf.stderr!.destroy()
  deaf.stdout!.destroy()
  deaf.stdin!.destroy()
  // Each request is a line of the log at this level.
  await writeFile(configFile, '{"debug": true}')
  await signal('HUP')
  await eventually(async () => expect((await info()).Debug).toBe(true))
  expect((await host.http('GET', '/nope')).status).toBe(404)
  await endAsked(deaf)
})

test('it serves the socket that systemd has opened for it, and leaves it there', async () => {
  await writeFile(configFile, '{}')
  const more = flags().filter((flag) => !flag.startsWith('--host'))
  const command = [`${projectRoot}bin/netd`, ...more, `--config-file=${configFile}`, '--host=fd://']
  const { exitCode, stderr } = await host.run(command, { allowFailure: true })
  expect([exitCode, stderr]).toEqual([
    1,
    'netd: --host fd://: systemd passed no socket; start netd by its socket unit, or listen on unix:///PATH instead\n',
  ])
  // What systemd does, sd_listen_fds(3); descriptors above $^F would be closed by exec.
  const socketUnit = (kind: string): string[] => {
    const script = `$^F = 9; $socket = IO::Socket::${kind}->new(shift, shift, Listen => 9) or die $!;
      $ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = 1; exec @ARGV`
    return ['perl', `-MIO::Socket::${kind}`, '-e', script]
  }
  const open = await host.run([...socketUnit('INET'), 'LocalAddr', '127.0.0.1', ...command], { allowFailure: true })
  expect([open.exitCode, open.stderr]).toEqual([
    1,
    'netd: --host fd://: descriptor 3 is no unix socket (ListenStream=/PATH), and TCP is not served without TLS: listen on tcp://ADDRESS:PORT with --tlsverify instead\n',
  ])
  await rm(host.socket, { force: true })
  const activated = host.spawn([...socketUnit('UNIX'), 'Local', host.socket, ...command])
  await eventually(async () => expect((await info()).Name).toBeTypeOf('string'), { timeoutMs: 30_000 })
  await endAsked(activated)
  expect(existsSync(host.socket)).toBe(true)
})

/** As the pid file has it: of netd itself, and inside. */
const signal = (name: string) => host.run(['sh', '-c', `kill -${name} $(cat ${host.root}/netd.pid)`])

async function endAsked(child: ReturnType<HermeticHost['spawn']>): Promise<void> {
  const ended = once(child, 'exit')
  await signal('TERM')
  expect((await ended)[0]).toBe(0)
}
