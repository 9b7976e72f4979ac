/**
 * The AppArmor profile of a container that asks for none: it denies what Docker's docker-default denies
 * (moby, profiles/apparmor). The language is apparmor.d(5).
 */

export const defaultProfileName = 'trestle-default'

/**
 * The third ABI: a later one mediates more (unix sockets, user namespaces, io_uring), and denies what a profile does not
 * name. Parsers older than it have no such file, and no such mediation.
 */
export const abiFile = '/etc/apparmor.d/abi/3.0'

/** `daemon` is the profile that netd itself is confined by, which sends KILL. A rule can only name what a path begins with, so "all but" is spelled letter by letter. */
export function defaultProfile({ hasAbi, daemon }: { hasAbi: boolean; daemon?: string }): string {
  const senders = ['unconfined', 'runc', 'crun', ...(daemon === undefined ? [] : [`"${daemon}"`])]
  return `${hasAbi ? 'abi <abi/3.0>,\n' : ''}
profile ${defaultProfileName} flags=(attach_disconnected, mediate_deleted) {
  file,
  capability,
  network,
  unix,
  umount,
  deny mount,

  # Among themselves; from outside, what ends them or looks at them.
  signal peer=${defaultProfileName},
  signal (send, receive) set=(exists),
${senders.map((peer) => `  signal (receive) peer=${peer},`).join('\n')}
  ptrace peer=${defaultProfileName},
  ptrace (readby, tracedby),

  # Of /proc only /proc/PID and /proc/sys/kernel/shm* are written to.
  deny /proc/* w,
  deny /proc/[^0-9s]** w,
  deny /proc/s[^y]** w,
  deny /proc/sy[^s]** w,
  deny /proc/sys[^/]** w,
  deny /proc/sys/[^k]** w,
  deny /proc/sys/k[^e]** w,
  deny /proc/sys/kernel/{[^s],s[^h],sh[^m]}** w,
  deny /proc/{kcore,sysrq-trigger} rwklx,

  # Of /sys only /sys/fs/cgroup is; and what tells of the host's firmware, power and policy is not read.
  deny /sys/{[^f],f[^s]}** wklx,
  deny /sys/fs/{[^c],c[^g],cg[^r]}** wklx,
  deny /sys/{firmware,devices/virtual/powercap,kernel/security}/** rwklx,
}
`
}
