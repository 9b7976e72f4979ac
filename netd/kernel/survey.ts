/** All that a packet can meet in one namespace, read in one go. */
import { readFileSync } from 'node:fs'
import { readAddresses } from './address.ts'
import { readBridgeVlans } from './bridge-vlan.ts'
import type { Namespace } from './kernel.ts'
import { readLinks } from './link.ts'
import type { Survey } from './model.ts'
import { readForwardingDatabase, readNeighbours } from './neighbour.ts'
import { namespaceInode } from './netns.ts'
import { readRules } from './rule.ts'
import { readRuleset } from './ruleset.ts'
import type { Session } from './session.ts'
import { readSysctl } from './sysctl.ts'

export function readSurvey(session: Session, namespace: Namespace): Survey {
  return {
    inode: namespaceInode(namespace),
    links: readLinks(session, namespace),
    addresses: readAddresses(session, namespace),
    neighbours: readNeighbours(session, namespace),
    forwardingDatabase: readForwardingDatabase(session, namespace),
    vlans: readBridgeVlans(session, namespace),
    rules: readRules(session, namespace),
    ruleset: readRuleset(session, namespace),
    legacyTables: readLegacyTables(session, namespace),
  }
}

/** /proc/net is that of the process's first thread. */
function readLegacyTables(session: Session, namespace: Namespace): string[] {
  return session.in(namespace).inside(() =>
    (['ip', 'ip6'] as const).flatMap((family) => {
      try {
        const names = readFileSync(`/proc/thread-self/net/${family}_tables_names`, 'utf8').split('\n')
        return names.filter((name) => name !== '').map((name) => `${family} ${name}`)
      } catch (error) {
        // The module is not loaded.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    }),
  )
}

/** Those that there are; see sysctl.set for their names. */
export function readSysctls(session: Session, namespace: Namespace, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      try {
        return [[name, readSysctl(session, namespace, name)]]
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
        throw error
      }
    }),
  )
}
