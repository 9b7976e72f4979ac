/** What checks look at: the kernel's picture at one moment, and the nodes to run commands in. */
import type { Graph, GraphInterface, GraphNamespace } from '../../api/trestle/graph.ts'
import type { RunResult } from '../../api/trestle/namespaces.ts'

export interface Scene {
  lab: string
  graph: Graph
  /** Runs a command inside a node, to its end. */
  run(node: GraphNamespace, command: string[]): Promise<RunResult>
}

/** Undefined: true. Otherwise why it is not, in one sentence. What cannot be found out is not true. */
export type Verdict = string | undefined

/** A reason why a check is not true, thrown where it is found. */
export class NotTrue extends Error {}

export function findNode({ graph, lab }: Scene, name: string): GraphNamespace {
  const node = graph.namespaces.find((namespace) => namespace.lab === lab && namespace.node === name)
  if (node === undefined) throw new NotTrue(`node ${name} is not running: see "trestle lab ls", and bring the lab up`)
  return node
}

export function findInterface(node: GraphNamespace, name: string, nodeName: string): GraphInterface {
  const found = node.interfaces.find((candidate) => candidate.name === name)
  if (found === undefined)
    throw new NotTrue(
      `${nodeName} has no interface ${name}; it has: ${node.interfaces.map((candidate) => candidate.name).join(', ') || 'none'}`,
    )
  return found
}

/** Throws where the command could not do its work at all: then nothing is known. */
export async function runTool(scene: Scene, nodeName: string, command: string[]): Promise<RunResult> {
  const result = await scene.run(findNode(scene, nodeName), command)
  if (result.isTimedOut) throw new NotTrue(`cannot tell: ${command.join(' ')} did not end in ${nodeName}`)
  // As a shell has them (POSIX 2.8.2): not found, not executable.
  if (result.exitCode === 127 || result.exitCode === 126)
    throw new NotTrue(`cannot tell: ${nodeName} has no program ${command[0]}`)
  return result
}
