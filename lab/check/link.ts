import type { GraphInterface, GraphNamespace } from '../../api/trestle/graph.ts'
import type { LinkCheck } from '../model/check.ts'
import { isSameAddress } from '../model/cidr.ts'
import { findInterface, findNode, type Scene, type Verdict } from './scene.ts'

export function checkLink(check: LinkCheck, scene: Scene): Verdict {
  const node = findNode(scene, check.node)
  if (!check.exists)
    return node.interfaces.some(({ name }) => name === check.name)
      ? `${check.node} still has an interface ${check.name}`
      : undefined
  const found = findInterface(node, check.name, check.node)
  const subject = `${check.name} in ${check.node}`
  if (check.kind !== undefined && found.kind !== check.kind) return `${subject} is a ${found.kind}, not a ${check.kind}`
  if (check.up !== undefined && found.isUp !== check.up) return `${subject} is ${found.isUp ? 'up' : 'down'}`
  if (check.mtu !== undefined && found.mtu !== check.mtu) return `${subject} has MTU ${found.mtu}, not ${check.mtu}`
  if (check.mac !== undefined && found.mac.toLowerCase() !== check.mac.toLowerCase())
    return `${subject} has the MAC address ${found.mac}, not ${check.mac}`
  return (
    (check.peer === undefined ? undefined : checkPeer(check.peer, found, subject, scene)) ??
    (check.master === undefined ? undefined : checkMaster(check.master, found, subject, node)) ??
    (check.address === undefined ? undefined : checkAddress(check.address, found, subject))
  )
}

function checkPeer(wanted: string, found: GraphInterface, subject: string, scene: Scene): Verdict {
  const [nodeName = '', name] = wanted.split(':')
  const node = findNode(scene, nodeName)
  const home = scene.graph.namespaces.find(({ interfaces }) => interfaces.some(({ id }) => id === found.peer))
  const peer = home?.interfaces.find(({ id }) => id === found.peer)
  if (home === undefined || peer === undefined) return `the other end of ${subject} is in none of the nodes`
  if (home.id === node.id && (name === undefined || peer.name === name)) return undefined
  return `the other end of ${subject} is ${peer.name} in ${home.node ?? home.name}, not ${name === undefined ? '' : `${name} `}in ${nodeName}`
}

function checkMaster(wanted: string, found: GraphInterface, subject: string, node: GraphNamespace): Verdict {
  const master = node.interfaces.find(({ id }) => id === found.master)
  if (master === undefined) return `${subject} is not a port of any bridge`
  return master.name === wanted ? undefined : `${subject} is a port of ${master.name}, not of ${wanted}`
}

function checkAddress(wanted: string, found: GraphInterface, subject: string): Verdict {
  if (found.addresses.some(({ address }) => isSameCidr(address, wanted))) return undefined
  return `${subject} does not have the address ${wanted}; it has: ${found.addresses.map(({ address }) => address).join(', ') || 'none'}`
}

function isSameCidr(a: string, b: string): boolean {
  const [addressA = '', lengthA] = a.split('/')
  const [addressB = '', lengthB] = b.split('/')
  return lengthA === lengthB && isSameAddress(addressA, addressB)
}
