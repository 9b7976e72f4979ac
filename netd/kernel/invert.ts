/** The way back from a step that was applied, as a step. */
import type { KernelStep } from './kernel.ts'
import type { Before } from './verb.ts'

const opposite = {
  'netns.create': 'netns.delete',
  'address.add': 'address.delete',
  'address.delete': 'address.add',
  'route.add': 'route.delete',
  'route.delete': 'route.add',
  'rule.add': 'rule.delete',
  'rule.delete': 'rule.add',
  'neighbour.add': 'neighbour.delete',
  'neighbour.delete': 'neighbour.add',
  'nft.elements.add': 'nft.elements.delete',
  'nft.elements.delete': 'nft.elements.add',
} as const

export function isDelete(step: KernelStep): boolean {
  return step.do.endsWith('.delete')
}

/**
 * Setting a link down makes the kernel drop its routes and IPv6 addresses; setting it up again does not bring them back.
 *
 * Undefined for what cannot be taken back (deleting a link or a namespace, an nft transaction) and for what leaves nothing
 * to take back (forgetting flows).
 */
export function invert(step: KernelStep, before: Before = {}): KernelStep | undefined {
  switch (step.do) {
    case 'link.add':
      return { do: 'link.delete', namespace: step.namespace, name: step.name }
    case 'link.set': {
      const name = step.newName ?? step.name
      return {
        do: 'link.set',
        namespace: step.namespace,
        name,
        ...(name === step.name ? {} : { newName: step.name }),
        ...before.link,
      }
    }
    case 'sysctl.set':
      return before.sysctl === undefined ? undefined : { ...step, value: before.sysctl }
    case 'link.delete':
    case 'netns.delete':
    case 'nft.transaction':
    case 'conntrack.flush':
      return undefined
    default:
      return { ...step, do: opposite[step.do] } as KernelStep
  }
}

/** Of a list that was applied: what can be taken back, last first. */
export function inverse(steps: KernelStep[]): KernelStep[] {
  return steps.toReversed().flatMap((step) => invert(step) ?? [])
}
