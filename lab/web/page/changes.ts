/** What happened between two graphs, in words for somebody who does not see the picture. */
import type { Graph } from '../../../api/trestle/graph.ts'
import { indexGraph, spoken } from './graph-index.ts'
import { statusOf, statusText } from './status.ts'

/** Read aloud one by one; a screen reader cannot keep up with more. */
const sentenceLimit = 4

export function describeChanges(before: Graph, after: Graph): string {
  const [old, now] = [indexGraph(before), indexGraph(after)]
  const sentences: string[] = []
  for (const [id, { name, kind }] of now.namespaces) if (!old.namespaces.has(id)) sentences.push(`${kind} ${name} came`)
  for (const [id, { name, kind }] of old.namespaces) if (!now.namespaces.has(id)) sentences.push(`${kind} ${name} went`)
  for (const [id, place] of now.interfaces) {
    const was = old.interfaces.get(id)
    if (was === undefined) {
      if (old.namespaces.has(place.namespace.id)) sentences.push(`${spoken(place)} came`)
      continue
    }
    const status = statusOf(place.interface)
    if (statusOf(was.interface) !== status)
      sentences.push(`${spoken(place)} is ${status === 'no-carrier' ? 'without carrier' : statusText[status]}`)
    const [had, has] = [was, place].map((one) => one.interface.addresses.map(({ address }) => address))
    for (const address of has!.filter((one) => !had!.includes(one))) sentences.push(`${spoken(place)} got ${address}`)
    for (const address of had!.filter((one) => !has!.includes(one))) sentences.push(`${spoken(place)} lost ${address}`)
  }
  for (const [id, place] of old.interfaces) {
    if (!now.interfaces.has(id) && now.namespaces.has(place.namespace.id)) sentences.push(`${spoken(place)} went`)
  }
  if (sentences.length === 0) return ''
  const rest = sentences.length - sentenceLimit
  return `${sentences.slice(0, sentenceLimit).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}.`
}
