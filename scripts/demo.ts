/**
 * Starts a daemon of its own, brings topologies/first-steps.yaml up, shows what can reach what and why, prints what
 * was built, draws it, and takes it all away. `--keep` leaves it and says where to look next.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseArgs, styleText } from 'node:util'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } })
const root = fileURLToPath(new URL('..', import.meta.url))
const work = await mkdtemp(`${tmpdir()}/trestle-demo-`)
const host = `unix://${work}/netd.sock`
const daemonFlags = [
  `--data-root=${work}/data`,
  `--exec-root=${work}/exec`,
  `--pidfile=${work}/netd.pid`,
  `--host=${host}`,
]
const topology = 'topologies/first-steps.yaml'
const picture = `${work}.png`
const forwarding = '/proc/sys/net/ipv4/ip_forward'
const wasForwarding = await readFile(forwarding, 'utf8')

const isColourful = process.stdout.isTTY && !process.env['NO_COLOR']
const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
  isColourful ? styleText(style, text) : text
const title = (text: string): void => console.log(`\n${paint('bold', text)}`)

class DemoError extends Error {}

/** Runs a program and prints it with its output, indented. `expected`: what its output must match, or the demo fails. */
async function show(
  command: string[],
  { expected, isRefused = false, lines = 12 }: { expected?: RegExp; isRefused?: boolean; lines?: number } = {},
): Promise<string> {
  console.log(`  ${paint('cyan', `$ ${command.join(' ')}`)}`)
  const [file, ...args] = command[0] === 'trestle' ? [`${root}bin/trestle`, ...command.slice(1)] : command
  const child = spawn(file!, args, {
    cwd: root,
    env: { ...process.env, TRESTLE_HOST: host },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  const printed = output.trimEnd().split('\n')
  for (const line of printed.slice(0, lines)) console.log(`    ${line}`)
  if (printed.length > lines) console.log(`    … ${printed.length - lines} more lines`)
  if ((code !== 0) !== isRefused) throw new DemoError(`\`${command.join(' ')}\` ended with ${code}`)
  if (expected !== undefined && !expected.test(output))
    throw new DemoError(`\`${command.join(' ')}\` did not print ${expected}`)
  return output
}

async function startDaemon(): Promise<ChildProcess> {
  const log = openSync(`${work}/netd.log`, 'a')
  const daemon = spawn(`${root}bin/netd`, daemonFlags, { stdio: ['ignore', log, log], detached: true })
  daemon.unref()
  const deadline = Date.now() + 30_000
  for (;;) {
    const ping = spawn(`${root}bin/trestle`, ['version'], {
      env: { ...process.env, TRESTLE_HOST: host },
      stdio: 'ignore',
    })
    const [code] = (await once(ping, 'exit')) as [number]
    if (code === 0) return daemon
    if (daemon.exitCode !== null || Date.now() > deadline)
      throw new DemoError(`netd did not start:\n${await readFile(`${work}/netd.log`, 'utf8')}`)
  }
}

/** The page as a browser shows it, to a file. */
async function takePicture(): Promise<void> {
  const graph = spawn(`${root}bin/trestle`, ['graph', '--no-open'], {
    env: { ...process.env, TRESTLE_HOST: host },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    let printed = ''
    while (!/http:\S+/.test(printed)) {
      const [chunk] = (await once(graph.stdout, 'data')) as [Buffer]
      printed += chunk.toString()
    }
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
    try {
      const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } })
      await page.goto(/http:\S+/.exec(printed)![0])
      await page.getByTestId('connection').getByText('Live').waitFor()
      await page.screenshot({ path: picture })
    } finally {
      await browser.close()
    }
  } finally {
    graph.kill('SIGTERM')
  }
}

async function stopDaemon(daemon: ChildProcess): Promise<void> {
  daemon.ref()
  const ended = once(daemon, 'exit')
  daemon.kill('SIGTERM')
  await ended
}

/** What a daemon leaves for its successor (bridges, nftables table, data plane) goes, too. */
async function reset(): Promise<void> {
  const child = spawn(`${root}bin/netd`, [...daemonFlags, '--reset'], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new DemoError(`netd --reset ended with ${code}; what is left is under ${work}`)
  // netd, like dockerd, switches forwarding on and leaves it so.
  await writeFile(forwarding, wasForwarding)
  await rm(work, { recursive: true, force: true })
}

async function tour(): Promise<void> {
  title('1. A lab from a file')
  await show(['trestle', 'lab', 'up', topology])
  await show(['trestle', 'ps'])

  title('2. Names, and the network that two nodes share')
  await show(['trestle', 'exec', 'first-steps-client', 'nslookup', 'web'], { expected: /Address/ })
  await show(['trestle', 'exec', 'first-steps-client', 'ping', '-c', '1', 'web'], { expected: /1 received/ })

  title('3. A published port, from this machine')
  await show(['curl', '-s', 'http://127.0.0.1:8080/'], { expected: /./ })

  title('4. Isolation: another network cannot reach it, by name or by address')
  const address = (
    await show([
      'trestle',
      'inspect',
      '--format',
      '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
      'first-steps-web',
    ])
  ).trim()
  await show(['trestle', 'exec', 'first-steps-isolated', 'ping', '-c', '1', '-W', '1', address], {
    isRefused: true,
    expected: /0 received/,
  })

  title('5. The other modes: none, host, container')
  await show(['trestle', 'run', '--rm', '--network', 'none', 'trestle/toolbox', 'ip', '-br', 'addr'], {
    expected: /^lo/m,
  })
  await show(['trestle', 'run', '--rm', '--network', 'host', 'trestle/toolbox', 'readlink', '/proc/self/ns/net'])
  await show(['readlink', '/proc/self/ns/net'])
  await show(
    ['trestle', 'run', '--rm', '--network', 'container:first-steps-web', 'trestle/toolbox', 'ip', '-br', 'addr'],
    { expected: new RegExp(address.replaceAll('.', '\\.')) },
  )

  title('6. What was built')
  await show(['trestle', 'network', 'ls'])
  await show(['ip', '-br', 'link', 'show', 'type', 'bridge'])
  await show(['ip', '-br', 'link', 'show', 'type', 'veth'])
  await show(['ip', '-br', '-4', 'addr', 'show', 'up'], { lines: 20 })

  title('7. The picture')
  await takePicture()
  console.log(`    ${picture}`)
}

console.log(paint('bold', 'Trestle: starting netd'))
const daemon = await startDaemon()
let failure: unknown
try {
  await tour()
} catch (error) {
  failure = error
}

if (options.keep && failure === undefined) {
  title('It is all still there. Where to look next:')
  console.log(`    export TRESTLE_HOST=${host} DOCKER_HOST=${host}`)
  console.log(`    ${root}bin/trestle graph          # live, in a browser; then: ip link set … down`)
  console.log('    docker ps                         # any docker CLI')
  console.log(`    ${root}bin/trestle lab down ${topology}`)
  console.log(`    kill ${daemon.pid}; sleep 1; ${root}bin/netd ${daemonFlags.join(' ')} --reset`)
  process.exit(0)
}
title('Taking it all away')
await show(['trestle', 'lab', 'down', topology]).catch((error: unknown) => (failure ??= error))
await stopDaemon(daemon)
await reset()
if (failure !== undefined) {
  console.error(failure instanceof DemoError ? `demo: ${failure.message}` : failure)
  process.exit(1)
}
console.log('    done')
