import type { ContainerInspect, ContainerState, HostConfig, MountPoint } from '../../../api/docker/containers.ts'
import { containerFiles } from '../../config/layout.ts'
import type { ContainerRecord, MountRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { isActive, statusOf } from '../life/status.ts'
import { networkSettings } from './network-settings.ts'
import { mountpoint } from '../volumes/paths.ts'
import { findContainer } from './find.ts'
import { configDefaults, hostConfigDefaults } from './inspect-defaults.ts'

const never = '0001-01-01T00:00:00Z'

export function inspectContainer(engine: Engine, reference: string): ContainerInspect {
  const container = findContainer(engine, reference)
  const { id, config, hostConfig } = container
  const [path = '', ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]
  const files = containerFiles(engine.config, id)
  const execIds = [...engine.lives.of(id).execs.values()].filter((exec) => exec.isRunning).map((exec) => exec.id)
  return {
    Id: id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: inspectState(engine, container),
    Image: container.imageId,
    ResolvConfPath: files['resolv.conf'],
    HostnamePath: files.hostname,
    HostsPath: files.hosts,
    LogPath: files.log,
    Name: `/${container.name}`,
    RestartCount: container.state.restartCount ?? 0,
    Driver: 'overlayfs',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execIds.length === 0 ? null : execIds,
    HostConfig: inspectHostConfig(hostConfig),
    GraphDriver: { Name: 'overlayfs', Data: null },
    Mounts: mountPoints(engine, container),
    Config: inspectConfig(container),
    NetworkSettings: networkSettings(engine, container),
  }
}

function inspectState(engine: Engine, container: ContainerRecord): ContainerState {
  const { state, id } = container
  return {
    Status: statusOf(engine, container),
    Running: isActive(container),
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.isOomKilled,
    Dead: state.status === 'dead',
    Pid: engine.lives.of(id).pid ?? 0,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt ?? never,
    FinishedAt: state.finishedAt ?? never,
  }
}

function inspectConfig({ config, imageReference }: ContainerRecord): Record<string, unknown> {
  const { ExposedPorts: ports, Volumes: volumes, ...rest } = config
  const hasAny = (set: object | null | undefined): boolean => Object.keys(set ?? {}).length > 0
  return {
    ...configDefaults,
    ...known(rest),
    ...(hasAny(ports) ? { ExposedPorts: ports } : {}),
    ...(hasAny(volumes) ? { Volumes: volumes } : {}),
    Image: imageReference,
  }
}

function inspectHostConfig(host: HostConfig): Record<string, unknown> {
  const bindings = Object.entries(host.PortBindings ?? {}).map(([port, list]) => [
    port,
    list?.map(({ HostIp, HostPort }) => ({ HostIp: HostIp ?? '', HostPort: HostPort ?? '' })) ?? null,
  ])
  return {
    ...hostConfigDefaults,
    ...known(host),
    ...(host.PortBindings ? { PortBindings: Object.fromEntries(bindings) } : {}),
    NetworkMode: host.NetworkMode || hostConfigDefaults.NetworkMode,
    IpcMode: host.IpcMode || hostConfigDefaults.IpcMode,
    Runtime: hostConfigDefaults.Runtime,
    ShmSize: host.ShmSize || hostConfigDefaults.ShmSize,
    LogConfig: { Type: 'json-file', Config: host.LogConfig?.Config ?? {} },
  }
}

export function mountPoints(engine: Pick<Engine, 'config'>, { mounts }: ContainerRecord): MountPoint[] {
  return mounts.map((mount) => mountPoint(engine, mount))
}

function mountPoint({ config }: Pick<Engine, 'config'>, mount: MountRecord): MountPoint {
  const where = { Destination: mount.target, RW: !mount.isReadOnly }
  if (mount.type === 'bind') {
    return { Type: 'bind', Source: mount.source, ...where, Mode: mount.mode, Propagation: mount.propagation }
  }
  if (mount.type === 'volume') {
    return {
      Type: 'volume',
      Name: mount.source,
      Source: mountpoint(config, mount.source),
      ...where,
      Driver: 'local',
      Mode: mount.mode,
      Propagation: '',
    }
  }
  return { Type: 'tmpfs', Source: '', ...where, Mode: '', Propagation: '' }
}

/** What was given; null says that it was not, and the default stands. */
function known(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))
}
