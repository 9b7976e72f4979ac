/** What checks look at: the kernel's picture at one moment, and the nodes to run commands in. */
import type { Graph, GraphInterface, GraphNamespace } from '../../api/trestle/graph.ts'
import type { RunResult } from '../../api/trestle/namespaces.ts'
import type { Reason } from './reason.ts'

export interface Scene {
  lab: string
  graph: Graph
  /** Runs a command inside a node, to its end. */
  run(node: GraphNamespace, command: string[]): Promise<RunResult>
}

/** For what any kind of check may meet. */
export const sceneWords = {
  'node-not-running': ({ node }: { node: string }) =>
    `node ${node} is not running: see "trestle lab ls", and bring the lab up`,
  'interface-missing': ({ node, name, has }: { node: string; name: string; has: string[] }) =>
    `${node} has no interface ${name}; it has: ${has.join(', ') || 'none'}`,
  'program-missing': ({ node, program }: { node: string; program: string }) =>
    `cannot tell: ${node} has no program ${program}`,
  'program-unfinished': ({ node, command }: { node: string; command: string }) =>
    `cannot tell: ${command} did not end in ${node}`,
  'program-failed': ({ program, says }: { program: string; says: string }) => `cannot tell: ${program} says ${says}`,
  unknown: ({ message }: { message: string }) => `cannot tell: ${message}`,
}

/** Thrown where nothing more can be found out. */
export class Untrue extends Error {
  readonly reason: Reason<typeof sceneWords>

  constructor(reason: Reason<typeof sceneWords>) {
    super(reason.code)
    this.reason = reason
  }
}

export function findNode({ graph, lab }: Scene, name: string): GraphNamespace {
  const found = graph.namespaces.find((namespace) => namespace.lab === lab && namespace.node === name)
  if (found === undefined) throw new Untrue({ code: 'node-not-running', values: { node: name } })
  return found
}

export function findInterface(node: GraphNamespace, name: string, nodeName: string): GraphInterface {
  const found = node.interfaces.find((candidate) => candidate.name === name)
  if (found !== undefined) return found
  const has = node.interfaces.map((candidate) => candidate.name)
  throw new Untrue({ code: 'interface-missing', values: { node: nodeName, name, has } })
}

/** Throws where the command could not do its work at all: then nothing is known. */
export async function runTool(scene: Scene, node: string, command: string[]): Promise<RunResult> {
  const result = await runCommand(scene, node, command)
  // As a shell has them (POSIX 2.8.2): not found, not executable.
  if (result.exitCode === 127 || result.exitCode === 126)
    throw new Untrue({ code: 'program-missing', values: { node, program: command[0]! } })
  return result
}

/** Any exit code is an answer here. */
export async function runCommand(scene: Scene, node: string, command: string[]): Promise<RunResult> {
  const result = await scene.run(findNode(scene, node), command)
  if (result.isTimedOut) throw new Untrue({ code: 'program-unfinished', values: { node, command: command.join(' ') } })
  return result
}

/** The first line of what a program said, which is where programs say what is wrong. */
export function firstLine(text: string): string | undefined {
  return text.trim().split('\n')[0] || undefined
}
