/** Schema 3: what a driver has chosen of a network is the driver's own. It was the name of a bridge only. */
import type { DatabaseSync } from 'node:sqlite'
import { rewrite } from './rewrite.ts'

interface NetworkOfSchema2 {
  driver: string
  bridge?: string
}

export function ownDriverState(database: DatabaseSync): void {
  rewrite(database, 'networks', ({ bridge, ...network }: NetworkOfSchema2) => ({
    ...network,
    // A network of another driver was given a name as well, of a bridge that nobody made.
    driverState: network.driver === 'bridge' && bridge !== undefined ? { bridge } : {},
  }))
}
