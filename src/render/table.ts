/** Columns of text as Go's tabwriter lays Docker's out: at least ten wide, three blanks between, nothing after the last. */

const minimumWidth = 10
const padding = 3

/** Rows of cells, the headings first. Lines end with a newline each. */
export function table(rows: string[][]): string {
  const widths: number[] = []
  for (const row of rows) {
    // The last cell of a row pads nothing, so it widens nothing.
    for (const [at, cell] of row.slice(0, -1).entries())
      widths[at] = Math.max(widths[at] ?? minimumWidth, width(cell) + padding)
  }
  const line = (row: string[]) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell + ' '.repeat(widths[at]! - width(cell)))).join('')
  return rows.map((row) => `${line(row)}\n`).join('')
}

/** In letters: a name with accents is as wide as one without. */
function width(cell: string): number {
  return Array.from(cell).length
}
