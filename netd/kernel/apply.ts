/** A list of steps: applied all or none, or torn down as far as it goes. */
import { addAddress, deleteAddress } from './address.ts'
import { flushFlows } from './conntrack.ts'
import { toKernelError, undoCause } from './failure.ts'
import { invert } from './invert.ts'
import { KernelError, type KernelStep, type StepResult } from './kernel.ts'
import { addLink, deleteLink, setLink } from './link.ts'
import { addNeighbour, deleteNeighbour } from './neighbour.ts'
import { createNamespace, deleteNamespace } from './netns.ts'
import { addElements, deleteElements, runTransaction } from './nftables.ts'
import { addRoute, deleteRoute } from './route.ts'
import { addRule, deleteRule } from './rule.ts'
import { Session, type Thread } from './session.ts'
import { setSysctl } from './sysctl.ts'
import type { Applied, Before, Verb } from './verb.ts'

const verbs: { [Do in KernelStep['do']]: Verb<Do> } = {
  'netns.create': createNamespace,
  'netns.delete': deleteNamespace,
  'link.add': addLink,
  'link.set': setLink,
  'link.delete': deleteLink,
  'address.add': addAddress,
  'address.delete': deleteAddress,
  'route.add': addRoute,
  'route.delete': deleteRoute,
  'rule.add': addRule,
  'rule.delete': deleteRule,
  'neighbour.add': addNeighbour,
  'neighbour.delete': deleteNeighbour,
  'sysctl.set': setSysctl,
  'nft.elements.add': addElements,
  'nft.elements.delete': deleteElements,
  'nft.transaction': runTransaction,
  'conntrack.flush': flushFlows,
}

/** `address.add eth0 172.17.0.2/16`: the verb and its object, for errors. */
function describe(step: KernelStep): string {
  switch (step.do) {
    case 'netns.create':
    case 'netns.delete':
      return `${step.do} ${step.path}`
    case 'address.add':
    case 'address.delete':
    case 'neighbour.add':
    case 'neighbour.delete':
      return `${step.do} ${step.link} ${step.address}`
    case 'route.add':
    case 'route.delete':
      return `${step.do} ${step.destination}${step.via === undefined ? '' : ` via ${step.via}`}`
    case 'rule.add':
    case 'rule.delete':
      return `${step.do} ${step.priority}`
    case 'nft.elements.add':
    case 'nft.elements.delete':
      return `${step.do} ${step.table} ${step.set}`
    case 'nft.transaction':
      return step.do
    case 'conntrack.flush':
      return `${step.do} ${step.protocol} ${step.port}`
    default:
      return `${step.do} ${step.name}`
  }
}

function perform(session: Session, step: KernelStep, index?: number): Applied {
  try {
    return (verbs[step.do] as (session: Session, step: KernelStep) => Applied)(session, step)
  } catch (error) {
    throw toKernelError(describe(step), error, index)
  }
}

/** Undoes what was done, last first, and carries on past failures, which it gives back. */
function undo(session: Session, done: { step: KernelStep; before: Before | undefined }[]): KernelError[] {
  const failures: KernelError[] = []
  for (const { step, before } of done.toReversed()) {
    const inverse = invert(step, before)
    if (inverse === undefined) {
      if (step.do === 'conntrack.flush') continue
      failures.push(new KernelError({ operation: describe(step), errno: 'ENOTRECOVERABLE', description: 'was done and cannot be taken back' }))
      continue
    }
    try {
      perform(session, inverse)
    } catch (error) {
      failures.push(error as KernelError)
    }
  }
  return failures
}

export function apply(thread: Thread, steps: KernelStep[]): StepResult[] {
  using session = new Session(thread)
  const done: { step: KernelStep; before: Before | undefined }[] = []
  const results: StepResult[] = []
  for (const [index, step] of steps.entries()) {
    try {
      const { result, before } = perform(session, step, index)
      done.push({ step, before })
      results.push(result ?? {})
    } catch (error) {
      const failures = undo(session, done)
      const { operation, errno, description, detail } = error as KernelError
      throw new KernelError({
        operation,
        errno,
        description,
        step: index,
        ...(detail === undefined ? {} : { detail }),
        ...(failures.length === 0 ? {} : { cause: undoCause(failures) }),
      })
    }
  }
  return results
}

/** What the kernel says of a thing that is not there (any more): link, file, route, address. */
const gone = new Set(['ENODEV', 'ENOENT', 'ESRCH', 'EADDRNOTAVAIL'])

export function teardown(thread: Thread, steps: KernelStep[]): KernelError[] {
  using session = new Session(thread)
  const failures: KernelError[] = []
  for (const [index, step] of steps.entries()) {
    try {
      perform(session, step, index)
    } catch (error) {
      if (!gone.has((error as KernelError).errno)) failures.push(error as KernelError)
    }
  }
  return failures
}
