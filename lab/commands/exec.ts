import type { LabContext } from '../context.ts'
import { listNodes, runInNode, type LabNode } from '../deploy/nodes.ts'

/** setTimeout cannot wait for longer, nor does the daemon (api/trestle/namespaces.ts). */
const longestRunMs = 600_000

/** Runs a command in a node to its end, without input; ends with its exit code. */
export async function exec(
  context: LabContext,
  name: string,
  command: string[],
  options: { lab?: string },
): Promise<void> {
  const client = await context.client()
  const node = choose(await listNodes(client, options.lab), name, options.lab)
  const { exitCode, stdout, stderr, isTimedOut } = await runInNode(client, node, command, longestRunMs)
  context.stdout.write(stdout)
  context.stderr.write(stderr)
  if (isTimedOut) throw new Error(`${command.join(' ')} was ended after ${longestRunMs / 60_000} minutes`)
  context.setExitCode(exitCode)
}

function choose(nodes: LabNode[], name: string, lab: string | undefined): LabNode {
  const [node, ...others] = nodes.filter(({ node: candidate }) => candidate === name)
  if (node === undefined) {
    const known = nodes.map((candidate) => candidate.node)
    throw new Error(
      `there is no node ${name}${lab === undefined ? ' in any lab' : ` in lab ${lab}`}; the nodes are: ${known.length === 0 ? 'none' : known.join(', ')}`,
    )
  }
  if (others.length > 0)
    throw new Error(
      `several labs have a node ${name} (${[node, ...others].map((candidate) => candidate.lab).join(', ')}): say which with --lab`,
    )
  return node
}
