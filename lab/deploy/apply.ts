/** Does a plan's steps, each as soon as those before it are done, and none any more once one has failed. */
import type { Client } from '../../api/client/client.ts'
import type { Action, Step } from './plan.ts'
import { runInNode } from './nodes.ts'

export interface ApplyOptions {
  client: Client
  onDone?: (step: Step, count: number) => void
}

/** Rejects with the first failure, once whatever was under way has ended. */
export async function applyPlan(steps: Step[], { client, onDone }: ApplyOptions): Promise<void> {
  const pending = new Map<string, Promise<void>>()
  let failure: { step: Step; error: Error } | undefined
  let count = 0
  for (const step of steps) {
    const before = step.after.map((id) => pending.get(id)!)
    const work = async (): Promise<void> => {
      await Promise.all(before)
      if (failure !== undefined) return
      try {
        await perform(client, step.action)
        onDone?.(step, ++count)
      } catch (error) {
        failure ??= { step, error: error as Error }
      }
    }
    pending.set(step.id, work())
  }
  await Promise.all(pending.values())
  if (failure !== undefined)
    throw new Error(`${failure.step.subject}: ${failure.error.message}`, { cause: failure.error })
}

async function perform(client: Client, action: Action): Promise<void> {
  switch (action.do) {
    case 'create network':
      await client.networks.create(action.request)
      return
    case 'create namespace':
      await client.trestle.namespaces.create(action.request)
      return
    case 'create container':
      await client.containers.create(action.request, { name: action.name })
      return
    case 'connect':
      return client.networks.connect(action.network, action.request)
    case 'start container':
      return client.containers.start(action.name)
    case 'create link':
      await client.trestle.links.create(action.request)
      return
    case 'run': {
      const { exitCode, stdout, stderr } = await runInNode(client, action, action.command)
      if (exitCode !== 0)
        throw new Error(
          `${action.command.join(' ')}: exit code ${exitCode}: ${stderr.trim() || stdout.trim() || 'it said nothing'}`,
        )
    }
  }
}
