/** A setting of the kernel, as the node's namespace has it. */
import { z } from 'zod'
import { scalarText } from '../yaml/values.ts'
import { defineKind } from './kind.ts'
import { runTool } from './scene.ts'

export const sysctl = defineKind({
  schema: z.strictObject({
    node: z.string(),
    name: z.string().regex(/^[a-z]+\.[A-Za-z0-9_.\-/]+$/, 'not a sysctl such as net.ipv4.ip_forward'),
    value: scalarText,
  }),
  words: {
    missing: ({ node, name }: { node: string; name: string }) => `${node} has no sysctl ${name}`,
    different: ({ node, name, found, wanted }: { node: string; name: string; found: string; wanted: string }) =>
      `${name} is ${found} in ${node}, not ${wanted}`,
  },
  nodes: ({ node }) => [{ key: 'node', node }],
  async judge({ node, name, value }, scene) {
    const { exitCode, stdout } = await runTool(scene, node, ['cat', pathOf(name)])
    if (exitCode !== 0) return { code: 'missing', values: { node, name } }
    const found = oneSpaced(stdout)
    return found === oneSpaced(value) ? undefined : { code: 'different', values: { node, name, found, wanted: value } }
  },
})

/** A dot of the name is a folder below /proc/sys, and a slash of the name is a dot (sysctl(8)). */
function pathOf(name: string): string {
  return `/proc/sys/${name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'))}`
}

/** The kernel separates several values by tabs. */
function oneSpaced(text: string): string {
  return text.trim().split(/\s+/).join(' ')
}
