/** From the model and the positions to cytoscape's elements. */
import type { ElementDefinition } from 'cytoscape'
import { padding, type Positions } from './layout.ts'
import type { MeasuredBox } from './measure.ts'
import type { Rectangle, Size } from './geometry.ts'
import type { Item, Line, PictureModel } from './model.ts'
import { statusSign, statusText } from '../status.ts'

export const machineId = 'machine'
export const titleId = (box: string): string => `title:${box}`
const subtitleId = (box: string): string => `subtitle:${box}`

const middle = ({ x, y, width, height }: Rectangle) => ({ x: x + width / 2, y: y + height / 2 })

function item({ id, kind, lines, status, selects }: Item, parent: string, at: Rectangle): ElementDefinition {
  const { width, height } = at
  return { group: 'nodes', data: { id, parent, label: lines.join('\n'), status, selects, width, height }, classes: `${kind} ${status}`, position: middle(at) }
}

function boxElements({ box, title, subtitle, items, hubs }: MeasuredBox, positions: Positions): ElementDefinition[] {
  const corner = positions.get(box.id)!
  const inside = (one: Rectangle): Rectangle => ({ ...one, x: corner.x + padding + one.x, y: corner.y + padding + one.y })
  const text = (id: string, kind: string, label: string, at: Rectangle): ElementDefinition => ({
    group: 'nodes',
    data: { id, parent: box.id, label, selects: box.id, width: at.width, height: at.height },
    classes: kind,
    position: middle(inside(at)),
  })
  return [
    { group: 'nodes', data: { id: box.id, parent: machineId, label: '', title: box.title, selects: box.id, width: 1, height: 1 }, classes: `box ${box.kind}` },
    text(titleId(box.id), 'title', box.title, title),
    text(subtitleId(box.id), 'subtitle', box.subtitle, subtitle),
    ...items.map((one) => item(one.item, box.id, inside(one))),
    ...hubs.map((hub) => item(hub.item, box.id, { ...positions.get(hub.item.id)!, ...({ width: hub.width, height: hub.height } satisfies Size) })),
  ]
}

function line({ id, kind, from, to, fromLabel, toLabel, status, interfaces }: Line): ElementDefinition {
  const label = status === 'up' ? '' : `${statusSign[status]} ${statusText[status]}`
  // Half the label's length and a little, so that it begins outside the node.
  const toOffset = Math.round(toLabel.length * 2.8) + 10
  return { group: 'edges', data: { id, source: from, target: to, fromLabel, toLabel, toOffset, label, status, interfaces, selects: interfaces[0] }, classes: `${kind} ${status}` }
}

export function elementsOf({ lines }: PictureModel, boxes: MeasuredBox[], positions: Positions): ElementDefinition[] {
  const nodes = boxes.flatMap((box) => boxElements(box, positions))
  const known = new Set(nodes.map(({ data }) => data.id))
  return [
    { group: 'nodes', data: { id: machineId, label: '', width: 1, height: 1 }, classes: 'machine' },
    ...nodes,
    ...lines.filter(({ from, to }) => known.has(from) && known.has(to)).map(line),
  ]
}
