/** The course of a line: from side to side, leaving and arriving level, each with a place of its own at a bridge. */
import type { Point, Rectangle } from './geometry.ts'
import type { Line } from './model.ts'

export interface Course {
  /** Relative to the middle of the item, in pixels. */
  from: Point
  to: Point
  /** As cytoscape's unbundled-bezier has its control points: along the line from end to end (0 to 1), and away from it in pixels. */
  weights: number[]
  distances: number[]
}

const middle = ({ x, y, width, height }: Rectangle): Point => ({ x: x + width / 2, y: y + height / 2 })

interface End {
  line: Line
  item: Rectangle
  other: Rectangle
  side: -1 | 1
}

/** The side that faces the other end; where one is above the other, both take the right. */
function side(item: Rectangle, other: Rectangle): -1 | 1 {
  return other.x + other.width <= item.x ? -1 : 1
}

/** The ends at one side of one item share its height, in the order of where they go. */
function sockets(ends: End[]): Map<End, Point> {
  const found = new Map<End, Point>()
  for (const group of Map.groupBy(ends, ({ item, side }) => `${item.x} ${item.y} ${side}`).values()) {
    const { width, height } = group[0]!.item
    const pitch = Math.min(15, (height - 10) / group.length)
    group
      .toSorted((a, b) => middle(a.other).y - middle(b.other).y)
      .forEach((end, place) =>
        found.set(end, { x: (end.side * width) / 2, y: (place - (group.length - 1) / 2) * pitch }),
      )
  }
  return found
}

/** A control point, relative to the straight line from `a` to `b`. */
function relative(point: Point, a: Point, b: Point): { weight: number; distance: number } {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const square = Math.max(1, dx * dx + dy * dy)
  const [px, py] = [point.x - a.x, point.y - a.y]
  return { weight: (px * dx + py * dy) / square, distance: (dx * py - dy * px) / Math.sqrt(square) }
}

export function courses(lines: Line[], items: Map<string, Rectangle>): Map<string, Course> {
  const ends = lines.flatMap((line) => {
    const [from, to] = [items.get(line.from), items.get(line.to)]
    if (from === undefined || to === undefined) return []
    return [
      [
        { line, item: from, other: to, side: side(from, to) },
        { line, item: to, other: from, side: side(to, from) },
      ] as [End, End],
    ]
  })
  const places = sockets(ends.flat())
  return new Map(
    ends.map(([a, b]) => {
      const [from, to] = [places.get(a)!, places.get(b)!]
      const start = { x: middle(a.item).x + from.x, y: middle(a.item).y + from.y }
      const end = { x: middle(b.item).x + to.x, y: middle(b.item).y + to.y }
      const reach = a.side === b.side ? 60 : Math.max(30, Math.abs(end.x - start.x) / 2)
      const controls = [
        { x: start.x + a.side * reach, y: start.y },
        { x: end.x + b.side * reach, y: end.y },
      ].map((point) => relative(point, start, end))
      return [
        a.line.id,
        {
          from,
          to,
          weights: controls.map(({ weight }) => weight),
          distances: controls.map(({ distance }) => distance),
        },
      ]
    }),
  )
}
