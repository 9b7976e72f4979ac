/** Labels on containerd's container record; `root` keeps two daemons on one containerd apart. */
export const labels = {
  root: 'trestle.data-root',
  tty: 'trestle.tty',
  stdin: 'trestle.stdin',
} as const
