/**
 * The daemon's end is no event for what its containers do: a download, long-lived connections, pings and lookups go on
 * through ten kills and ten restarts, and none of them fails once.
 */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'
import { eventually } from '../support/eventually.ts'

const rounds = 10
const blobBytes = 64 * 2 ** 20

/** A file that is no two times the same chunk, and an echo for as many connections as come. */
const serverScript = `
  head -c ${blobBytes} /dev/urandom > /tmp/blob
  busybox nc -ll -p 7 -e cat &
  exec httpd -f -p 80 -h /tmp`

/** Lookups every 50 ms and pings beside them, until it is told to stop: then it says how they went. */
const clientScript = `
  trap stop=1 TERM
  ping -i 0.05 server > /tmp/pings &
  while [ -z "$stop" ]; do
    if nslookup -type=a server > /tmp/answer; then found=$((found + 1)); else echo "failed: $(cat /tmp/answer)"; fi
    usleep 50000
  done
  kill -INT $!
  wait $!
  grep received /tmp/pings
  echo "found $found"`

/** Sends a number every 50 ms and wants it back; says how many when its standard input ends, and why when the connection does. */
const echoClient = (host: string): string[] => [
  process.execPath,
  '-e',
  `const socket = require('net').connect(7007, '${host}')
  let sent = 0, received = ''
  setInterval(() => socket.write(++sent + ' '), 50)
  socket.on('data', (chunk) => { received += chunk })
  socket.on('close', () => { console.log('closed'); process.exit(1) })
  socket.on('error', (error) => console.log(error.message))
  process.stdin.resume().on('end', () => {
    const numbers = received.split(' ').slice(0, -1).map(Number)
    console.log(numbers.every((number, at) => number === at + 1) ? 'whole ' + numbers.length : 'broken ' + received)
    process.exit(0)
  })`,
]

async function output(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

/** Goes on reading until it has had that many bytes of the whole, or all there are; in between the sender has to wait. */
class SlowReader {
  readonly hash = createHash('sha256')
  readonly #chunks: AsyncIterator<Buffer>
  #bytes = 0

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async readTo(bytes: number): Promise<number> {
    while (this.#bytes < bytes) {
      const { done, value } = await this.#chunks.next()
      if (done === true) break
      this.hash.update(value)
      this.#bytes += value.length
    }
    return this.#bytes
  }
}

async function startContainers(host: HermeticHost): Promise<void> {
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await host.docker(['network', 'create', 'lan'])
  const run = (name: string, script: string, ...options: string[]): Promise<unknown> =>
    host.docker(['run', '-d', '--name', name, '--network', 'lan', ...options, 'trestle/toolbox', 'sh', '-c', script])
  await run('server', serverScript, '-p', '8080:80', '-p', '7007:7')
  await eventually(() => host.run(['curl', '-sfI', 'http://127.0.0.1:8080/blob']))
  await run('client', clientScript)
}

test('ten kills and ten restarts of the daemon cost its containers nothing', async () => {
  await using host = await startHost()
  await startContainers(host)
  const dataPlane = await host.run(['pgrep', '-f', '/dataplane.js'])
  // One by the kernel's path, the other through the data plane.
  const echoes = ['127.0.0.1', '::1'].map((address) => host.spawn(echoClient(address)))
  const said = echoes.map(({ stdout }) => output(stdout!))
  const download = new SlowReader(host.spawn(['curl', '-sN', 'http://127.0.0.1:8080/blob']).stdout!)

  for (let round = 0; round < rounds; round++) {
    for (const [at, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
      await host.stopNetd(signal)
      // A part while the daemon is away, so that the download is under way all the time.
      await download.readTo(((round * 2 + at + 1) * blobBytes) / (rounds * 2) - 2 ** 20)
      await host.startNetd()
    }
  }

  expect(await download.readTo(Infinity)).toBe(blobBytes)
  const { stdout: sum } = await host.docker(['exec', 'server', 'sha256sum', '/tmp/blob'])
  expect(download.hash.digest('hex')).toBe(sum.split(' ')[0])

  for (const { stdin } of echoes) stdin!.end()
  for (const words of await Promise.all(said)) expect(words).toMatch(/^whole [1-9]\d+\n$/)

  await host.docker(['stop', 'client'])
  const { stdout: log } = await host.docker(['logs', 'client'])
  expect(log).toMatch(/^([1-9]\d+) packets transmitted, \1 received, .*\nfound [1-9]\d+\n$/)
  expect(await host.run(['pgrep', '-f', '/dataplane.js'])).toEqual(dataPlane)
}, 180_000)
