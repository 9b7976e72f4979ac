/** Up, down, and what lies between, in words and in a sign: never by colour alone. */
import type { GraphInterface } from '../../../api/trestle/graph.ts'

export type Status = 'up' | 'no-carrier' | 'down'

export function statusOf({ isUp, hasCarrier }: Pick<GraphInterface, 'isUp' | 'hasCarrier'>): Status {
  if (!isUp) return 'down'
  return hasCarrier ? 'up' : 'no-carrier'
}

export const statusText: Record<Status, string> = { up: 'up', 'no-carrier': 'no carrier', down: 'down' }
export const statusSign: Record<Status, string> = { up: '●', 'no-carrier': '◌', down: '✕' }
