import type { EventMessage } from '../../api/docker/events.ts'

export type NewEvent = Pick<EventMessage, 'Type' | 'Action' | 'Actor'>

/** Everything that happens, as `docker events` tells it; the last 256 are kept for `--since`. */
export class EventBus {
  static readonly historyLimit = 256
  readonly #listeners = new Set<(event: EventMessage) => void>()
  readonly #history: EventMessage[] = []
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  publish(event: NewEvent): void {
    const milliseconds = this.#now().getTime()
    const message: EventMessage = {
      ...event,
      scope: 'local',
      time: Math.floor(milliseconds / 1000),
      timeNano: milliseconds * 1e6,
    }
    if (!['network', 'volume', 'daemon'].includes(event.Type)) {
      message.status = event.Action
      message.id = event.Actor.ID
      if (event.Type === 'container' && event.Actor.Attributes['image'] !== undefined)
        message.from = event.Actor.Attributes['image']
    }
    this.#history.push(message)
    if (this.#history.length > EventBus.historyLimit) this.#history.shift()
    for (const listener of this.#listeners) listener(message)
  }

  history(): readonly EventMessage[] {
    return this.#history
  }

  listenerCount(): number {
    return this.#listeners.size
  }

  subscribe(listener: (event: EventMessage) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
