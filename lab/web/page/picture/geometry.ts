/** Rectangles on the plane, by their top left corner. Pixels at zoom 1. */

export interface Size {
  width: number
  height: number
}

export interface Point {
  x: number
  y: number
}

export interface Rectangle extends Size, Point {}

export function overlaps(a: Rectangle, b: Rectangle, gap: number): boolean {
  return (
    a.x < b.x + b.width + gap && b.x < a.x + a.width + gap && a.y < b.y + b.height + gap && b.y < a.y + a.height + gap
  )
}

/** The smallest rectangle around all of them; undefined around none. */
export function around(rectangles: Rectangle[]): Rectangle | undefined {
  if (rectangles.length === 0) return undefined
  const x = Math.min(...rectangles.map((one) => one.x))
  const y = Math.min(...rectangles.map((one) => one.y))
  return {
    x,
    y,
    width: Math.max(...rectangles.map((one) => one.x + one.width)) - x,
    height: Math.max(...rectangles.map((one) => one.y + one.height)) - y,
  }
}

const step = 20
const ringLimit = 150

/**
 * The place nearest to `near` (the middle of the new rectangle) that `isFree` accepts, searched in growing squares,
 * with how far it is; `near` itself when there is none for 3,000 pixels around.
 */
export function nearestFree(
  { width, height }: Size,
  near: Point,
  isFree: (candidate: Rectangle) => boolean,
): Rectangle & { distance: number } {
  const start = { x: near.x - width / 2, y: near.y - height / 2 }
  for (let ring = 0; ring < ringLimit; ring += 1) {
    const candidates: (Rectangle & { distance: number })[] = []
    for (let across = -ring; across <= ring; across += 1) {
      for (let down = -ring; down <= ring; down += Math.abs(across) === ring || ring === 0 ? 1 : 2 * ring) {
        candidates.push({
          x: start.x + across * step,
          y: start.y + down * step,
          width,
          height,
          distance: Math.hypot(across, down) * step,
        })
      }
    }
    const found = candidates.toSorted((a, b) => a.distance - b.distance).find(isFree)
    if (found !== undefined) return found
  }
  return { ...start, width, height, distance: Infinity }
}
