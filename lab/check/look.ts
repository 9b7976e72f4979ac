import type { Client } from '../../api/client/client.ts'
import { runInNode } from '../deploy/nodes.ts'
import type { Scene } from '../check-kinds/scene.ts'

/** Longer than any check of ours needs. */
const timeoutMs = 10_000

/** The scene as it is now. */
export async function lookAt(client: Client, lab: string): Promise<Scene> {
  return {
    lab,
    graph: await client.trestle.graph.read(),
    run: (node, command) =>
      runInNode(
        client,
        { kind: node.kind === 'container' ? 'container' : 'namespace', name: node.id },
        command,
        timeoutMs,
      ),
  }
}
