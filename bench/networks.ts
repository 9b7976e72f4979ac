/**
 * Does a network cost more the more there are? `network create` over the HTTP API, the first of a thousand beside the last,
 * on a host without uplink.
 *
 * `npm run bench -- networks [--count N] [--json]`: quartiles of the 2nd to the 61st and of the last 60; the first one of all
 * warms up.
 */
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { startHost } from '../test/support/host.ts'

const { values: options } = parseArgs({
  options: { count: { type: 'string', default: '1000' }, json: { type: 'boolean', default: false } },
})

await using host = await startHost()
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** Milliseconds. */
function create(name: string): Promise<number> {
  const payload = JSON.stringify({ Name: name })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: host.socket, method: 'POST', path: '/networks/create', agent, headers },
      (incoming) => {
        incoming.resume()
        incoming.once('end', () =>
          incoming.statusCode === 201
            ? resolve(performance.now() - start)
            : reject(new Error(`network ${name}: ${incoming.statusCode}`)),
        )
      },
    )
    outgoing.once('error', reject)
    outgoing.end(payload)
  })
}

const sample = 60
const times: number[] = []
for (let at = 0; at <= Number(options.count); at++) times.push(await create(`n${at}`))
agent.destroy()

const quartile = (values: number[], part: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * part)]!
const [first, last] = [times.slice(1, sample + 1), times.slice(-sample)]
const rows = [0.25, 0.5, 0.75].map((part) => {
  const [early, late] = [quartile(first, part), quartile(last, part)]
  return { quartile: part, firstMs: early, lastMs: late, ratio: late / early }
})
if (options.json) console.log(JSON.stringify(rows, null, 2))
else
  console.table(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value.toFixed(2)]))),
  )
