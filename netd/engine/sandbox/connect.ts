import { errors } from '../../../api/errors.ts'
import type { NetworkRecord, RequestedEndpoint, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverOf, findNetwork } from '../networks/resolve-network.ts'
import { attach } from './attach.ts'
import { findSandbox } from './find.ts'
import { validateEndpoint } from './validate-endpoint.ts'

/** A running container has the network when this resolves; a stopped one gets it when it starts. */
export async function connectNetwork(
  engine: Engine,
  reference: string,
  container: string,
  request: RequestedEndpoint,
): Promise<void> {
  if (container === '') throw errors.invalidParameter('invalid name or ID supplied: ""')
  const { id } = findSandbox(engine, container)
  await engine.locks.run(`container:${id}`, async () => {
    const sandbox = findSandbox(engine, id)
    const network = findNetwork(engine, reference)
    validateEndpoint(driverOf(engine, network), network, request)
    refuseLinks(network, request)
    refuseMode(engine, sandbox, network)
    if (sandbox.isOpen) {
      if (sandbox.endpoints[network.id]?.lease !== undefined) throw errors.alreadyConnected(sandbox.name, network.name)
      const { ready } = await attach(engine, sandbox, [{ networkId: network.id, request }])
      await ready
    } else {
      const before = { ...sandbox.endpoints }
      sandbox.endpoints[network.id] = { networkId: network.name, request }
      try {
        engine.store.sandboxes.put(id, sandbox, { mayWait: false })
      } catch (error) {
        sandbox.endpoints = before
        throw error
      }
    }
  })
}

/** Those of the default network are the container's own (`run --link`), not an endpoint's. */
function refuseLinks({ isPredefined, name }: NetworkRecord, { links = [] }: RequestedEndpoint): void {
  if (isPredefined && links.length > 0)
    throw errors.invalidParameter(
      `links on network ${name} are given when a container is made (--link of run or create); connect both containers to a network of your own instead`,
    )
}

/** Containers that have no network of their own to add to. */
export function refuseMode(engine: Engine, sandbox: SandboxRecord, network: NetworkRecord): void {
  if (sandbox.namespace.kind !== 'own') throw errors.sharedNetworkMode()
  const { membership } = driverOf(engine, network)
  if (membership === 'host') throw errors.hostNetworkMode()
  const others = Object.keys(sandbox.endpoints).filter((id) => id !== network.id)
  const isAlone = (networkId: string): boolean => {
    const other = engine.store.networks.get(networkId)
    return other !== undefined && driverOf(engine, other).membership === 'alone'
  }
  if (others.length > 0 && (membership === 'alone' || others.some(isAlone))) throw errors.privateNetworkMode()
}
