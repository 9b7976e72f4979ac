/** How a lab's things are called and marked on the engine. */

import { labLabel, nodeLabel } from '../../api/trestle/labels.ts'

export function labelsOf(lab: string, node?: string): Record<string, string> {
  return { [labLabel]: lab, ...(node === undefined ? {} : { [nodeLabel]: node }) }
}

export function containerName(lab: string, node: string): string {
  return `${lab}-${node}`
}

export function networkName(lab: string, network: string): string {
  return `${lab}-${network}`
}

/** How the engine calls a node: a bare namespace keeps its own name, so that `ip netns exec NODE` reaches it. */
export function engineName(lab: string, node: string, isContainer: boolean): string {
  return isContainer ? containerName(lab, node) : node
}
