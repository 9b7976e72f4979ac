import { errors } from '../../../api/errors.ts'
import type { KernelStep } from '../../kernel/kernel.ts'
import type { SandboxRecord, PublishedPort } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { publishNetworkEvent } from '../networks/network-event.ts'
import { driverContext, driverOf, findNetwork } from '../networks/resolve-network.ts'
import { closeSandbox } from './close-sandbox.ts'
import { addDefaultRoutes, defaultRoutes } from './default-route.ts'
import { activeEndpointsOf, planOf, type ActiveEndpoint } from './endpoints.ts'
import { etcMounts, writeEtcFiles } from './etc-files.ts'
import { findSandbox } from './find.ts'
import { leaseEndpoint, validateEndpoint } from './lease-endpoint.ts'
import { linkedFrom } from './links.ts'
import { openNames } from './names.ts'
import { sandboxPath } from './namespaces.ts'
import { flushFlows, publishSteps, reservePorts } from './publish-ports.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * The container's network: namespace and files when this resolves; endpoints, routes, published ports and names when
 * `ready` does, so that containerd can make the process meanwhile. On failure nothing of it remains, after the caller's
 * closeSandbox if it was `ready` that failed. The caller holds the container's lock.
 */
export async function openSandbox(engine: Engine, id: string): Promise<Sandbox> {
  const sandbox = findSandbox(engine, id)
  const { namespace } = sandbox
  if (namespace.kind === 'shared') return shareSandbox(engine, sandbox, namespace.with)
  const isHost = namespace.kind === 'host'
  let ports: PublishedPort[] = []
  try {
    await leaseEndpoints(engine, sandbox)
    if (!isHost) ports = await makeNamespace(engine, sandbox)
    writeEtcFiles(engine, sandbox)
  } catch (error) {
    await closeSandbox(engine, id)
    throw error
  }
  const ready = plug(engine, sandbox, isHost ? undefined : ports)
  // Whoever awaits it hears of a failure; until then it is nobody's unhandled one.
  ready.catch(() => {})
  return {
    namespace: isHost ? 'host' : sandboxPath(engine.config, sandbox.id),
    hostname: sandbox.hostname,
    files: etcMounts(engine, sandbox.id),
    ready,
  }
}

/** All of its networks, in the order of connection; validated before the first one is touched. */
async function leaseEndpoints(engine: Engine, sandbox: SandboxRecord): Promise<void> {
  resolveEndpoints(engine, sandbox)
  for (const { networkId, request } of Object.values(sandbox.endpoints))
    validateEndpoint(findNetwork(engine, networkId), request)
  for (const { networkId, request } of Object.values(sandbox.endpoints))
    await leaseEndpoint(engine, sandbox, networkId, request)
}

/** Every endpoint under the id of a network that exists; 404 for one whose network does not. */
function resolveEndpoints(engine: Engine, sandbox: SandboxRecord): void {
  sandbox.endpoints = Object.fromEntries(
    Object.values(sandbox.endpoints).map((endpoint) => {
      const { id } = findNetwork(engine, endpoint.networkId)
      return [id, { ...endpoint, networkId: id }]
    }),
  )
}

/** Ports first: a taken one is found before anything is made. */
async function makeNamespace(engine: Engine, sandbox: SandboxRecord): Promise<PublishedPort[]> {
  const ports = await reservePorts(engine, sandbox, activeEndpointsOf(engine, sandbox))
  await engine.kernel.apply([{ do: 'netns.create', path: sandboxPath(engine.config, sandbox.id) }])
  return ports
}

/** `ports` are undefined where there is nothing to plug, in the host's own namespace. */
async function plug(engine: Engine, sandbox: SandboxRecord, ports: PublishedPort[] | undefined): Promise<void> {
  const endpoints = activeEndpointsOf(engine, sandbox)
  if (ports !== undefined) await makeEndpoints(engine, sandbox, endpoints, ports)
  sandbox.isOpen = true
  engine.store.sandboxes.put(sandbox.id, sandbox)
  for (const { network } of endpoints) publishNetworkEvent(engine, network, 'connect', { container: sandbox.id })
}

async function makeEndpoints(
  engine: Engine,
  sandbox: SandboxRecord,
  endpoints: ActiveEndpoint[],
  ports: PublishedPort[],
): Promise<void> {
  const path = sandboxPath(engine.config, sandbox.id)
  const steps: KernelStep[] = [
    ...endpoints.flatMap((endpoint) =>
      driverOf(engine, endpoint.network).connect(driverContext(engine), planOf(engine, sandbox, endpoint)),
    ),
    ...addDefaultRoutes(path, defaultRoutes(endpoints)),
    ...publishSteps(engine, endpoints, ports),
  ]
  await engine.kernel.apply(steps)
  sandbox.ports = ports
  engine.store.sandboxes.put(sandbox.id, sandbox)
  await Promise.all([openNames(engine, sandbox), flushFlows(engine, sandbox)])
  for (const other of linkedFrom(engine, sandbox)) writeEtcFiles(engine, other)
}

/** `--network container:X`: X's namespace, names and files. */
function shareSandbox(engine: Engine, sandbox: SandboxRecord, reference: string): Sandbox {
  const owner = findSandbox(engine, reference)
  if (owner === sandbox) throw errors.invalidParameter('cannot join own network')
  if (!owner.isOpen) throw errors.conflict(`cannot join network of a non running container: ${owner.id}`)
  if (owner.namespace.kind === 'shared') return shareSandbox(engine, sandbox, owner.namespace.with)
  sandbox.isOpen = true
  engine.store.sandboxes.put(sandbox.id, sandbox)
  return {
    namespace: owner.namespace.kind === 'host' ? 'host' : sandboxPath(engine.config, owner.id),
    hostname: owner.hostname,
    files: etcMounts(engine, owner.id),
    ready: Promise.resolve(),
  }
}
