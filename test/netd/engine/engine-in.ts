/** An engine whose host is a fresh network namespace: kernel, firewall and data plane are real, containers are records without a process. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import type { HostConfig } from '../../../api/docker/containers.ts'
import { createNetworkRequest, type EndpointRequest, type Network } from '../../../api/docker/networks.ts'
import { resolveConfig } from '../../../netd/config/defaults.ts'
import type { Launcher } from '../../../netd/containerd/launcher.ts'
import { openDataPlane } from '../../../netd/control/data-plane.ts'
import { openDrivers } from '../../../netd/drivers/drivers.ts'
import { sandboxRecord } from '../../../netd/engine/containers/sandbox-record.ts'
import type { Engine } from '../../../netd/engine/engine.ts'
import { EventBus } from '../../../netd/engine/events.ts'
import { KeyedLock } from '../../../netd/engine/keyed-lock.ts'
import { Lives } from '../../../netd/engine/life/lives.ts'
import { createNetwork as engineCreateNetwork } from '../../../netd/engine/networks/create-network.ts'
import { inspectNetwork as engineInspectNetwork } from '../../../netd/engine/networks/inspect-network.ts'
import { restoreNetworks } from '../../../netd/engine/system/restore-networks.ts'
import { closeSandbox } from '../../../netd/engine/sandbox/close-sandbox.ts'
import { connectNetwork as engineConnectNetwork } from '../../../netd/engine/sandbox/connect.ts'
import { disconnectNetwork as engineDisconnectNetwork } from '../../../netd/engine/sandbox/disconnect.ts'
import { openSandbox } from '../../../netd/engine/sandbox/open-sandbox.ts'
import { openFirewall } from '../../../netd/firewall/nftables-firewall.ts'
import { parseContainerRequest } from '../../../netd/http/container-request/container-request.ts'
import { parseEndpoint } from '../../../netd/http/network-request/endpoint.ts'
import { parseNetworkRequest } from '../../../netd/http/network-request/network-request.ts'
import { renderNetwork } from '../../../netd/http/render/network.ts'
import { openKernel } from '../../../netd/kernel/client.ts'
import type { Kernel } from '../../../netd/kernel/kernel.ts'
import type { ContainerRecord, SandboxRecord } from '../../../netd/store/records.ts'
import { Store } from '../../../netd/store/store.ts'
import { freshNamespace, type FreshNamespace } from '../../support/namespace.ts'

const dataPlaneMain = fileURLToPath(new URL('../../../netd/dataplane/main.ts', import.meta.url))

export class Laboratory implements AsyncDisposable {
  readonly engine: Engine
  readonly host: FreshNamespace
  readonly kernel: Kernel
  readonly root: string
  /** What the daemon would have logged. */
  readonly messages: string[]

  constructor(fields: { engine: Engine; host: FreshNamespace; kernel: Kernel; root: string; messages: string[] }) {
    this.engine = fields.engine
    this.host = fields.host
    this.kernel = fields.kernel
    this.root = fields.root
    this.messages = fields.messages
  }

  /** The network of a container that was created, on the networks of these ids. */
  container(
    name: string,
    networks: Record<string, object> = {},
    hostConfig: HostConfig = {},
    exposedPorts: string[] = [],
  ): SandboxRecord {
    const { engine } = this
    const id = engine.newId()
    const { options, sandbox: request } = parseContainerRequest({
      Image: 'test',
      Hostname: hostConfig.NetworkMode?.startsWith('container:') ? '' : id.slice(0, 12),
      ExposedPorts: Object.fromEntries(exposedPorts.map((spec) => [spec, {}])),
      HostConfig: hostConfig,
    })
    const record: ContainerRecord = {
      id,
      name,
      createdAt: engine.now().toISOString(),
      imageId: '',
      imageReference: 'test',
      options,
      verbatim: { config: {}, hostConfig: {} },
      mounts: [],
      state: { status: 'created', exitCode: 0, error: '', isOomKilled: false },
    }
    const endpoints = Object.entries(networks).map(([networkId, request]) => [
      networkId,
      { networkId, request: parseEndpoint(request) },
    ])
    const sandbox = sandboxRecord(record, request, Object.fromEntries(endpoints))
    engine.store.sandboxes.put(id, sandbox)
    engine.store.containers.put(id, record)
    return sandbox
  }

  /** As a start does, without the process. */
  async start(sandbox: SandboxRecord): Promise<SandboxRecord> {
    const { ready } = await openSandbox(this.engine, sandbox.id)
    try {
      await ready
    } catch (error) {
      await closeSandbox(this.engine, sandbox.id)
      throw error
    }
    this.engine.store.containers.get(sandbox.id)!.state.status = 'running'
    return sandbox
  }

  async stop(sandbox: SandboxRecord): Promise<void> {
    this.engine.store.containers.get(sandbox.id)!.state.status = 'exited'
    await closeSandbox(this.engine, sandbox.id)
  }

  /** Path of the container's namespace, for `nsenter --net=`. */
  sandbox({ id }: Pick<SandboxRecord, 'id'>): string {
    return join(this.root, 'exec', 'netns', id)
  }

  /** Everything of the host that a network could leave behind, through independent tools. */
  async traces(): Promise<object> {
    const [links, addresses, routes, ruleset] = await Promise.all([
      this.host.json<{ ifname: string; flags: string[]; master?: string }[]>(['ip', '-j', 'link']),
      this.host.json<{ ifname: string; addr_info: { local: string }[] }[]>(['ip', '-j', 'address']),
      this.host.json<{ dst: string; dev: string; prefsrc?: string }[]>(['ip', '-j', 'route']),
      this.host.json<{ nftables: object[] }>(['nft', '-j', 'list', 'ruleset']),
    ])
    return {
      links: links.map(({ ifname, master }) => ({ ifname, master })).toSorted((a, b) => (a.ifname < b.ifname ? -1 : 1)),
      addresses: addresses
        .flatMap(({ ifname, addr_info }) => addr_info.map(({ local }) => `${ifname} ${local}`))
        .toSorted(),
      // `linkdown` comes and goes with the bridge's ports.
      routes: routes.map(({ dst, dev, prefsrc }) => ({ dst, dev, prefsrc })),
      // Rules are written anew when the skeleton is made sure of; their numbers say nothing.
      ruleset: JSON.parse(
        JSON.stringify(ruleset.nftables, (key, value: unknown) => (key === 'handle' ? undefined : value)),
      ) as object,
    }
  }

  /** As the next daemon does, whose data plane goes on. */
  reconnectDataPlane(): void {
    const { config, dataPlane, ...engine } = this.engine
    dataPlane.close()
    Object.assign(this.engine, connectDataPlane({ ...engine, execRoot: config.execRoot }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { engine } = this
    for (const { id } of engine.store.sandboxes.values()) await closeSandbox(engine, id, { isFinal: true })
    await engine.dataPlane.shutdown()
    await this.kernel.close()
    engine.store.close()
    await this.host[Symbol.asyncDispose]()
    await rm(this.root, { recursive: true, force: true })
  }
}

type DataPlaneOf = Pick<Engine, 'kernel' | 'host' | 'log'> & { execRoot: string }

function connectDataPlane({ execRoot, kernel, host, log }: DataPlaneOf): Pick<Engine, 'dataPlane' | 'dns' | 'proxy'> {
  const command = ['nsenter', `--net=${host}`, '--', process.execPath, dataPlaneMain]
  const dataPlane = openDataPlane({ execRoot, kernel, log, command })
  return { dataPlane, dns: dataPlane.dns, proxy: dataPlane.proxy }
}

/** @param wrap puts something of the test's own between engine and kernel. */
export async function openLaboratory({
  wrap = (kernel) => kernel,
  prepare,
}: {
  wrap?: (kernel: Kernel) => Kernel
  prepare?: (host: FreshNamespace) => Promise<unknown>
} = {}): Promise<Laboratory> {
  const host = await freshNamespace()
  await prepare?.(host)
  const root = await mkdtemp(join(tmpdir(), 'trestle-engine-'))
  const real = await openKernel()
  const kernel = wrap(real)
  const messages: string[] = []
  const note = (message: string): void => void messages.push(message)
  const log = { info: note, warn: note, error: note, debug: () => {} }
  const config = resolveConfig({ 'data-root': join(root, 'data'), 'exec-root': join(root, 'exec') })
  for (const folder of [config.dataRoot, config.execRoot]) await mkdir(folder)
  const firewall = openFirewall({ kernel, host: host.path, table: config.tag })
  const now = (): Date => new Date()
  const engine: Engine = {
    config,
    store: new Store(':memory:'),
    kernel,
    host: host.path,
    // Nothing here starts a process.
    launcher: undefined as unknown as Launcher,
    drivers: openDrivers(firewall, config),
    firewall,
    ...connectDataPlane({ execRoot: config.execRoot, kernel, host: host.path, log }),
    events: new EventBus(now),
    lives: new Lives(),
    locks: new KeyedLock(),
    now,
    newId: () => randomBytes(32).toString('hex'),
    log,
  }
  await restoreNetworks(engine)
  return new Laboratory({ engine, host, kernel: real, root, messages })
}

/** What the routes do, which take Docker's bodies and give them. */
export const createNetwork = async (
  engine: Engine,
  body: z.input<typeof createNetworkRequest>,
): Promise<{ Id: string }> => ({
  Id: (await engineCreateNetwork(engine, parseNetworkRequest(createNetworkRequest.parse(body)))).id,
})

export const inspectNetwork = (engine: Engine, reference: string): Network =>
  renderNetwork(engineInspectNetwork(engine, reference))

export const connectNetwork = async (
  engine: Engine,
  reference: string,
  { Container, EndpointConfig }: { Container: string; EndpointConfig?: EndpointRequest },
): Promise<void> => engineConnectNetwork(engine, reference, Container, parseEndpoint(EndpointConfig ?? {}))

export const disconnectNetwork = (
  engine: Engine,
  reference: string,
  { Container, Force = false }: { Container: string; Force?: boolean },
): Promise<void> => engineDisconnectNetwork(engine, reference, Container, { isForced: Force })
