/** Boxes joined in circles have no natural order: a force-directed solver (fcose), on a headless cytoscape. */
import cytoscape from 'cytoscape'
import fcose from 'cytoscape-fcose'
import { nearestFree, overlaps, type Point, type Rectangle, type Size } from './geometry.ts'

cytoscape.use(fcose)

/** Room around each box, so that lines and their names fit between. */
const room = 70
const leastGap = 30

export function solveMesh(boxes: (Size & { id: string })[], joined: (readonly [string, string])[]): Map<string, Point> {
  const radius = 120 * boxes.length
  const solver = cytoscape({
    headless: true,
    styleEnabled: true,
    style: [{ selector: 'node', style: { shape: 'rectangle', width: 'data(width)', height: 'data(height)' } }],
    elements: [
      // From a circle, so that the same mesh always ends in the same picture.
      ...boxes.map(({ id, width, height }, place) => ({
        data: { id, width: width + room, height: height + room },
        position: { x: radius * Math.cos((2 * Math.PI * place) / boxes.length), y: radius * Math.sin((2 * Math.PI * place) / boxes.length) },
      })),
      ...joined.map(([source, target], place) => ({ data: { id: ` ${place}`, source, target } })),
    ],
  })
  const options = { name: 'fcose', animate: false, randomize: false, quality: 'proof', fit: false, idealEdgeLength: 120, nodeRepulsion: 9000 }
  solver.layout(options).run()
  // The solver only pushes boxes apart as hard as it pulls them together: the last overlaps are ours to end.
  const placed = new Map<string, Rectangle>()
  for (const { id, ...size } of boxes) {
    placed.set(id, nearestFree(size, solver.getElementById(id).position(), (candidate) => ![...placed.values()].some((one) => overlaps(candidate, one, leastGap))))
  }
  solver.destroy()
  return new Map([...placed].map(([id, { x, y }]) => [id, { x: Math.round(x), y: Math.round(y) }]))
}
