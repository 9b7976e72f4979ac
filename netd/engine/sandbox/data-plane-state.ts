import type { ContainerState } from '../../dataplane/protocol.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf } from './endpoints.ts'
import { dnsEndpoint, resolverOf } from './names.ts'
import { boundPorts, publishedEndpoint, publishTarget } from './publish-ports.ts'

/** From the records: what the data plane does for a sandbox that is open. */
export function dataPlaneState(engine: Engine, sandbox: SandboxRecord): ContainerState {
  const active = activeEndpointsOf(engine, sandbox)
  const resolver = sandbox.namespace.kind === 'own' ? resolverOf(engine, sandbox, active) : undefined
  const endpoints = Object.fromEntries(
    active.flatMap((endpoint) => {
      const known = dnsEndpoint(sandbox, endpoint)
      return known === undefined ? [] : [[endpoint.network.id, known]]
    }),
  )
  const ports = boundPorts(sandbox.ports)
  const published = ports.length === 0 ? undefined : publishedEndpoint(engine, active)
  return {
    containerId: sandbox.id,
    endpoints,
    ...(resolver === undefined ? {} : { resolver }),
    ...(published === undefined ? {} : { holding: { ports, target: publishTarget(published) } }),
  }
}
