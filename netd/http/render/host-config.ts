/** Docker API "HostConfig" of a container: every key of dockerd's, whose clients read them without asking. */
import { cgroupSupport, defaultCgroupNamespace } from '../../containerd/spec/cgroup-support.ts'
import type { Engine } from '../../engine/engine.ts'
import { findSandbox } from '../../engine/sandbox/find.ts'
import type { ContainerOptions } from '../../store/container-options.ts'
import type { PortBindings } from '../../../api/docker/containers.ts'
import type { ContainerRecord, SandboxRecord } from '../../store/records.ts'
import { namespaceModeText, networkModeText } from './mode.ts'

/** What nothing here has a value for. */
const defaults = {
  Binds: null,
  ContainerIDFile: '',
  PortBindings: null,
  VolumeDriver: '',
  VolumesFrom: null,
  CapAdd: null,
  CapDrop: null,
  Dns: null,
  DnsOptions: null,
  DnsSearch: null,
  ExtraHosts: null,
  Cgroup: '',
  Isolation: '',
  BlkioWeightDevice: null,
  BlkioDeviceReadBps: null,
  BlkioDeviceWriteBps: null,
  BlkioDeviceReadIOps: null,
  BlkioDeviceWriteIOps: null,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  Devices: null,
  DeviceRequests: null,
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
}

export function hostConfig(engine: Pick<Engine, 'store'>, container: ContainerRecord): Record<string, unknown> {
  const { options, verbatim } = container
  const { process, network, security } = options
  return {
    ...defaults,
    ...verbatim.hostConfig,
    ...wishedPorts(findSandbox(engine, container.id), verbatim.hostConfig['PortBindings']),
    LogConfig: { Type: 'json-file', Config: options.log },
    NetworkMode: networkModeText(network.mode),
    RestartPolicy: restartPolicy(options.restart),
    AutoRemove: options.isRemovedAtExit,
    GroupAdd: process.groups ?? null,
    IpcMode: options.ipc,
    Links: links(engine, container),
    SecurityOpt: securityOptions(container),
    OomScoreAdj: process.oomScoreAdj,
    PidMode: options.pid === undefined ? '' : namespaceModeText(options.pid),
    Privileged: security.isPrivileged,
    PublishAllPorts: network.publishesAll,
    ReadonlyRootfs: security.isReadOnlyRootfs,
    ShmSize: options.shmBytes,
    ...(Object.keys(options.sysctls).length > 0 ? { Sysctls: options.sysctls } : {}),
    ConsoleSize: process.consoleSize === undefined ? [0, 0] : [process.consoleSize.rows, process.consoleSize.columns],
    CgroupParent: options.cgroupParent,
    Runtime: options.runtime ?? 'runc',
    CgroupnsMode: options.cgroupNamespace ?? defaultCgroupNamespace(cgroupSupport()),
    UTSMode: options.isUtsFromHost === true ? 'host' : '',
    UsernsMode: options.isUserNamespaceFromHost === true ? 'host' : '',
    ...(options.annotations === undefined ? {} : { Annotations: options.annotations }),
    DeviceCgroupRules: options.deviceRules ?? null,
    ...limits(options),
    ...(process.isUnderInit === undefined ? {} : { Init: process.isUnderInit }),
    // dockerd has null for a container from which nothing is hidden.
    MaskedPaths: security.isPrivileged && security.maskedPaths.length === 0 ? null : security.maskedPaths,
    ReadonlyPaths: security.isPrivileged && security.readonlyPaths.length === 0 ? null : security.readonlyPaths,
  }
}

/** `unbound`: those that were given without a binding. `--publish-all` is an option by itself. */
function wishedPorts({ portBindings }: SandboxRecord, unbound: unknown): { PortBindings?: PortBindings } {
  const bindings: PortBindings = { ...(unbound as PortBindings | undefined) }
  for (const wish of portBindings) {
    if (wish.isImplied === true) continue
    const { hostAddress, hostPort, hostPortEnd, containerPort, containerPortEnd, protocol } = wish
    const isPairwise = hostPortEnd - hostPort === containerPortEnd - containerPort
    const choice = hostPort === 0 ? '' : hostPort === hostPortEnd ? String(hostPort) : `${hostPort}-${hostPortEnd}`
    for (let port = containerPort; port <= containerPortEnd; port++) {
      const HostPort = isPairwise && hostPort > 0 ? String(hostPort + port - containerPort) : choice
      ;(bindings[`${port}/${protocol}`] ??= []).push({ HostIp: hostAddress, HostPort })
    }
  }
  const sorted = Object.entries(bindings).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return sorted.length > 0 ? { PortBindings: Object.fromEntries(sorted) } : {}
}

/** dockerd notes here that a container in the host's namespaces has no label of SELinux. */
function securityOptions({ options, verbatim }: ContainerRecord): unknown {
  const own = verbatim.hostConfig['SecurityOpt'] as string[] | undefined
  const isUnlabelled = options.security.isPrivileged || options.ipc === 'host' || options.pid?.kind === 'host'
  if (!isUnlabelled || own?.some((option) => /^label[=:]/.test(option))) return own ?? null
  return [...(own ?? []), 'label=disable']
}

function restartPolicy(policy: ContainerOptions['restart']): object {
  return { Name: policy?.name ?? 'no', MaximumRetryCount: policy?.name === 'on-failure' ? policy.retries : 0 }
}

/** `/db:/web/alias`; one whose container has gone is not shown. */
function links(engine: Pick<Engine, 'store'>, { id, name }: ContainerRecord): string[] | null {
  const shown = findSandbox(engine, id).links.flatMap(({ target, alias }) => {
    const other = nameOf(engine, target)
    return other === undefined ? [] : [`/${other}:/${name}/${alias}`]
  })
  return shown.length > 0 ? shown : null
}

function nameOf(engine: Pick<Engine, 'store'>, reference: string): string | undefined {
  try {
    return findSandbox(engine, reference).name
  } catch {
    return undefined
  }
}

function limits({ limits: limit, ulimits }: ContainerOptions): Record<string, unknown> {
  return {
    CpuShares: limit.cpuShares ?? 0,
    Memory: limit.memoryBytes ?? 0,
    NanoCpus: limit.nanoCpus ?? 0,
    CpuPeriod: limit.cpuPeriodUs ?? 0,
    CpuQuota: limit.cpuQuotaUs ?? 0,
    CpusetCpus: limit.cpusetCpus ?? '',
    CpusetMems: limit.cpusetMems ?? '',
    MemoryReservation: limit.memoryReservationBytes ?? 0,
    MemorySwappiness: limit.memorySwappiness ?? null,
    // dockerd has null for what the kernel does not have.
    OomKillDisable: cgroupSupport().limits.oomKillDisable ? (limit.isOomKillDisabled ?? false) : null,
    BlkioWeight: limit.blkioWeight ?? 0,
    MemorySwap: limit.memorySwapBytes ?? 0,
    PidsLimit: limit.pidsLimit ?? null,
    Ulimits: ulimits?.map(({ name, soft, hard }) => ({ Name: name, Hard: hard, Soft: soft })) ?? null,
  }
}
