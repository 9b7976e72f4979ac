/** How large a box is and where its items lie within it: stacked, the title on top. */
import type { Box, Item, Line } from './model.ts'
import type { Rectangle, Size } from './geometry.ts'

export const fonts = {
  title: { size: 14, weight: 600, family: 'system-ui, sans-serif' },
  subtitle: { size: 11, weight: 400, family: 'system-ui, sans-serif' },
  interface: { size: 11, weight: 400, family: 'ui-monospace, "DejaVu Sans Mono", monospace' },
  bridge: { size: 12, weight: 600, family: 'ui-monospace, "DejaVu Sans Mono", monospace' },
} as const

export type Font = (typeof fonts)[keyof typeof fonts]

/** Width of one line in pixels. A canvas does it in the page. */
export type TextWidth = (text: string, font: Font) => number

export interface MeasuredItem extends Rectangle {
  item: Item
}

/** Its rectangles are relative to its own top left corner. */
export interface MeasuredBox extends Size {
  box: Box
  title: Rectangle
  subtitle: Rectangle
  items: MeasuredItem[]
}

/** Between a box's border and what is in it, as cytoscape draws it. */
export const padding = 14

const gap = 8
const minimumWidth = 124
const rules = {
  interface: { font: fonts.interface, lineHeight: 15, padding: { x: 12, y: 7 } },
  port: { font: fonts.interface, lineHeight: 15, padding: { x: 20, y: 6 } },
  bridge: { font: fonts.bridge, lineHeight: 17, padding: { x: 22, y: 12 } },
}
/** Between the lines that end at one side of a bridge: their labels must not touch. */
const socketGap = 15

const widest = (lines: string[], font: Font, width: TextWidth): number =>
  Math.max(0, ...lines.map((line) => width(line, font)))

function itemSize({ kind, lines }: Item, lineCount: number, width: TextWidth): Size {
  const rule = rules[kind]
  const text = lines.length * rule.lineHeight + 2 * rule.padding.y
  const sockets = kind === 'bridge' ? Math.ceil(lineCount / 2) * socketGap + 16 : 0
  return { width: widest(lines, rule.font, width) + 2 * rule.padding.x, height: Math.max(text, sockets) }
}

/** How many lines end at each item. */
export function countLines(lines: Line[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const id of lines.flatMap(({ from, to }) => [from, to])) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

export function measureBox(box: Box, lineCounts: Map<string, number>, width: TextWidth): MeasuredBox {
  const sizes = box.items.map((item) => itemSize(item, lineCounts.get(item.id) ?? 0, width))
  const subtitleLines = box.subtitle.split('\n')
  const inner = Math.ceil(
    Math.max(
      minimumWidth,
      width(box.title, fonts.title) + 4,
      widest(subtitleLines, fonts.subtitle, width) + 4,
      ...sizes.map((size) => size.width),
    ),
  )
  const at = (y: number, height: number): Rectangle => ({ x: padding, y, width: inner, height })
  const title = at(padding, 18)
  const subtitle = at(title.y + title.height + 1, subtitleLines.length * 14)
  let y = subtitle.y + subtitle.height + 2
  const items = box.items.map((item, place) => {
    y += gap
    const placed = { item, ...at(y, sizes[place]!.height) }
    y += placed.height
    return placed
  })
  return { box, title, subtitle, items, width: inner + 2 * padding, height: y + padding }
}
