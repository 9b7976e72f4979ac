/** Everything in the picture, as tables. A row's first cell is a button that selects it; rows are updated in place, so focus stays. */
import { h } from './dom.ts'
import { portText, spoken, type GraphIndex } from './graph-index.ts'
import { statusOf, statusSign, statusText } from './status.ts'

interface Row {
  key: string
  selects: string | undefined
  /** A search that finds the namespace shows what is in it. */
  within?: string
  cells: string[]
  isDown?: boolean
}

interface Table {
  id: string
  caption: string
  columns: string[]
  rows(index: GraphIndex): Row[]
}

const dash = (texts: string[]): string => (texts.length === 0 ? '–' : texts.join(', '))

const tables: Table[] = [
  {
    id: 'interfaces',
    caption: 'Interfaces',
    columns: ['Interface', 'Namespace', 'State', 'Addresses', 'Connected to', 'Kind', 'MAC', 'MTU'],
    rows: ({ interfaces }) =>
      [...interfaces.values()].map(({ namespace, interface: one }) => {
        const other = (verb: string, id: string | undefined): string[] => {
          const found = id === undefined ? undefined : interfaces.get(id)
          return found === undefined ? [] : [`${verb}${spoken(found)}`]
        }
        const status = statusOf(one)
        return {
          key: one.id,
          selects: one.id,
          within: namespace.id,
          cells: [
            one.name,
            namespace.name,
            `${statusSign[status]} ${statusText[status]}`,
            dash(one.addresses.map(({ address }) => address)),
            dash([...other('', one.peer), ...other('port of ', one.master), ...other('rides on ', one.parent)]),
            one.kind,
            one.mac,
            String(one.mtu),
          ],
          isDown: status !== 'up',
        }
      }),
  },
  {
    id: 'namespaces',
    caption: 'Namespaces',
    columns: ['Name', 'Kind', 'Forwarding', 'Default route', 'Shared by'],
    rows: ({ graph }) =>
      graph.namespaces.map(({ id, name, kind, isForwarding, routes, sharedBy }) => ({
        key: id,
        selects: id,
        cells: [
          name,
          kind,
          isForwarding ? 'on' : 'off',
          dash(
            routes
              .filter(({ destination }) => destination === 'default')
              .map((route) => `via ${route.gateway ?? 'link'} dev ${route.interface ?? '–'}`),
          ),
          dash(sharedBy),
        ],
      })),
  },
  {
    id: 'networks',
    caption: 'Networks',
    columns: ['Name', 'Driver', 'Subnets', 'Bridge', 'Internal'],
    rows: ({ graph, interfaces }) =>
      graph.networks.map(({ id, name, driver, subnets, bridge, isInternal }) => ({
        key: id,
        selects: bridge,
        cells: [
          name,
          driver,
          dash(subnets),
          bridge === undefined ? '–' : (interfaces.get(bridge)?.interface.name ?? '–'),
          isInternal ? 'yes' : 'no',
        ],
      })),
  },
  {
    id: 'ports',
    caption: 'Published ports',
    columns: ['Port', 'Container'],
    rows: ({ graph, namespaces }) =>
      graph.ports.map((port) => ({
        key: `${port.container} ${portText(port)}`,
        selects: port.container,
        cells: [portText(port), namespaces.get(port.container)?.name ?? port.container.slice(0, 12)],
      })),
  },
]

function makeRow({ cells }: Row, select: (id: string) => void): HTMLTableRowElement {
  const button = h('button', { type: 'button', class: 'link' })
  const row = h('tr', {}, h('th', { scope: 'row' }, button), ...cells.slice(1).map(() => h('td')))
  button.addEventListener('click', () => {
    if (row.dataset['selects'] !== undefined) select(row.dataset['selects'])
  })
  return row
}

/** Only what differs is touched. */
function fillRow(row: HTMLTableRowElement, { cells, selects, isDown }: Row, selected: string | undefined): void {
  const button = row.querySelector('button')!
  cells.forEach((text, place) => {
    const target = place === 0 ? button : row.cells[place]!
    if (target.textContent !== text) target.textContent = text
  })
  if (selects === undefined) delete row.dataset['selects']
  else row.dataset['selects'] = selects
  button.disabled = selects === undefined
  button.setAttribute('aria-pressed', String(selects !== undefined && selects === selected))
  row.classList.toggle('down', isDown === true)
}

export class Tables {
  readonly #bodies = new Map<
    string,
    { body: HTMLTableSectionElement; count: HTMLElement; rows: Map<string, HTMLTableRowElement> }
  >()
  readonly #select: (id: string) => void

  constructor(root: HTMLElement, select: (id: string) => void) {
    this.#select = select
    for (const { id, caption, columns } of tables) {
      const body = h('tbody')
      const count = h('span', { class: 'count' })
      const head = h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)))
      root.append(
        h(
          'div',
          { class: 'scroll' },
          h('table', { 'data-testid': `table-${id}` }, h('caption', {}, caption, count), h('thead', {}, head), body),
        ),
      )
      this.#bodies.set(id, { body, count, rows: new Map() })
    }
  }

  update(index: GraphIndex, selected: string | undefined, found: Set<string> | undefined): void {
    for (const table of tables) {
      const { body, count, rows } = this.#bodies.get(table.id)!
      const wanted = table.rows(index)
      const keys = new Set(wanted.map(({ key }) => key))
      for (const [key, row] of rows) {
        if (keys.has(key)) continue
        row.remove()
        rows.delete(key)
      }
      wanted.forEach((one, place) => {
        const row = rows.get(one.key) ?? makeRow(one, this.#select)
        rows.set(one.key, row)
        fillRow(row, one, selected)
        row.hidden = found !== undefined && ![one.selects, one.within].some((id) => id !== undefined && found.has(id))
        if (body.rows[place] !== row) body.insertBefore(row, body.rows[place] ?? null)
      })
      count.textContent = ` ${wanted.length}`
    }
  }
}
