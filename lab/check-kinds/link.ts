/** An interface: there or not, and how. */
import { z } from 'zod'
import { hostCidr } from '../../api/trestle/addresses.ts'
import type { GraphInterface, GraphNamespace } from '../../api/trestle/graph.ts'
import { isSameCidr } from '../../api/address/cidr.ts'
import { mac } from '../yaml/values.ts'
import { defineKind } from './kind.ts'
import type { Reason } from './reason.ts'
import { findInterface, findNode, type Scene } from './scene.ts'

const schema = z.strictObject({
  node: z.string(),
  name: z.string().describe('of the interface'),
  exists: z.boolean().default(true),
  kind: z.string().describe('veth, bridge, macvlan, vxlan, loopback, …').optional(),
  peer: z.string().describe('NODE or NODE:INTERFACE at the other end of a veth').optional(),
  master: z.string().describe('the bridge, in the same node, that it is a port of').optional(),
  up: z.boolean().optional(),
  mtu: z.number().int().optional(),
  mac: mac.optional(),
  address: hostCidr.optional(),
})

interface Subject {
  node: string
  name: string
}
const subject = ({ node, name }: Subject): string => `${name} in ${node}`

const words = {
  present: ({ node, name }: Subject) => `${node} still has an interface ${name}`,
  kind: (values: Subject & { found: string; wanted: string }) =>
    `${subject(values)} is a ${values.found}, not a ${values.wanted}`,
  up: (values: Subject & { isUp: boolean }) => `${subject(values)} is ${values.isUp ? 'up' : 'down'}`,
  mtu: (values: Subject & { found: number; wanted: number }) =>
    `${subject(values)} has MTU ${values.found}, not ${values.wanted}`,
  mac: (values: Subject & { found: string; wanted: string }) =>
    `${subject(values)} has the MAC address ${values.found}, not ${values.wanted}`,
  'peer-unknown': (values: Subject) => `the other end of ${subject(values)} is in none of the nodes`,
  peer: (values: Subject & { found: Subject; wanted: { node: string; name?: string } }) =>
    `the other end of ${subject(values)} is ${subject(values.found)}, not ${values.wanted.name === undefined ? '' : `${values.wanted.name} `}in ${values.wanted.node}`,
  'not-a-port': (values: Subject) => `${subject(values)} is not a port of any bridge`,
  master: (values: Subject & { found: string; wanted: string }) =>
    `${subject(values)} is a port of ${values.found}, not of ${values.wanted}`,
  address: (values: Subject & { has: string[]; wanted: string }) =>
    `${subject(values)} does not have the address ${values.wanted}; it has: ${values.has.join(', ') || 'none'}`,
}
type LinkReason = Reason<typeof words>

export const link = defineKind({
  schema,
  words,
  nodes: ({ node, peer }) => [
    { key: 'node', node },
    ...(peer === undefined ? [] : [{ key: 'peer', node: peer.split(':')[0]! }]),
  ],
  judge(wanted, scene): LinkReason | undefined {
    const { node, name } = wanted
    const home = findNode(scene, node)
    if (!wanted.exists)
      return home.interfaces.some((candidate) => candidate.name === name)
        ? { code: 'present', values: { node, name } }
        : undefined
    const found = findInterface(home, name, node)
    return (
      judgeAttributes(wanted, found) ??
      (wanted.peer === undefined ? undefined : judgePeer({ node, name }, wanted.peer, found, scene)) ??
      (wanted.master === undefined ? undefined : judgeMaster({ node, name }, wanted.master, found, home)) ??
      (wanted.address === undefined ? undefined : judgeAddress({ node, name }, wanted.address, found))
    )
  },
})

function judgeAttributes(wanted: z.output<typeof schema>, found: GraphInterface): LinkReason | undefined {
  const { node, name, kind, up, mtu } = wanted
  if (kind !== undefined && found.kind !== kind)
    return { code: 'kind', values: { node, name, found: found.kind, wanted: kind } }
  if (up !== undefined && found.isUp !== up) return { code: 'up', values: { node, name, isUp: found.isUp } }
  if (mtu !== undefined && found.mtu !== mtu)
    return { code: 'mtu', values: { node, name, found: found.mtu, wanted: mtu } }
  if (wanted.mac !== undefined && found.mac.toLowerCase() !== wanted.mac.toLowerCase())
    return { code: 'mac', values: { node, name, found: found.mac, wanted: wanted.mac } }
  return undefined
}

function judgePeer(at: Subject, wanted: string, found: GraphInterface, scene: Scene): LinkReason | undefined {
  const [node = '', name] = wanted.split(':')
  const wantedHome = findNode(scene, node)
  const home = scene.graph.namespaces.find(({ interfaces }) => interfaces.some(({ id }) => id === found.peer))
  const peer = home?.interfaces.find(({ id }) => id === found.peer)
  if (home === undefined || peer === undefined) return { code: 'peer-unknown', values: at }
  if (home.id === wantedHome.id && (name === undefined || peer.name === name)) return undefined
  return {
    code: 'peer',
    values: {
      ...at,
      found: { node: home.node ?? home.name, name: peer.name },
      wanted: name === undefined ? { node } : { node, name },
    },
  }
}

function judgeMaster(at: Subject, wanted: string, found: GraphInterface, home: GraphNamespace): LinkReason | undefined {
  const master = home.interfaces.find(({ id }) => id === found.master)
  if (master === undefined) return { code: 'not-a-port', values: at }
  return master.name === wanted ? undefined : { code: 'master', values: { ...at, found: master.name, wanted } }
}

function judgeAddress(at: Subject, wanted: string, { addresses }: GraphInterface): LinkReason | undefined {
  if (addresses.some(({ address }) => isSameCidr(address, wanted))) return undefined
  return { code: 'address', values: { ...at, has: addresses.map(({ address }) => address), wanted } }
}
