/**
 * Tearing down: as far as it goes, and quickly. Each delete of links waits for RCU barriers (10-40 ms), however many it
 * deletes; so neighbours of one kind go in one request, also across callers who wait at the same time. Deleted elements of
 * nftables are freed later; who waits for that is who closes the socket (nft_rcv_nl_event, net/netfilter/nf_tables_api.c),
 * which for the daemon's own namespace is an idle thread at its end (./channel.ts).
 */
import { linkMessage, RTM_DELLINK, RTM_SETLINK } from '../netlink/rtnetlink/link.ts'
import { isGone, toKernelError } from './failure.ts'
import type { KernelError, KernelStep } from './kernel.ts'
import { readSetElements } from './nftables.ts'
import { describe, perform } from './perform.ts'
import { Session, type Thread } from './session.ts'
import type { StepOf } from './verb.ts'

/** One caller's list, and what went wrong with it. */
interface Caller {
  steps: KernelStep[]
  next: number
  failures: KernelError[]
}

interface Item {
  caller: Caller
  step: KernelStep
  index: number
}

/** Steps of one kind can go together; other steps only with themselves. */
function kindOf(step: KernelStep): string | undefined {
  if (step.do === 'link.delete') return `link ${step.namespace}`
  if (step.do === 'nft.elements.delete') return `nft ${step.namespace} ${step.family} ${step.table}`
  return undefined
}

/** The next run of steps: of one kind, from the heads of all lists, each list's own order kept. */
function takeRun(callers: Caller[]): Item[] {
  const first = callers.find(({ steps, next }) => next < steps.length)
  if (first === undefined) return []
  const kind = kindOf(first.steps[first.next] as KernelStep)
  const take = (caller: Caller): Item => ({
    caller,
    step: caller.steps[caller.next] as KernelStep,
    index: caller.next++,
  })
  if (kind === undefined) return [take(first)]
  return callers.flatMap((caller) => {
    const items: Item[] = []
    while (caller.next < caller.steps.length && kindOf(caller.steps[caller.next] as KernelStep) === kind)
      items.push(take(caller))
    return items
  })
}

function alone(session: Session, { caller, step, index }: Item): void {
  try {
    perform(session, step, index)
  } catch (error) {
    if (!isGone(error as KernelError)) caller.failures.push(error as KernelError)
  }
}

/**
 * Marks the links with a group of their own and deletes the group: one barrier for all (rtnl_group_dellink). Bridges have
 * one each all the same, 20 ms (br_multicast_dev_del, net/bridge/br_multicast.c).
 */
function deleteLinks(session: Session, items: Item[]): void {
  const [first] = items as (Item & { step: StepOf<'link.delete'> })[]
  if (first === undefined || items.length === 1) return items.forEach((item) => alone(session, item))
  const { route } = session.in(first.step.namespace)
  // Far from the small numbers that people give groups, and unlikely to be another daemon's.
  const group = 0x54000000 + Math.floor(Math.random() * 0x1000000)
  const marked = items.filter(({ caller, step, index }) => {
    const { name } = step as StepOf<'link.delete'>
    try {
      route.request(RTM_SETLINK, 0, (writer) => linkMessage.write(writer, { ifname: name, group }))
      return true
    } catch (error) {
      const failure = toKernelError(describe(step), error, index)
      if (!isGone(failure)) caller.failures.push(failure)
      return false
    }
  })
  if (marked.length === 0) return
  try {
    route.request(RTM_DELLINK, 0, (writer) => linkMessage.write(writer, { group }))
  } catch {
    // One of them cannot be deleted, and so none was: alone, each says what is wrong with it.
    for (const item of marked) alone(session, item)
  }
}

/** All elements in one transaction; should some be gone already, those that are left. */
function deleteElements(session: Session, items: Item[]): void {
  const steps = items.map(({ step }) => step as StepOf<'nft.elements.delete'>)
  const [first] = steps
  if (first === undefined) return
  const { namespace, table, family = 'inet' } = first
  const remove = (left: typeof steps): void => {
    const commands = left
      .filter(({ elements }) => elements.length > 0)
      .map(({ set, elements }) => ({ do: 'delete', family, table, object: 'element', set, elements }) as const)
    if (commands.length > 0) perform(session, { do: 'nft.transaction', namespace, commands })
  }
  try {
    return remove(steps)
  } catch {
    // Some are gone already, and so none was deleted: what is left of each, again together.
  }
  const sets = new Map<string, Set<string>>()
  const present = (set: string): Set<string> => {
    const keys =
      sets.get(set) ??
      new Set(readSetElements(session, namespace, table, set, family).map(({ key }) => JSON.stringify(key)))
    sets.set(set, keys)
    return keys
  }
  const tell = ({ caller, step, index }: Item, error: unknown): void => {
    const failure = toKernelError(describe(step), error, index)
    if (!isGone(failure)) caller.failures.push(failure)
  }
  const left = (items as (Item & { step: StepOf<'nft.elements.delete'> })[]).flatMap((item) => {
    try {
      return [
        {
          item,
          step: {
            ...item.step,
            elements: item.step.elements.filter(({ key }) => present(item.step.set).has(JSON.stringify(key))),
          },
        },
      ]
    } catch (error) {
      tell(item, error)
      return []
    }
  })
  try {
    remove(left.map(({ step }) => step))
  } catch {
    for (const { item, step } of left) {
      try {
        remove([step])
      } catch (error) {
        tell(item, error)
      }
    }
  }
}

/** Failures by caller, in the order of the lists. */
export function teardown(thread: Thread, lists: KernelStep[][]): KernelError[][] {
  using session = new Session(thread)
  const callers = lists.map((steps): Caller => ({ steps, next: 0, failures: [] }))
  for (let run = takeRun(callers); run.length > 0; run = takeRun(callers)) {
    const [first] = run as [Item]
    try {
      if (first.step.do === 'link.delete') deleteLinks(session, run)
      else if (first.step.do === 'nft.elements.delete') deleteElements(session, run)
      else alone(session, first)
    } catch (error) {
      // The namespace itself could not be entered; when it has gone, so has all that was in it.
      const failure = toKernelError(describe(first.step), error, first.index)
      if (!isGone(failure)) for (const { caller } of run) caller.failures.push(failure)
    }
  }
  return callers.map(({ failures }) => failures)
}
