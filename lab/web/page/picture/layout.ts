/**
 * Where boxes go. Lines leave a box at its sides, so what is joined lies side by side: the host in the middle, what
 * hangs on its bridges to the left and right of it, what hangs on that further out. What is not joined to the host
 * follows below, in columns by distance from one of its ends. (A force-directed solver would know neither sides nor
 * reading order.) Everything is laid out once; afterwards what is there stays, and only what is new looks for the
 * nearest free place.
 */
import { around, nearestFree, overlaps, type Point, type Rectangle } from './geometry.ts'
import type { MeasuredBox } from './measure.ts'
import type { Line } from './model.ts'

/** Top left corners of boxes, by id. */
export type Positions = Map<string, Point>

/** Between columns: room for the names at the ends of lines. */
const columnGap = 160
const rowGap = 26
const componentGap = 70
/** A side's column is at most this many boxes high. */
const columnLimit = 7

interface Node {
  box: MeasuredBox
  /** With, for each line, how far below the top of the other box it ends there. */
  joined: { node: Node; depth: number }[]
}

function connect(boxes: MeasuredBox[], lines: Line[]): Node[] {
  const nodes = boxes.map((box): Node => ({ box, joined: [] }))
  const ends = new Map(
    nodes.flatMap((node) =>
      node.box.items.map(({ item, y, height }) => [item.id, { node, depth: y + height / 2 }] as const),
    ),
  )
  for (const { from, to } of lines) {
    const [a, b] = [ends.get(from), ends.get(to)]
    if (a === undefined || b === undefined || a.node === b.node) continue
    a.node.joined.push(b)
    b.node.joined.push(a)
  }
  return nodes
}

/** Breadth first: all that can be reached, by distance. */
function distances(from: Node): Map<Node, number> {
  const found = new Map([[from, 0]])
  for (const [node, distance] of found) {
    for (const { node: next } of node.joined) if (!found.has(next)) found.set(next, distance + 1)
  }
  return found
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0)
const columnHeight = (column: Node[]): number => sum(column.map(({ box }) => box.height + rowGap)) - rowGap

/** Where its lines would have it: the mean height of their other ends, of those that are placed. */
function wish({ joined }: Node, placed: Positions): number {
  const heights = joined.flatMap(({ node, depth }) =>
    placed.has(node.box.box.id) ? [placed.get(node.box.box.id)!.y + depth] : [],
  )
  return heights.length === 0 ? Infinity : sum(heights) / heights.length
}

/** One below the other around the height `middle`, in the order of their wishes. */
function stack(column: Node[], x: number, align: 'left' | 'right' | 'middle', middle: number, placed: Positions): void {
  let y = middle - columnHeight(column) / 2
  for (const { node } of column.map((node) => ({ node, at: wish(node, placed) })).toSorted((a, b) => a.at - b.at)) {
    const { width, height, box } = node.box
    placed.set(box.id, { x: align === 'left' ? x : align === 'right' ? x - width : x - width / 2, y })
    y += height + rowGap
  }
}

const widest = (column: Node[]): number => Math.max(...column.map(({ box }) => box.width))

/** The host in the middle, both sides about as high. */
function layOutHost(host: Node): Positions {
  const placed: Positions = new Map([[host.box.box.id, { x: -host.box.width / 2, y: -host.box.height / 2 }]])
  const byDistance = [...distances(host)].filter(([node]) => node !== host)
  const side = new Map<Node, -1 | 1>()
  const heights = { [-1]: 0, 1: 0 }
  for (const [node, distance] of byDistance
    .map(([node, distance]) => ({ node, distance, at: distance === 1 ? wish(node, placed) : 0 }))
    .toSorted((a, b) => a.distance - b.distance || a.at - b.at)
    .map((one) => [one.node, one.distance] as const)) {
    const parent = node.joined.find((other) => side.has(other.node))?.node
    const mine = distance > 1 && parent !== undefined ? side.get(parent)! : heights[-1] <= heights[1] ? -1 : 1
    side.set(node, mine)
    if (distance === 1) heights[mine] += node.box.height + rowGap
  }
  for (const direction of [-1, 1] as const) {
    const mine = byDistance.filter(([node]) => side.get(node) === direction)
    let x = direction * (host.box.width / 2 + columnGap)
    for (let distance = 1; mine.some(([, one]) => one === distance); distance += 1) {
      const layer = mine.filter(([, one]) => one === distance).map(([node]) => node)
      const columns = Math.ceil(layer.length / columnLimit)
      for (let nth = 0; nth < columns; nth += 1) {
        const column = layer.filter((_, place) => place % columns === nth)
        stack(column, x, direction < 0 ? 'right' : 'left', 0, placed)
        x += direction * (widest(column) + (nth === columns - 1 ? columnGap : columnGap / 2))
      }
    }
  }
  return placed
}

/** Columns from one end to the other. */
function layOutColumns(nodes: Node[]): Positions {
  // The far end of any node's farthest is an end of the whole.
  const end = [...distances(nodes[0]!).keys()].at(-1)!
  const byDistance = [...distances(end)]
  const placed: Positions = new Map()
  let x = 0
  for (let distance = 0; byDistance.some(([, one]) => one === distance); distance += 1) {
    const column = byDistance.filter(([, one]) => one === distance).map(([node]) => node)
    const middle = column.map((node) => wish(node, placed)).filter(Number.isFinite)
    stack(column, x, 'left', middle.length === 0 ? 0 : sum(middle) / middle.length, placed)
    x += widest(column) + columnGap
  }
  return placed
}

function layOutComponent(nodes: Node[]): Positions {
  const host = nodes.find(({ box }) => box.box.kind === 'host')
  return host === undefined ? layOutColumns(nodes) : layOutHost(host)
}

function components(nodes: Node[]): Node[][] {
  const seen = new Set<Node>()
  const found: Node[][] = []
  // The host's first, then the largest.
  for (const node of nodes.toSorted((a, b) => Number(b.box.box.kind === 'host') - Number(a.box.box.kind === 'host'))) {
    if (seen.has(node)) continue
    const component = [...distances(node).keys()]
    for (const one of component) seen.add(one)
    found.push(component)
  }
  const [first, ...others] = found
  return first === undefined ? [] : [first, ...others.toSorted((a, b) => b.length - a.length)]
}

const rectangle = ({ width, height }: MeasuredBox, { x, y }: Point): Rectangle => ({ x, y, width, height })

export function layOut(boxes: MeasuredBox[], lines: Line[]): Positions {
  const placed: Positions = new Map()
  const known = new Map(boxes.map((box) => [box.box.id, box]))
  const bounds = (positions: Positions): Rectangle =>
    around([...positions].map(([id, at]) => rectangle(known.get(id)!, at)))!
  let shelf: { x: number; y: number; height: number; left: number; width: number } | undefined
  for (const component of components(connect(boxes, lines))) {
    const inner = layOutComponent(component)
    const area = bounds(inner)
    if (shelf === undefined) {
      for (const [id, at] of inner) placed.set(id, at)
      const width = Math.max(area.width, 900)
      const left = area.x + area.width / 2 - width / 2
      shelf = { x: left, y: area.y + area.height + componentGap, height: 0, left, width }
      continue
    }
    if (shelf.x > shelf.left && shelf.x + area.width > shelf.left + shelf.width)
      shelf = { ...shelf, x: shelf.left, y: shelf.y + shelf.height + componentGap, height: 0 }
    for (const [id, at] of inner) placed.set(id, { x: shelf.x + at.x - area.x, y: shelf.y + at.y - area.y })
    shelf = { ...shelf, x: shelf.x + area.width + componentGap, height: Math.max(shelf.height, area.height) }
  }
  return placed
}

/** Positions for what has none yet, beside what it is joined to; what has one keeps it. */
export function placeNew(boxes: MeasuredBox[], lines: Line[], kept: Positions): Positions {
  const placed = new Map(
    boxes.flatMap((box) =>
      kept.has(box.box.id) ? [[box.box.id, rectangle(box, kept.get(box.box.id)!)] as const] : [],
    ),
  )
  for (const { box, joined } of connect(boxes, lines)) {
    if (placed.has(box.box.id)) continue
    const taken = [...placed.values()]
    const beside = joined.flatMap(({ node, depth }) => {
      const other = placed.get(node.box.box.id)
      return other === undefined ? [] : [{ other, y: other.y + depth }]
    })[0]
    const all = around(taken) ?? { x: 0, y: 0, width: 0, height: 0 }
    const reach = columnGap + box.width / 2
    const starts: Point[] =
      beside === undefined
        ? [{ x: all.x + box.width / 2, y: all.y + all.height + componentGap + box.height / 2 }]
        : [beside.other.x - reach, beside.other.x + beside.other.width + reach].map((x) => ({ x, y: beside.y }))
    const found = starts.map((near) =>
      nearestFree(box, near, (candidate) => !taken.some((one) => overlaps(candidate, one, rowGap))),
    )
    placed.set(box.box.id, found.toSorted((a, b) => a.distance - b.distance)[0]!)
  }
  return new Map([...placed].map(([id, { x, y }]) => [id, { x, y }]))
}
