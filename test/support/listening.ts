import type { FreshNamespace } from './namespace.ts'

/** `tcp 0.0.0.0:80`, `udp [::]:53`: every listening socket of a namespace, in order. */
export async function listening(namespace: FreshNamespace): Promise<string[]> {
  const { stdout } = await namespace.run(['ss', '-Hlntu'])
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(/\s+/))
    .map(([protocol, , , , local]) => `${protocol} ${local}`)
    .toSorted()
}
