/** The page: one graph, three views of it (picture, tables, panel), one selection. */
import type { Graph } from '../../../api/trestle/graph.ts'
import { describeChanges } from './changes.ts'
import { byId } from './dom.ts'
import { follow, type Connection } from './feed.ts'
import { indexGraph } from './graph-index.ts'
import { Panel } from './panel.ts'
import { modelPicture } from './picture/model.ts'
import { PictureView } from './picture/view.ts'
import { search } from './search.ts'
import { Tables } from './tables.ts'

let index = indexGraph({ namespaces: [], networks: [], ports: [] })
let selected: string | undefined
let isFirst = true

const searchField = byId('search', HTMLInputElement)
const panelRoot = byId('panel', HTMLElement)
const picture = new PictureView(byId('picture', HTMLElement), (id) => select(id))
const tables = new Tables(byId('tables', HTMLElement), (id) => select(id))
const panel = new Panel(panelRoot, (id) => select(id))

function select(id: string | undefined): void {
  selected = id
  show()
}

function show(): void {
  const found = search(index, searchField.value)
  picture.select(selected)
  picture.show(found)
  panel.show(index, selected)
  tables.update(index, selected, found)
  byId('matches', HTMLOutputElement).value = found === undefined ? '' : `${found.size} found`
}

function take(graph: Graph): void {
  const changes = isFirst ? '' : describeChanges(index.graph, graph)
  index = indexGraph(graph)
  if (selected !== undefined && !index.interfaces.has(selected) && !index.namespaces.has(selected)) selected = undefined
  picture.update(modelPicture(index))
  show()
  const counts = { container: 0, namespace: 0, host: 0 }
  for (const { kind, sharedBy } of graph.namespaces) {
    counts[kind] += 1
    counts.container += sharedBy.length
  }
  const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
  byId('summary', HTMLElement).textContent = [
    count(counts.container, 'container'),
    count(counts.namespace, 'namespace'),
    count(index.networkOfBridge.size, 'network'),
  ].join(' · ')
  byId('empty', HTMLElement).hidden = true
  if (changes !== '') byId('announcements', HTMLElement).textContent = changes
  isFirst = false
}

const connectionText: Record<Connection, string> = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Connection lost, trying again…',
}

function tell(state: Connection): void {
  const connection = byId('connection', HTMLElement)
  connection.dataset['state'] = state
  if (connection.textContent !== connectionText[state]) connection.textContent = connectionText[state]
  byId('empty', HTMLElement).hidden = !isFirst
}

function toggle(button: string, region: string): void {
  const [control, target] = [byId(button, HTMLButtonElement), byId(region, HTMLElement)]
  control.addEventListener('click', () => {
    target.hidden = !target.hidden
    control.setAttribute('aria-expanded', String(!target.hidden))
  })
}

toggle('legend-toggle', 'legend')
toggle('tables-toggle', 'tables')
byId('fit', HTMLButtonElement).addEventListener('click', () => picture.fit())
byId('tidy', HTMLButtonElement).addEventListener('click', () => picture.tidy())
searchField.addEventListener('input', show)
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const isTyping = event.target === searchField
  if (event.key === 'Escape') {
    if (isTyping) searchField.value = ''
    select(undefined)
  } else if (!isTyping && event.key === '/') {
    event.preventDefault()
    searchField.focus()
  } else if (!isTyping && event.key === 'f') picture.fit()
})

panel.show(index, undefined)
follow('trestle/v1/graph/events', { onGraph: take, onConnection: tell })
