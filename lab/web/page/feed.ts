/** The graph as it changes: server-sent events, and coming back when the daemon or the server went away. */
import { applyGraphEvent, type Graph, type GraphEvent } from '../../../api/trestle/graph.ts'

export type Connection = 'connecting' | 'live' | 'lost'

export interface FeedHandlers {
  onGraph: (graph: Graph) => void
  onConnection: (state: Connection) => void
}

const retryMs = { first: 500, longest: 5_000 }

export function follow(url: string, { onGraph, onConnection }: FeedHandlers): void {
  let waitMs = retryMs.first
  const open = (): void => {
    let graph: Graph = { namespaces: [], networks: [], ports: [] }
    const source = new EventSource(url)
    const take = (message: MessageEvent<string>): void => {
      const event = JSON.parse(message.data) as GraphEvent
      graph = applyGraphEvent(graph, event)
      if (event.type === 'snapshot') {
        waitMs = retryMs.first
        onConnection('live')
      }
      onGraph(graph)
    }
    source.addEventListener('snapshot', take)
    source.addEventListener('delta', take)
    // EventSource gives up for good on an HTTP error; one schedule of our own serves both kinds.
    source.addEventListener('error', () => {
      source.close()
      onConnection('lost')
      setTimeout(open, waitMs)
      waitMs = Math.min(waitMs * 2, retryMs.longest)
    })
  }
  onConnection('connecting')
  open()
}
