import { existsSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'
import type { KernelStep, Namespace } from '../../kernel/kernel.ts'
import type { SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { driverOf, findNetwork } from '../networks/resolve-network.ts'
import { attach, type Attachment } from './attach.ts'
import { closeSandbox } from './close-sandbox.ts'
import { etcMounts } from './etc-files.ts'
import { findSandbox } from './find.ts'
import { validateLinks } from './links.ts'
import { sandboxPath } from './namespaces.ts'
import type { Sandbox } from './sandbox.ts'
import { validateEndpoint } from './validate-endpoint.ts'

/**
 * The container's network: namespace and files when this resolves; endpoints, routes, published ports and names when
 * `ready` does, so that containerd can make the process meanwhile. On failure nothing of it remains, after the caller's
 * closeSandbox if it was `ready` that failed. The caller holds the container's lock.
 */
export async function openSandbox(engine: Engine, id: string): Promise<Sandbox> {
  const sandbox = findSandbox(engine, id)
  const { kind } = sandbox.namespace
  if (sandbox.namespace.kind === 'shared') return shareSandbox(engine, sandbox, sandbox.namespace.with)
  try {
    const attachments = attachmentsOf(engine, sandbox)
    const path = sandboxPath(engine.config, id)
    if (kind === 'own') await makeNamespace(engine, path)
    const { ready } = await attach(engine, sandbox, attachments)
    return {
      namespace: kind === 'host' ? 'host' : path,
      hostname: sandbox.hostname,
      files: etcMounts(engine, id),
      ready,
    }
  } catch (error) {
    await closeSandbox(engine, id)
    throw error
  }
}

/** A pin that stands there already is what a crash has left: nobody is in it. */
async function makeNamespace({ kernel, log }: Engine, path: Namespace): Promise<void> {
  if (existsSync(path))
    for (const { message } of await kernel.teardown([{ do: 'netns.delete', path }])) log.warn(message)
  await kernel.apply([
    { do: 'netns.create', path },
    ...ownSysctls.map(([name, value]): KernelStep => ({
      do: 'sysctl.set',
      namespace: path,
      name,
      value,
      mayBeMissing: true,
    })),
  ])
}

/**
 * As dockerd sets them: what is privileged on a host is the container's own business in a namespace of its own. Any user may
 * have port 80, and ping needs no raw socket. `--sysctl` comes after.
 */
const ownSysctls = [
  ['net.ipv4.ip_unprivileged_port_start', '0'],
  ['net.ipv4.ping_group_range', '0 2147483647'],
] as const

/** All of its networks, in the order of connection; validated before the first one is touched. */
function attachmentsOf(engine: Engine, sandbox: SandboxRecord): Attachment[] {
  resolveEndpoints(engine, sandbox)
  const attachments = Object.entries(sandbox.endpoints).map(([networkId, { request }]) => ({ networkId, request }))
  for (const { networkId, request } of attachments) {
    const network = findNetwork(engine, networkId)
    validateEndpoint(driverOf(engine, network), network, request)
    if (network.isPredefined) validateLinks(engine, sandbox, network)
  }
  return attachments
}

/** Every endpoint under the id of a network that exists: the one it was for, or who has its name now. 404 where there is neither. */
function resolveEndpoints(engine: Engine, sandbox: SandboxRecord): void {
  const { networks, sandboxes } = engine.store
  if (Object.keys(sandbox.endpoints).every((key) => networks.get(key) !== undefined)) return
  sandbox.endpoints = Object.fromEntries(
    Object.entries(sandbox.endpoints).map(([key, endpoint]) => {
      const { id } =
        networks.get(key) ?? networks.find(({ name }) => name === key) ?? findNetwork(engine, endpoint.networkId)
      return [id, endpoint]
    }),
  )
  // Who removes one of them now finds the sandbox by it.
  sandboxes.put(sandbox.id, sandbox)
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
