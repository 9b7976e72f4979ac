/** The selected thing with every field, and the commands that make and change it by hand. */
import type { GraphNamespace, GraphRoute } from '../../../api/trestle/graph.ts'
import { commandsFor } from './commands.ts'
import { h } from './dom.ts'
import { portText, spoken, type GraphIndex, type Place } from './graph-index.ts'
import { statusOf, statusSign, statusText } from './status.ts'

export type Select = (id: string) => void

type Field = [name: string, value: Node | string | undefined | false]

function fields(list: Field[]): HTMLElement {
  return h(
    'dl',
    {},
    ...list.flatMap(([name, value]) =>
      value === undefined || value === false || value === '' ? [] : [h('dt', {}, name), h('dd', {}, value)],
    ),
  )
}

function link(text: string, id: string, select: Select): HTMLElement {
  const button = h('button', { type: 'button', class: 'link' }, text)
  button.addEventListener('click', () => select(id))
  return button
}

function section(title: string, ...content: (HTMLElement | undefined)[]): HTMLElement {
  return h('section', {}, h('h3', {}, title), ...content)
}

function commandBlock(title: string, lines: string[]): HTMLElement | undefined {
  if (lines.length === 0) return undefined
  const copy = h('button', { type: 'button', class: 'copy', 'aria-label': `Copy: ${title}` }, 'Copy')
  copy.addEventListener('click', () => {
    navigator.clipboard.writeText(`${lines.join('\n')}\n`).then(
      () => (copy.textContent = 'Copied'),
      () => (copy.textContent = 'Not allowed'),
    )
  })
  return h(
    'section',
    {},
    h('h3', {}, title, copy),
    h('pre', { tabindex: '0', role: 'group', 'aria-label': title }, h('code', {}, lines.join('\n'))),
  )
}

function routeTable(routes: GraphRoute[]): HTMLElement {
  if (routes.length === 0) return h('p', { class: 'none' }, 'None: it reaches only itself.')
  const row = ({ destination, gateway, interface: through, metric, type }: GraphRoute): HTMLElement =>
    h(
      'tr',
      {},
      h('td', {}, type === undefined ? destination : `${type} ${destination}`),
      h('td', {}, gateway ?? '–'),
      h('td', {}, through ?? '–'),
      h('td', {}, metric === undefined ? '–' : String(metric)),
    )
  const head = h('tr', {}, ...['To', 'Via', 'Dev', 'Metric'].map((name) => h('th', { scope: 'col' }, name)))
  return h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, head), h('tbody', {}, ...routes.map(row))))
}

function interfacePanel(index: GraphIndex, place: Place, select: Select): HTMLElement[] {
  const { namespace, interface: one } = place
  const status = statusOf(one)
  const other = (id: string | undefined): Node | undefined => {
    const found = id === undefined ? undefined : index.interfaces.get(id)
    return found === undefined ? undefined : link(spoken(found), found.interface.id, select)
  }
  const network = index.networkOfBridge.get(one.id)
  const { make, change } = commandsFor(index, place)
  const routes = namespace.routes.filter((route) => route.interface === one.name)
  return [
    h(
      'header',
      {},
      h('p', { class: 'kind' }, one.kind),
      h('h2', {}, network?.name ?? one.name),
      h(
        'p',
        { class: `badge ${status}`, 'data-testid': 'panel-status' },
        `${statusSign[status]} ${statusText[status]}`,
      ),
    ),
    fields([
      ['Interface', `${one.name} (index ${one.index})`],
      ['In', link(namespace.name, namespace.id, select)],
      [
        'Addresses',
        one.addresses.length > 0 &&
          h(
            'ul',
            {},
            ...one.addresses.map(({ address, scope }) =>
              h('li', {}, h('code', {}, address), scope === 'global' ? '' : ` scope ${scope}`),
            ),
          ),
      ],
      ['MAC', one.mac !== '' && h('code', {}, one.mac)],
      ['MTU', String(one.mtu)],
      ['Admin', one.isUp ? 'up' : 'down'],
      ['Carrier', one.hasCarrier ? 'yes' : 'no'],
      ['Other end', other(one.peer)],
      ['Port of', other(one.master)],
      ['Rides on', other(one.parent)],
      ['Alias', one.alias],
      [
        'Network',
        network !== undefined && `${network.name} (${network.driver}${network.isInternal ? ', internal' : ''})`,
      ],
      ['Subnets', network !== undefined && network.subnets.join(', ')],
    ]),
    section('Routes through it', routeTable(routes)),
    ...[commandBlock('Make it by hand', make), commandBlock('Change it by hand', change)].filter(
      (block) => block !== undefined,
    ),
  ]
}

const kindText: Record<GraphNamespace['kind'], string> = {
  host: 'host namespace',
  container: 'container',
  namespace: 'bare namespace',
}

function namespacePanel(index: GraphIndex, namespace: GraphNamespace, select: Select): HTMLElement[] {
  const ports = index.portsOf.get(namespace.id) ?? []
  return [
    h('header', {}, h('p', { class: 'kind' }, kindText[namespace.kind]), h('h2', {}, namespace.name)),
    fields([
      ['Id', namespace.kind === 'container' && h('code', {}, namespace.id.slice(0, 12))],
      ['Lab', namespace.lab],
      ['Node', namespace.node],
      ['Forwarding', namespace.isForwarding ? 'on (net.ipv4.ip_forward = 1)' : 'off'],
      ['Shared by', namespace.sharedBy.join(', ')],
      [
        'Published',
        ports.length > 0 && h('ul', {}, ...ports.map((port) => h('li', {}, h('code', {}, portText(port))))),
      ],
      ['Path', h('code', {}, namespace.path)],
      [
        'Interfaces',
        h(
          'ul',
          {},
          ...namespace.interfaces.map((one) =>
            h('li', {}, link(one.name, one.id, select), ` ${statusSign[statusOf(one)]} ${statusText[statusOf(one)]}`),
          ),
        ),
      ],
    ]),
    section('Routes', routeTable(namespace.routes)),
  ]
}

function nothing(): HTMLElement[] {
  return [
    h('header', {}, h('p', { class: 'kind' }, 'details'), h('h2', {}, 'Nothing selected')),
    h(
      'p',
      {},
      'Click a box, an interface or a line, or choose one in the tables, to see everything known about it and the commands that would make it by hand.',
    ),
    h(
      'p',
      { class: 'keys' },
      h('kbd', {}, '/'),
      ' search   ',
      h('kbd', {}, 'F'),
      ' fit   ',
      h('kbd', {}, 'Esc'),
      ' deselect',
    ),
  ]
}

export class Panel {
  readonly #root: HTMLElement
  readonly #select: Select
  #shown = ''

  constructor(root: HTMLElement, select: Select) {
    this.#root = root
    this.#select = select
  }

  /** Drawn anew only when what it shows has changed, so that focus and a text selection survive the rest. */
  show(index: GraphIndex, id: string | undefined): void {
    const place = id === undefined ? undefined : index.interfaces.get(id)
    const namespace = id === undefined ? undefined : index.namespaces.get(id)
    const content =
      place !== undefined
        ? interfacePanel(index, place, this.#select)
        : namespace !== undefined
          ? namespacePanel(index, namespace, this.#select)
          : nothing()
    const markup = content.map(({ outerHTML }) => outerHTML).join('')
    if (markup === this.#shown) return
    this.#shown = markup
    this.#root.replaceChildren(...content)
  }
}
