import type { Namespace } from './kernel.ts'

/**
 * The daemon's own namespace. /proc/self is the process, whose ns/net is that of its first thread, which never moves; so
 * the path means the same on every thread, wherever that thread is.
 */
export const ownNamespace: Namespace = '/proc/self/ns/net'

/** By either of the names that the daemon gives it. */
export const isOwn = (namespace: Namespace): boolean =>
  namespace === ownNamespace || namespace === `/proc/${process.pid}/ns/net`
