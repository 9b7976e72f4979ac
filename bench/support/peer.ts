/** The dockerd to measure against: this machine's own, or Docker 26.1 of Debian 13, whose root is made when it is not there. */
import { cached } from '../../test/support/cache.ts'
import { docker26 } from '../../test/support/docker26.ts'
import { startStockDockerd, type StockDockerd } from '../../test/support/stock-dockerd.ts'

const peers = ['docker', 'docker26']

/** Throws for a peer that is none of them. */
export async function startPeer(name: string): Promise<StockDockerd> {
  if (!peers.includes(name)) throw new Error(`--peer ${name}: it is one of ${peers.join(', ')}`)
  return startStockDockerd(name === 'docker26' ? await cached(docker26) : undefined)
}
