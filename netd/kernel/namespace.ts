import type { Namespace } from './kernel.ts'

/**
 * The daemon's own namespace. /proc/self is the process, whose ns/net is that of its first thread, which never moves; so
 * the path means the same on every thread, wherever that thread is.
 */
export const ownNamespace: Namespace = '/proc/self/ns/net'
