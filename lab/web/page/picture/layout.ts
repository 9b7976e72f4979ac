/**
 * Where boxes and hubs go. Everything is laid out once, as a graph of plain rectangles (fcose on a headless
 * cytoscape: the items inside a box are stacked by measure.ts, so the solver never sees them). Afterwards what is
 * there stays, and only what is new looks for the nearest free place.
 */
import cytoscape from 'cytoscape'
import fcose from 'cytoscape-fcose'
import { around, nearestFree, overlaps, type Rectangle } from './geometry.ts'
import type { MeasuredBox } from './measure.ts'
import type { Line } from './model.ts'

cytoscape.use(fcose)

/** Around the content of a box, as style.ts draws it. */
export const padding = 14
const gap = 34
/** Room for the label at a line's end. */
const lineLength = 70

/** Of a box or a hub: the top left corner of its content. */
export type Positions = Map<string, { x: number; y: number }>

export interface Piece {
  id: string
  /** With the padding. */
  width: number
  height: number
  isHost: boolean
  isHub: boolean
}

export function pieces(boxes: MeasuredBox[]): Piece[] {
  return boxes.flatMap(({ box, width, height, hubs }) => {
    const isHost = box.kind === 'host'
    return [
      { id: box.id, width: width + 2 * padding, height: height + 2 * padding, isHost, isHub: false },
      ...hubs.map((hub) => ({ id: hub.item.id, width: hub.width, height: hub.height, isHost, isHub: true })),
    ]
  })
}

/** Which pieces each line joins. */
function ends(boxes: MeasuredBox[], lines: Line[]): [string, string][] {
  const pieceOf = new Map(boxes.flatMap(({ box }) => [...box.items.map((item) => [item.id, box.id] as const), ...box.hubs.map((hub) => [hub.id, hub.id] as const)]))
  return lines.flatMap(({ from, to }) => {
    const [a, b] = [pieceOf.get(from), pieceOf.get(to)]
    return a === undefined || b === undefined || a === b ? [] : [[a, b] as [string, string]]
  })
}

const rectangle = ({ width, height }: Piece, { x, y }: { x: number; y: number }): Rectangle => ({ x, y, width, height })

/** Hubs in a row, their namespaces below and above them in turn: a start from which the solver always ends in the same place. */
function start(all: Piece[], joined: [string, string][]): Map<string, { x: number; y: number }> {
  const at = new Map<string, { x: number; y: number }>()
  all.filter(({ isHost }) => isHost).forEach(({ id }, place) => at.set(id, { x: place * 320, y: 0 }))
  const countAt = new Map<string, number>()
  all.filter(({ isHost }) => !isHost).forEach(({ id }, place) => {
    const hubs = joined.filter((pair) => pair.includes(id)).map(([a, b]) => (a === id ? b : a)).filter((other) => at.has(other))
    const key = hubs.toSorted().join(' ')
    const nth = countAt.get(key) ?? 0
    countAt.set(key, nth + 1)
    const middle = hubs.length === 0 ? place * 90 : hubs.reduce((sum, hub) => sum + at.get(hub)!.x, 0) / hubs.length
    at.set(id, { x: middle + (Math.floor(nth / 2) + 0.5) * 200 * (nth % 4 < 2 ? 1 : -1) * 0.7, y: (nth % 2 === 0 ? 1 : -1) * (260 + 40 * hubs.length) })
  })
  return at
}

export function layOut(boxes: MeasuredBox[], lines: Line[]): Positions {
  const all = pieces(boxes)
  const joined = ends(boxes, lines)
  const from = start(all, joined)
  const solver = cytoscape({
    headless: true,
    styleEnabled: true,
    style: [{ selector: 'node', style: { shape: 'rectangle', width: 'data(width)', height: 'data(height)' } }, { selector: ':parent', style: { padding: '30px' } }],
    elements: [
      ...(all.filter(({ isHost }) => isHost).length > 1 ? [{ data: { id: ' host' } }] : []),
      ...all.map(({ id, width, height, isHost }) => ({ data: { id: ` ${id}`, width: width + gap, height: height + gap, ...(isHost && all.filter((one) => one.isHost).length > 1 ? { parent: ' host' } : {}) }, position: { ...from.get(id)! } })),
      ...joined.map(([source, target], place) => ({ data: { id: ` line ${place}`, source: ` ${source}`, target: ` ${target}` } })),
    ],
  })
  solver
    .layout({ name: 'fcose', animate: false, randomize: false, quality: 'proof', fit: false, nodeDimensionsIncludeLabels: false, idealEdgeLength: lineLength, nodeRepulsion: 6000, edgeElasticity: 0.4, gravity: 0.3, gravityCompound: 1.4, numIter: 4000, tile: true, tilingPaddingVertical: 24, tilingPaddingHorizontal: 24 } as cytoscape.LayoutOptions)
    .run()
  const found: Positions = new Map()
  for (const piece of all) {
    const { x, y } = solver.getElementById(` ${piece.id}`).position()
    found.set(piece.id, { x: Math.round(x - piece.width / 2), y: Math.round(y - piece.height / 2) })
  }
  solver.destroy()
  return found
}

/** Positions for what has none yet; what has one keeps it. */
export function placeNew(boxes: MeasuredBox[], lines: Line[], kept: Positions): Positions {
  const all = pieces(boxes)
  const joined = ends(boxes, lines)
  const placed = new Map(all.flatMap((piece) => (kept.has(piece.id) ? [[piece.id, { piece, at: rectangle(piece, kept.get(piece.id)!) }] as const] : [])))
  for (const piece of all) {
    if (placed.has(piece.id)) continue
    const neighbours = joined.filter((pair) => pair.includes(piece.id)).map(([a, b]) => placed.get(a === piece.id ? b : a)?.at).filter((one) => one !== undefined)
    const everything = [...placed.values()].map(({ at }) => at)
    const host = [...placed.values()].filter((one) => one.piece.isHost).map(({ at }) => at)
    const near = around(neighbours.length > 0 ? neighbours : piece.isHost ? host : everything) ?? { x: 0, y: 0, width: 0, height: 0 }
    const isFree = (candidate: Rectangle): boolean => {
      const others = [...placed.values()].filter((one) => one.piece.isHost === piece.isHost).map(({ at }) => at)
      const strangers = [...placed.values()].filter((one) => one.piece.isHost !== piece.isHost).map(({ at }) => at)
      if (others.some((other) => overlaps(candidate, other, gap))) return false
      // The host's box grows around what is put in it, and nothing else may lie inside.
      const hostBox = around(piece.isHost ? [...others, candidate] : strangers)
      return hostBox === undefined || !(piece.isHost ? strangers : [candidate]).some((one) => overlaps(hostBox, one, gap + padding))
    }
    placed.set(piece.id, { piece, at: nearestFree(piece, { x: near.x + near.width / 2, y: near.y + near.height / 2 }, isFree) })
  }
  return new Map([...placed].map(([id, { at }]) => [id, { x: at.x, y: at.y }]))
}
