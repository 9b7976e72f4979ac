/** A container without an AppArmor profile was unconfined, as was one that asked for it; the former has the default profile now. */
import type { DatabaseSync } from 'node:sqlite'
import { rewrite } from './rewrite.ts'

interface ContainerOfSchema7 {
  options: { security: { apparmorProfile?: string } }
  verbatim: { hostConfig: { SecurityOpt?: string[] | null } }
}

export function keepUnconfined(database: DatabaseSync): void {
  for (const table of ['containers', 'drafts'] as const)
    rewrite(database, table, (container: ContainerOfSchema7) => {
      const asked = container.verbatim.hostConfig.SecurityOpt?.findLast((option) => /^apparmor[=:]/.test(option))
      if (asked?.slice('apparmor='.length) !== 'unconfined') return container
      const security = { ...container.options.security, apparmorProfile: 'unconfined' }
      return { ...container, options: { ...container.options, security } }
    })
}
