/** What a node knows of a neighbour: ARP's and neighbour discovery's answers. */
import { z } from 'zod'
import { isSameAddress } from '../../api/address/address.ts'
import { address, mac } from '../yaml/values.ts'
import { defineKind } from './kind.ts'
import { firstLine, runTool, Untrue, type Scene } from './scene.ts'

/** NUD states in which the kernel has no address to send to (linux/neighbour.h). */
const unresolved = new Set(['FAILED', 'INCOMPLETE', 'NONE'])

interface IpNeighbour {
  dst: string
  dev: string
  lladdr?: string
  state?: string[]
}

export const neighbour = defineKind({
  schema: z.strictObject({
    node: z.string(),
    address,
    mac: mac.optional(),
    dev: z.string().optional(),
    exists: z.boolean().default(true),
  }),
  words: {
    known: ({ node, address, as }: { node: string; address: string; as: string }) =>
      `${node} still knows ${address} as ${as}`,
    unknown: ({ node, address, mac }: { node: string; address: string; mac?: string | undefined }) =>
      `${node} does not know ${address}${mac === undefined ? '' : ` as ${mac}`}`,
    different: (values: {
      node: string
      address: string
      mac?: string | undefined
      found: { mac?: string | undefined; dev: string }
    }) =>
      `${values.node} does not know ${values.address}${values.mac === undefined ? '' : ` as ${values.mac}`}, but as ${values.found.mac ?? 'no address'} on ${values.found.dev}`,
  },
  nodes: ({ node }) => [{ key: 'node', node }],
  async judge({ node, address, mac, dev, exists }, scene) {
    const known = (await read(scene, node)).filter(
      ({ dst, state }) => isSameAddress(dst, address) && !state?.some((flag) => unresolved.has(flag)),
    )
    const found = known.find(
      (entry) =>
        (mac === undefined || entry.lladdr?.toLowerCase() === mac.toLowerCase()) &&
        (dev === undefined || entry.dev === dev),
    )
    if (!exists)
      return found === undefined
        ? undefined
        : { code: 'known', values: { node, address, as: found.lladdr ?? found.dev } }
    if (found !== undefined) return undefined
    const [other] = known
    return other === undefined
      ? { code: 'unknown', values: { node, address, mac } }
      : { code: 'different', values: { node, address, mac, found: { mac: other.lladdr, dev: other.dev } } }
  },
})

async function read(scene: Scene, node: string): Promise<IpNeighbour[]> {
  const { exitCode, stdout, stderr } = await runTool(scene, node, ['ip', '-json', 'neighbour', 'show'])
  if (exitCode !== 0)
    throw new Untrue({ code: 'program-failed', values: { program: 'ip', says: firstLine(stderr) ?? 'nothing' } })
  return JSON.parse(stdout || '[]') as IpNeighbour[]
}
