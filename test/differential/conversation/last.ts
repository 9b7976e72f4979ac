/** What is left, and what the events tell of it all. */
import { filter, image, type Step } from './step.ts'

export const last: Step[] = [
  { name: 'network rm', method: 'DELETE', path: '/networks/{front}' },
  {
    name: 'network prune, unknown filter',
    method: 'POST',
    path: `/networks/prune?filters=${filter({ colour: ['red'] })}`,
  },
  {
    name: 'network prune, another label',
    method: 'POST',
    path: `/networks/prune?filters=${filter({ label: ['a=c'] })}`,
  },
  {
    name: 'network prune, by label',
    method: 'POST',
    path: `/networks/prune?filters=${filter({ label: ['a=b'] })}`,
    values: (body) => body,
  },
  { name: 'network prune', method: 'POST', path: '/networks/prune' },
  { name: 'network prune, nothing', method: 'POST', path: '/networks/prune' },
  { name: 'events, of the past', method: 'GET', path: `/events?since=1&until=2` },
  {
    name: 'events, unknown filter',
    method: 'GET',
    path: `/events?since=1&until=2&filters=${filter({ colour: ['red'] })}`,
  },
  { name: 'events, bad since', method: 'GET', path: `/events?since=yesterday&until=2` },
  {
    name: 'events, of one container',
    method: 'GET',
    path: `/events?since=1&until={now}&filters=${filter({ container: ['web2'] })}`,
    values: outline,
  },
  {
    name: 'events, of one network',
    method: 'GET',
    path: `/events?since=1&until={now}&filters=${filter({ type: ['network'], network: ['back'] })}`,
    values: outline,
  },
  {
    name: 'events, of one image',
    method: 'GET',
    path: `/events?since=1&until={now}&filters=${filter({ type: ['image'], image: [image] })}`,
    values: outline,
  },
]

interface Event {
  Type: string
  Action: string
  Actor: { Attributes: Record<string, string> }
}

/** What happened, in order, with what is told of it. */
function outline(events: Event[]): string[] {
  return events.map(
    ({ Type, Action, Actor }) => `${Type} ${Action}: ${Object.keys(Actor.Attributes).toSorted().join(' ')}`,
  )
}
