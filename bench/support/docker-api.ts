import { Agent, request } from 'node:http'

// oxlint-disable-next-line typescript/no-explicit-any -- what the daemon answers.
export type Api = (method: string, path: string, body?: unknown) => Promise<any>

/** One kept-alive connection, as docker's own client has it. */
export function api(socketPath: string): Api {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : JSON.stringify(body)
      const headers =
        payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
      const outgoing = request({ socketPath, method, path: `/v1.41${path}`, agent, headers }, (incoming) => {
        let text = ''
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
        incoming.once('end', () => {
          if (incoming.statusCode! >= 400) reject(new Error(`${method} ${path}: ${incoming.statusCode} ${text}`))
          else resolve(text.startsWith('{') ? JSON.parse(text) : text)
        })
      })
      outgoing.once('error', reject)
      outgoing.end(payload)
    })
}
