/** sysctl.set and reading: /proc/sys/net shows the namespace of the thread that opens it (net/sysctl_net.c). */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Namespace } from './kernel.ts'
import type { Session } from './session.ts'
import type { Verb } from './verb.ts'

/** `net.ipv4.conf.eth0/1.forwarding` is /proc/sys/net/ipv4/conf/eth0.1/forwarding, sysctl.d(5). */
function path(name: string): string {
  const parts = name.split('.').map((part) => part.replaceAll('/', '.'))
  if (parts[0] !== 'net' || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new TypeError(`not the name of a network sysctl: ${name}`)
  }
  return `/proc/sys/${parts.join('/')}`
}

export const setSysctl: Verb<'sysctl.set'> = (session, { namespace, name, value, mayBeMissing }) => {
  const file = path(name)
  return session.in(namespace).inside(() => {
    try {
      const before = readFileSync(file, 'utf8').trimEnd()
      if (before !== value) writeFileSync(file, value)
      return { before: { sysctl: before } }
    } catch (error) {
      if (mayBeMissing === true && (error as NodeJS.ErrnoException).code === 'ENOENT') return {}
      throw error
    }
  })
}

export function readSysctl(session: Session, namespace: Namespace, name: string): string {
  const file = path(name)
  return session.in(namespace).inside(() => readFileSync(file, 'utf8').trimEnd())
}
