/**
 * The data plane's process: `dataplane CONTROL_SOCKET`. It holds what containers need all the time (the resolver, the port
 * proxy) and is a child of netd only by birth, so that netd's end is nothing to them. Says `ready` on its standard output
 * once it listens, and ends when it is told to, or when it holds nothing and nobody has spoken to it for a while.
 */
import { unlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { openLog } from '../process/log.ts'
import { restWhenIdle } from '../process/rest.ts'
import { controlServer } from './control-server.ts'
import { DataPlane } from './data-plane.ts'
import { processName } from './protocol.ts'

const idleMs = 10_000

let path = process.argv[2] ?? ''
if (path === '') throw new Error('usage: dataplane CONTROL_SOCKET')
// For ps(1), which shows Node's thread name otherwise.
writeFileSync('/proc/self/comm', processName.serving)
process.umask(0o177)

const log = openLog({ logLevel: 'info' }, () => new Date())
// A bug; netd starts another process, which takes over what this one held.
process.on('uncaughtException', (error) => {
  log.error('the data plane ends by an error that nobody expected', { stack: error.stack })
  process.exit(1)
})

let idle: NodeJS.Timeout | undefined
const awaitWork = (): void => {
  clearTimeout(idle)
  idle = setTimeout(() => isAlone && dataPlane.isIdle && process.exit(0), idleMs)
}
let isAlone = true

const noteWork = restWhenIdle()
const dataPlane = new DataPlane(log, {
  listen,
  markRetired: () => writeFileSync('/proc/self/comm', processName.retired),
  end: () => process.exit(0),
})
const server = controlServer({
  handle(request) {
    noteWork()
    return dataPlane.handle(request)
  },
  onAlone() {
    isAlone = true
    awaitWork()
  },
  log,
})
server.on('connection', () => (isAlone = false))

/** The former socket, if any, is closed; what came by it stays connected. */
async function listen(on: string): Promise<void> {
  server.close()
  server.listen(on)
  await once(server, 'listening')
  path = on
}

await listen(path)
process.on('exit', () => {
  try {
    unlinkSync(path)
  } catch {
    // netd gave it another name.
  }
})
awaitWork()
process.stdout.write('ready\n')
