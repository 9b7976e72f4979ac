/** How large a box is and where its items lie within it. */
import type { Box, Item } from './model.ts'
import type { Rectangle, Size } from './geometry.ts'

export const fonts = {
  title: '600 14px system-ui, sans-serif',
  subtitle: '400 11px system-ui, sans-serif',
  item: '400 11px ui-monospace, "DejaVu Sans Mono", monospace',
  hub: '600 12px ui-monospace, "DejaVu Sans Mono", monospace',
}

/** Width of one line in pixels. A canvas does it in the page. */
export type TextWidth = (text: string, font: string) => number

export interface MeasuredItem extends Rectangle {
  item: Item
}

export interface MeasuredBox extends Size {
  box: Box
  /** Relative to the top left corner of the box's content. */
  title: Rectangle
  subtitle: Rectangle
  items: MeasuredItem[]
  hubs: (Size & { item: Item })[]
}

const lineHeight = { subtitle: 14, item: 15, hub: 17 }
const itemPadding = { x: 12, y: 7 }
const itemGap = 8
const minimumItemWidth = 116

const widest = (lines: string[], font: string, width: TextWidth): number => Math.max(0, ...lines.map((line) => width(line, font)))

function hubSize({ lines }: Item, width: TextWidth): Size {
  return { width: Math.ceil(widest(lines, fonts.hub, width)) + 44, height: lines.length * lineHeight.hub + 22 }
}

export function measureBox(box: Box, width: TextWidth): MeasuredBox {
  const subtitleLines = box.subtitle.split('\n')
  const inner = Math.ceil(
    Math.max(
      minimumItemWidth,
      width(box.title, fonts.title) + 4,
      widest(subtitleLines, fonts.subtitle, width) + 4,
      widest(box.items.flatMap(({ lines }) => lines), fonts.item, width) + 2 * itemPadding.x,
    ),
  )
  const title = { x: 0, y: 0, width: inner, height: 18 }
  const subtitle = { x: 0, y: 19, width: inner, height: subtitleLines.length * lineHeight.subtitle }
  let y = subtitle.y + subtitle.height + 10
  const items = box.items.map((item) => {
    const placed = { item, x: 0, y, width: inner, height: item.lines.length * lineHeight.item + 2 * itemPadding.y }
    y += placed.height + itemGap
    return placed
  })
  return { box, title, subtitle, items, hubs: box.hubs.map((item) => ({ item, ...hubSize(item, width) })), width: inner, height: items.length === 0 ? y - 10 : y - itemGap }
}
