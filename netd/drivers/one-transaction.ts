import type { KernelStep } from '../kernel/kernel.ts'

/** A transaction that deletes costs the same whatever it deletes (10-25 ms, an RCU grace period), so all deletions go in one. */
export function inOneTransaction(steps: KernelStep[]): KernelStep[] {
  const deletions = steps.filter((step): step is Extract<KernelStep, { table: string; elements: unknown }> => step.do === 'nft.elements.delete')
  const others = steps.filter((step) => step.do !== 'nft.elements.delete')
  const transactions = [...Map.groupBy(deletions, ({ namespace }) => namespace)].map(
    ([namespace, group]): KernelStep => ({
      do: 'nft.transaction',
      namespace,
      commands: group.map(({ table, set, elements }) => ({ do: 'delete', object: 'element', family: 'inet', table, set, elements })),
    }),
  )
  return [...others, ...transactions]
}
