/** From the model and the positions to cytoscape's elements. */
import type { ElementDefinition } from 'cytoscape'
import { statusSign, statusText } from '../status.ts'
import type { Point, Rectangle } from './geometry.ts'
import type { Positions } from './layout.ts'
import type { MeasuredBox } from './measure.ts'
import type { Item, Line } from './model.ts'
import { courses, type Course } from './routes.ts'

export const machineId = 'machine'
/** The element that tells where a box is: cytoscape derives a compound's own place from what is in it. */
export const titleId = (box: string): string => `title:${box}`
const subtitleId = (box: string): string => `subtitle:${box}`

const middle = ({ x, y, width, height }: Rectangle): Point => ({ x: x + width / 2, y: y + height / 2 })
const moved = (one: Rectangle, { x, y }: Point): Rectangle => ({ ...one, x: one.x + x, y: one.y + y })

function itemElement({ id, kind, lines, status, selects }: Item, parent: string, at: Rectangle): ElementDefinition {
  return {
    group: 'nodes',
    data: { id, parent, label: lines.join('\n'), status, selects, width: at.width, height: at.height },
    classes: `${kind} ${status}`,
    position: middle(at),
  }
}

function boxElements({ box, title, subtitle, items }: MeasuredBox, corner: Point): ElementDefinition[] {
  const text = (id: string, kind: string, label: string, at: Rectangle): ElementDefinition => ({
    group: 'nodes',
    data: { id, parent: box.id, label, selects: box.id, width: at.width, height: at.height },
    classes: kind,
    position: middle(moved(at, corner)),
  })
  return [
    {
      group: 'nodes',
      data: { id: box.id, parent: machineId, label: '', name: box.title, selects: box.id, width: 1, height: 1 },
      classes: `box ${box.kind}`,
    },
    text(titleId(box.id), 'title', box.title, title),
    text(subtitleId(box.id), 'subtitle', box.subtitle, subtitle),
    ...items.map((one) => itemElement(one.item, box.id, moved(one, corner))),
  ]
}

/** From the end of the line to the middle of its name there. */
const labelOffset = (label: string): number => Math.round(label.length * 3) + 7

export function courseData({ from, to, weights, distances }: Course): Record<string, unknown> {
  return {
    fromPoint: `${from.x}px ${from.y}px`,
    toPoint: `${to.x}px ${to.y}px`,
    weights: weights.join(' '),
    distances: distances.join(' '),
  }
}

function lineElement(
  { id, kind, from, to, fromLabel, toLabel, status, interfaces }: Line,
  course: Course,
): ElementDefinition {
  const label = status === 'up' ? '' : `${statusSign[status]} ${statusText[status]}`
  return {
    group: 'edges',
    data: {
      id,
      source: from,
      target: to,
      fromLabel,
      toLabel,
      fromOffset: labelOffset(fromLabel),
      toOffset: labelOffset(toLabel),
      label,
      status,
      interfaces,
      selects: interfaces[0],
      ...courseData(course),
    },
    classes: `${kind} ${status}`,
  }
}

/** Where items are, absolutely. */
export function itemRectangles(boxes: MeasuredBox[], positions: Positions): Map<string, Rectangle> {
  return new Map(
    boxes.flatMap(({ box, items }) => items.map((one) => [one.item.id, moved(one, positions.get(box.id)!)] as const)),
  )
}

export function elementsOf(boxes: MeasuredBox[], lines: Line[], positions: Positions): ElementDefinition[] {
  const found = courses(lines, itemRectangles(boxes, positions))
  return [
    { group: 'nodes', data: { id: machineId, label: '', width: 1, height: 1 }, classes: 'machine' },
    ...boxes.flatMap((box) => boxElements(box, positions.get(box.box.id)!)),
    ...lines.filter(({ id }) => found.has(id)).map((line) => lineElement(line, found.get(line.id)!)),
  ]
}
