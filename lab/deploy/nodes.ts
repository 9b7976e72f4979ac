/** What labs there are, read from the labels of what the engine holds. */
import type { Client } from '../../api/client/client.ts'
import type { RunResult } from '../../api/trestle/namespaces.ts'
import { labLabel, nodeLabel } from '../../api/trestle/labels.ts'

export interface LabNode {
  lab: string
  node: string
  kind: 'container' | 'namespace'
  /** On the engine. */
  name: string
  /** `running`, `exited`, …; a bare namespace is `up` as long as it is there. */
  status: string
}

/** Of every lab, or of one. */
export async function listNodes(client: Client, lab?: string): Promise<LabNode[]> {
  const [containers, namespaces] = await Promise.all([
    client.containers.list({ all: true, filters: { label: [lab === undefined ? labLabel : `${labLabel}=${lab}`] } }),
    client.trestle.namespaces.list(),
  ])
  const found = [
    ...containers.map(({ Labels, Names, State }) =>
      node(Labels, 'container', Names[0]?.replace(/^\//, '') ?? '', State),
    ),
    ...namespaces.map(({ labels, name }) => node(labels, 'namespace', name, 'up')),
  ]
  return found
    .filter((item) => item !== undefined)
    .filter((item) => lab === undefined || item.lab === lab)
    .toSorted((a, b) => a.lab.localeCompare(b.lab) || a.node.localeCompare(b.node))
}

function node(
  labels: Record<string, string>,
  kind: LabNode['kind'],
  name: string,
  status: string,
): LabNode | undefined {
  const lab = labels[labLabel]
  return lab === undefined ? undefined : { lab, node: labels[nodeLabel] ?? name, kind, name, status }
}

export const commandTimeoutMs = 30_000

/** Runs a command to its end. In a bare namespace it is a program of the host; in a container one of the image. */
export async function runInNode(
  client: Client,
  { kind, name }: Pick<LabNode, 'kind' | 'name'>,
  command: string[],
  timeoutMs = commandTimeoutMs,
): Promise<RunResult> {
  if (kind === 'namespace') return client.trestle.namespaces.run(name, { command, timeoutMs })
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    return { ...(await client.exec.run(name, command, { signal })), isTimedOut: false }
  } catch (error) {
    if (!signal.aborted) throw error
    return { exitCode: 137, stdout: '', stderr: '', isTimedOut: true }
  }
}
