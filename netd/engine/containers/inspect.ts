import type { ContainerInspect, ContainerState, MountPoint } from '../../../api/docker/containers.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { networkSettings } from '../sandbox/network-settings.ts'
import { findContainer } from './find.ts'
import { configDefaults, hostConfigDefaults } from './inspect-defaults.ts'
import { requestedMounts } from './mounts.ts'
import { isRunning } from './state.ts'

const never = '0001-01-01T00:00:00Z'

export function inspectContainer(engine: Engine, reference: string): ContainerInspect {
  const container = findContainer(engine, reference)
  const { id, config, hostConfig } = container
  const [path = '', ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]
  const folder = `${engine.config.dataRoot}/containers/${id}`
  const execs = engine.runtime.execs.values().filter((exec) => exec.containerId === id && exec.isRunning).map((exec) => exec.id)
  const execIds = [...execs]
  return {
    Id: id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: inspectState(engine, container),
    Image: container.imageId,
    ResolvConfPath: `${folder}/resolv.conf`,
    HostnamePath: `${folder}/hostname`,
    HostsPath: `${folder}/hosts`,
    LogPath: `${folder}/log`,
    Name: `/${container.name}`,
    RestartCount: container.state.restartCount ?? 0,
    Driver: 'overlayfs',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execIds.length === 0 ? null : execIds,
    HostConfig: { ...hostConfigDefaults, ...known(hostConfig), NetworkMode: hostConfig.NetworkMode || 'default', ShmSize: hostConfig.ShmSize || hostConfigDefaults.ShmSize, Runtime: 'runc', IpcMode: hostConfig.IpcMode || 'private', LogConfig: { Type: 'json-file', Config: hostConfig.LogConfig?.Config ?? {} } },
    GraphDriver: { Name: 'overlayfs', Data: null },
    Mounts: mountPoints(container),
    Config: { ...configDefaults, ...known(config), Image: container.imageReference },
    NetworkSettings: networkSettings(engine, container),
  }
}

function inspectState(engine: Engine, container: ContainerRecord): ContainerState {
  const { state, id } = container
  return {
    Status: engine.runtime.removing.has(id) && !isRunning(container) ? 'removing' : state.status,
    Running: isRunning(container) || state.status === 'restarting',
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.isOomKilled,
    Dead: state.status === 'dead',
    Pid: engine.runtime.pids.get(id) ?? 0,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt ?? never,
    FinishedAt: state.finishedAt ?? never,
  }
}

export function mountPoints({ hostConfig }: ContainerRecord): MountPoint[] {
  return requestedMounts(hostConfig, {}).map(({ Type, Source, Destination, Mode, RW, Propagation }) => ({ Type, Source, Destination, Mode, RW, Propagation }))
}

/** What was given; null says that it was not, and the default stands. */
function known(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined))
}
