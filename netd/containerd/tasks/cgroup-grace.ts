/**
 * Whoever moves a process into a cgroup waits for an RCU grace period (5-15 ms), unless somebody else did so a moment
 * ago: cgroup_threadgroup_rwsem is a percpu_rw_semaphore, which a writer has to switch over, and which is switched back
 * a grace period after its last writer (kernel/locking/percpu-rwsem.c, kernel/rcu/sync.c). runc is such a writer, 20 ms
 * into every start. So while one is on its way netd moves itself to where it already is, time and again: the wait then
 * runs beside the start of the shim, and runc finds it over.
 */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'

/** Well under a grace period, so that none passes between two writes. */
const intervalMs = 3

let holders = 0
let timer: NodeJS.Timeout | undefined

/** Until it is disposed of. Several at once share the writes. */
export function holdGracePeriod(path = ownProcs()): Disposable {
  // Only the wait is wanted: a kernel that refuses the move has taken the lock before it did.
  const write = (): void => void writeFile(path, String(process.pid)).catch(() => {})
  holders += 1
  if (holders === 1) {
    write()
    timer = setInterval(write, intervalMs)
  }
  return {
    [Symbol.dispose]() {
      holders -= 1
      if (holders === 0) clearInterval(timer)
    },
  }
}

/** cgroup.procs of the group that this process is in, in the first hierarchy that has a mount (cgroups(7)). */
function ownProcs(): string {
  const group = readFileSync('/proc/self/cgroup', 'utf8').split('\n')[0] ?? ''
  const [, controllers = '', path = '/'] = group.split(':')
  return `/sys/fs/cgroup/${controllers.replace(/^name=/, '')}${path}/cgroup.procs`
}
