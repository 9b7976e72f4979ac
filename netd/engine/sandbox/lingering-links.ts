/**
 * Veth pairs of sandboxes that have closed. They end with their namespace, mostly within a tenth of a second, and nobody
 * waits. But a namespace can be held: by a process that somebody has moved there, or by a TCP connection that still has
 * something to say to its peer, which it tries for minutes once it is cut off (tcp_orphan_retries, tcp(7)).
 */
import type { Engine } from '../engine.ts'
import type { ActiveEndpoint } from './endpoints.ts'

/** By then a namespace has ended that nobody holds, and its links with it. */
const patienceMs = 1_000

/** Deletes what is there of them in a moment, while others go on; their names are random, and nobody else's by then. */
export function deleteLingering({ kernel, host, log }: Engine, endpoints: ActiveEndpoint[]): void {
  const names = endpoints.map(({ lease }) => lease.hostInterface).filter((name) => name !== '')
  if (names.length === 0) return
  const sweep = async (): Promise<void> => {
    const found = await Promise.all(names.map((name) => kernel.link(host, name)))
    const lingering = found.filter((link) => link !== undefined)
    if (lingering.length === 0) return
    for (const { message } of await kernel.teardown(
      lingering.map(({ name }) => ({ do: 'link.delete', namespace: host, name })),
    ))
      log.warn(`link of a container that has ended: ${message}`)
  }
  setTimeout(() => {
    sweep().catch((error: Error) => log.warn(`links of a container that has ended: ${error.message}`))
  }, patienceMs).unref()
}
