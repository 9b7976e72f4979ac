import type { Command } from 'commander'
import type { GraphOptions } from './commands/graph.ts'
import type { LabContext } from './context.ts'

/** `graph`, on the empty command that the command line gives. */
export function registerGraph(graph: Command, context: LabContext): void {
  graph
    .description('show what the kernel holds as a live picture, in a browser')
    .option('--port <port>', 'port of 127.0.0.1 to serve the page on; 0 takes any free one', '0')
    .option('--no-open', 'only print the URL, do not open a browser')
    .option('--json', 'print the graph as JSON and end')
    .addHelpText(
      'after',
      '\nExamples:\n  trestle graph\n  trestle graph --no-open --port 8400\n  trestle graph --json | jq .networks',
    )
    .action(async (options: GraphOptions) => {
      const { graph: run } = await import('./commands/graph.ts')
      await run(options, context)
    })
}
