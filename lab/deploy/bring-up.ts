import type { Client } from '../../api/client/client.ts'
import type { Topology } from '../model/topology.ts'
import { applyPlan, type ApplyOptions } from './apply.ts'
import { labLabel } from '../../api/trestle/labels.ts'
import { listNodes } from './nodes.ts'
import { planUp, type Step } from './plan.ts'
import { takeDown } from './take-down.ts'

/** All of the lab or, after a failure, nothing of it: rejects with what failed. Refuses a lab that is already there. */
export async function bringUp(
  client: Client,
  topology: Topology,
  onDone?: (step: Step, count: number, total: number) => void,
): Promise<void> {
  await refuseExisting(client, topology.name)
  const steps = planUp(topology)
  const options: ApplyOptions = {
    client,
    ...(onDone === undefined ? {} : { onDone: (step, count) => onDone(step, count, steps.length) }),
  }
  try {
    await applyPlan(steps, options)
  } catch (error) {
    const left = await takeDown(client, topology.name).then(
      () => 'everything else was taken back',
      (failure: Error) => `and taking it back failed, too: ${failure.message}`,
    )
    throw new Error(`lab ${topology.name} did not come up: ${(error as Error).message}; ${left}`, { cause: error })
  }
}

async function refuseExisting(client: Client, lab: string): Promise<void> {
  const [nodes, networks] = await Promise.all([
    listNodes(client, lab),
    client.networks.list({ filters: { label: [`${labLabel}=${lab}`] } }),
  ])
  if (nodes.length + networks.length === 0) return
  throw new Error(
    `lab ${lab} is already there (nodes: ${nodes.map(({ node }) => node).join(', ') || 'none'}); take it away first: trestle lab down ${lab}`,
  )
}
