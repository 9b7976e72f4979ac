/**
 * The port proxy's process: `proxy CONTROL_SOCKET`. It is a child of the daemon only by birth. Says `ready` on its standard
 * output once it listens, and ends when it is told to, or when it holds nothing and nobody has spoken to it for a while.
 */
import { writeFileSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { PortTable } from './port-table.ts'
import { readLines, type Request, type Response, type Results } from './protocol.ts'

const idleMs = 10_000

const path = process.argv[2]
if (path === undefined) throw new Error('usage: proxy CONTROL_SOCKET')
// For ps(1), which shows Node's thread name otherwise.
writeFileSync('/proc/self/comm', 'netd-proxy')

const table = new PortTable()
const clients = new Set<Socket>()
/** One change at a time, in the order of arrival: a port is chosen and bound with nobody in between. */
let last: Promise<unknown> = Promise.resolve()

async function handle(request: Request): Promise<Results[Request['do']]> {
  if (request.do === 'publish') return table.publish(request.containerId, request.ports, request.target)
  if (request.do === 'list') return table.list()
  if (request.do === 'release') await table.release(request.containerId)
  else setImmediate(end)
  return null
}

const server = createServer((client) => {
  clients.add(client)
  client.once('close', () => {
    clients.delete(client)
    endIfIdle()
  })
  client.on('error', () => {})
  client.on(
    'data',
    readLines((line) => {
      const { id, ...request } = JSON.parse(line) as Request & { id: number }
      last = last
        .then(() => handle(request))
        .then(
          (result): Response => ({ id, result }),
          (error: Error): Response => ({ id, error: error.message }),
        )
        .then((response) => client.write(`${JSON.stringify(response)}\n`))
    }),
  )
})

let idle: NodeJS.Timeout | undefined

function endIfIdle(): void {
  clearTimeout(idle)
  idle = setTimeout(() => table.isEmpty && clients.size === 0 && end(), idleMs)
}

function end(): void {
  server.close()
  void unlink(path!)
    .catch(() => {})
    .then(() => process.exit(0))
}

/** A daemon that was killed may have left a socket nobody listens on; one that answers belongs to the proxy that there is already. */
async function isServed(): Promise<boolean> {
  const probe = connect(path!)
  try {
    await once(probe, 'connect')
    return true
  } catch {
    return false
  } finally {
    probe.destroy()
  }
}

if (await isServed()) throw new Error(`another port proxy listens on ${path}`)
await unlink(path).catch(() => {})
process.umask(0o177)
server.listen(path)
await once(server, 'listening')
endIfIdle()
process.stdout.write('ready\n')
