import type { LabContext } from '../context.ts'
import { listNodes } from '../deploy/nodes.ts'

export async function ls(context: LabContext, options: { json?: boolean }): Promise<void> {
  const nodes = await listNodes(await context.client())
  if (options.json) {
    context.stdout.write(`${JSON.stringify(nodes, undefined, 2)}\n`)
    return
  }
  const rows = [
    ['LAB', 'NODE', 'KIND', 'STATUS', 'ON THE ENGINE'],
    ...nodes.map(({ lab, node, kind, status, name }) => [lab, node, kind, status, name]),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  for (const row of rows)
    context.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('   ')
        .trimEnd()}\n`,
    )
}
