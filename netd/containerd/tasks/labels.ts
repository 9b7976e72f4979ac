/** What the launcher holds in memory of a container whose task it knows. All of it can be had again from containerd and the files. */
import type { ContainerLog } from './log/container-log.ts'
import type { StdinFifo } from './stdio.ts'

export interface Live {
  pid: number
  isTty: boolean
  stdin: StdinFifo | undefined
  log: ContainerLog
}

/** Labels on containerd's container record; `root` keeps two daemons on one containerd apart. */
export const labels = {
  root: 'trestle.data-root',
  tty: 'trestle.tty',
  stdin: 'trestle.stdin',
  group: 'io.containerd.runc.v2.group',
} as const
