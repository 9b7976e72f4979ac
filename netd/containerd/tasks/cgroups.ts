import { existsSync, readdirSync, rmdirSync } from 'node:fs'

const root = '/sys/fs/cgroup'

/** The cgroups of a container that a runc that was killed has left, in every hierarchy (cgroups(7)). One with processes in it stays. */
export function removeCgroups(prefix: string, id: string): void {
  for (const parent of parents(prefix)) {
    try {
      rmdirSync(`${parent}/${id}`)
    } catch {
      // It is not there, as it should be, or not empty.
    }
  }
}

/** The names of what is there, in any hierarchy. */
export function cgroupsBelow(prefix: string): string[] {
  return parents(prefix).flatMap((parent) => (existsSync(parent) ? readdirSync(parent) : []))
}

function parents(prefix: string): string[] {
  const hierarchies = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return ['.', ...hierarchies.map(({ name }) => name)].map((hierarchy) => `${root}/${hierarchy}/${prefix}`)
}
