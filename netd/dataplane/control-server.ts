/** The control socket: netd speaks, we answer. Whatever arrives, and however a connection ends, it costs that connection only. */
import { createServer, type Server, type Socket } from 'node:net'
import { Guard, type GuardLog } from '../guard.ts'
import { readLines, type Request, type Response, type Results } from './protocol.ts'

export interface ControlServerOptions {
  handle: (request: Request) => Promise<Results[Request['do']]>
  /** The last connection has closed. */
  onAlone: () => void
  log: GuardLog
}

export function controlServer({ handle, onAlone, log }: ControlServerOptions): Server {
  const clients = new Set<Socket>()
  /** One change at a time, in the order of arrival: a port is chosen and bound with nobody in between. */
  let last: Promise<unknown> = Promise.resolve()

  const answer = async (client: Socket, { id, ...request }: Request & { id: number }): Promise<void> => {
    const response = await handle(request).then(
      (result): Response => ({ id, result }),
      (error: Error): Response => ({ id, error: error.message }),
    )
    if (client.writable) client.write(`${JSON.stringify(response)}\n`)
  }

  const server = createServer((client) => {
    const guard = new Guard({ what: 'control connection', log, end: () => client.destroy() })
    guard.errorsOf(client)
    clients.add(client)
    client.once('close', () => {
      clients.delete(client)
      if (clients.size === 0) onAlone()
    })
    const receive = readLines((line) => {
      const request = JSON.parse(line) as Request & { id: number }
      last = last.then(() => answer(client, request))
    })
    client.on('data', guard.listener(receive))
  })
  new Guard({ what: 'control socket', log }).errorsOf(server)
  return server
}
