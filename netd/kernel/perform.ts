/** A step by its verb, and its failure as a KernelError that names it. */
import { addAddress, deleteAddress } from './address.ts'
import { flushFlows } from './conntrack.ts'
import { toKernelError } from './failure.ts'
import { KernelError, type KernelStep } from './kernel.ts'
import { deleteLink, setLink } from './link.ts'
import { missingFeature } from './missing.ts'
import { addNeighbour, deleteNeighbour } from './neighbour.ts'
import { createNamespace, deleteNamespace } from './netns.ts'
import { addElementsOf, deleteElements, runTransaction } from './nftables.ts'
import { addLink } from './new-link.ts'
import { addRoute, deleteRoute } from './route.ts'
import { addRule, deleteRule } from './rule.ts'
import type { Session } from './session.ts'
import { setSysctl } from './sysctl.ts'
import type { Applied, Verb } from './verb.ts'

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
  'nft.elements.add': addElementsOf,
  'nft.elements.delete': deleteElements,
  'nft.transaction': runTransaction,
  'conntrack.flush': flushFlows,
}

/** `address.add eth0 172.17.0.2/16`: the verb and its object, for errors. */
export function describe(step: KernelStep): string {
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
      return `${step.do} ${'addresses' in step ? step.addresses.join(',') : `${step.protocol} ${[step.port].flat().join(',')}`}`
    default:
      return `${step.do} ${step.name}`
  }
}

export function perform(session: Session, step: KernelStep, index?: number): Applied {
  try {
    return (verbs[step.do] as (session: Session, step: KernelStep) => Applied)(session, step)
  } catch (error) {
    const failure = toKernelError(describe(step), error, index)
    const missing = missingFeature(step, failure.errno)
    if (missing === undefined) throw failure
    throw new KernelError({
      operation: failure.operation,
      errno: failure.errno,
      description: failure.description,
      detail: missing,
      ...(index === undefined ? {} : { step: index }),
    })
  }
}
