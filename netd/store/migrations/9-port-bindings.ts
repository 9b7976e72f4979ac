/**
 * What a container publishes stood in its sandbox, and as it had come among what inspect repeats; now there are only the
 * ports that nothing is bound to. What `--publish-all` has added to it is marked.
 */
import type { DatabaseSync } from 'node:sqlite'
import { rewrite } from './rewrite.ts'

interface ContainerOfSchema8 {
  id: string
  options: { network: { publishesAll: boolean } }
  verbatim: { hostConfig: { PortBindings?: Record<string, object[] | null> | null } }
}

interface SandboxOfSchema8 {
  id: string
  portBindings: { isImplied?: true }[]
}

export function keepBindingsOnce(database: DatabaseSync): void {
  /** Of containers that publish all, how many were given one by one: those come first. */
  const given = new Map<string, number>()
  for (const table of ['containers', 'drafts'] as const)
    rewrite(database, table, (container: ContainerOfSchema8) => {
      const { PortBindings: bindings, ...others } = container.verbatim.hostConfig
      if (container.options.network.publishesAll)
        given.set(container.id, Object.values(bindings ?? {}).flatMap((list) => list ?? []).length)
      if (!bindings) return container
      const unbound = Object.fromEntries(Object.entries(bindings).filter(([, list]) => !list?.length))
      return { ...container, verbatim: { ...container.verbatim, hostConfig: { ...others, PortBindings: unbound } } }
    })
  rewrite(database, 'sandboxes', (sandbox: SandboxOfSchema8) => {
    const count = given.get(sandbox.id)
    if (count === undefined || sandbox.portBindings.some(({ isImplied }) => isImplied)) return sandbox
    const portBindings = sandbox.portBindings.map((binding, at) =>
      at < count ? binding : { ...binding, isImplied: true },
    )
    return { ...sandbox, portBindings }
  })
}
