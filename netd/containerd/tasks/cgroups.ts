import { readdirSync, rmdirSync } from 'node:fs'

const root = '/sys/fs/cgroup'

/** The cgroups of a container that a runc that was killed has left, in every hierarchy (cgroups(7)). One with processes in it stays. */
export function removeCgroups(prefix: string, id: string): void {
  const hierarchies = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const hierarchy of ['.', ...hierarchies.map(({ name }) => name)]) {
    try {
      rmdirSync(`${root}/${hierarchy}/${prefix}/${id}`)
    } catch {
      // It is not there, as it should be, or not empty.
    }
  }
}
