/** A container's inspection: https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Container/operation/ContainerInspect */
import type { ContainerInspect, ContainerState } from '../../../api/docker/containers.ts'
import type { EndpointSettings } from '../../../api/docker/networks.ts'
import { defaultProfileName } from '../../containerd/apparmor/profile.ts'
import { containerFiles } from '../../config/layout.ts'
import type { ContainerView } from '../../engine/containers/inspect.ts'
import type { Engine } from '../../engine/engine.ts'
import { findSandbox } from '../../engine/sandbox/find.ts'
import { isActive } from '../../engine/life/status.ts'
import { isOlder } from '../versions.ts'
import { config } from './config.ts'
import { hostConfig } from './host-config.ts'
import { mountPoints } from './mounts.ts'
import { networkSettings } from './network-settings.ts'

const never = '0001-01-01T00:00:00Z'

/** As a client of that version of the API expects it. */
export function renderContainer(engine: Engine, view: ContainerView, apiVersion: string): ContainerInspect {
  const inspection = render(engine, view)
  return isOlder(apiVersion, '1.45') ? withIdAsAlias(inspection) : inspection
}

function render(engine: Engine, view: ContainerView): ContainerInspect {
  const { container, execIds } = view
  const { id, state } = container
  const { entrypoint = [], command = [] } = container.options.process
  const [path = '', ...args] = [...entrypoint, ...command]
  const files = containerFiles(engine.config, id)
  return {
    Id: id,
    Created: container.createdAt,
    Path: path,
    Args: args,
    State: renderState(view),
    Image: container.imageId,
    ResolvConfPath: files['resolv.conf'],
    HostnamePath: files.hostname,
    HostsPath: files.hosts,
    LogPath: files.log,
    Name: `/${container.name}`,
    RestartCount: state.restartCount ?? 0,
    Driver: 'overlayfs',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: appArmorProfile(engine, view),
    ExecIDs: execIds.length === 0 ? null : execIds,
    HostConfig: hostConfig(engine, container),
    GraphDriver: { Name: 'overlayfs', Data: null },
    Mounts: mountPoints(engine, container),
    Config: config(container, findSandbox(engine, id)),
    NetworkSettings: networkSettings(engine, container),
  }
}

/** Of a process what the kernel says, else what the next one would get. */
function appArmorProfile({ launcher: { appArmor } }: Engine, { container, pid }: ContainerView): string {
  const { apparmorProfile, isPrivileged } = container.options.security
  if (!appArmor.isEnabled()) return ''
  const isConfined = !isPrivileged && appArmor.shortcoming() === undefined
  return (
    (pid === 0 ? undefined : appArmor.profileOf(pid)) ??
    apparmorProfile ??
    (isConfined ? defaultProfileName : 'unconfined')
  )
}

function renderState({ container, status, pid }: ContainerView): ContainerState {
  const { state } = container
  return {
    Status: status,
    Running: isActive(container),
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.isOomKilled,
    Dead: state.status === 'dead',
    Pid: pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt ?? never,
    FinishedAt: state.finishedAt ?? never,
  }
}

/** Before DNSNames came with 1.45, programs found the short id among the aliases, from the first start on. */
function withIdAsAlias(inspection: ContainerInspect): ContainerInspect {
  const { Id, State, NetworkSettings } = inspection
  const named = Object.entries(NetworkSettings.Networks).map(([name, endpoint]): [string, EndpointSettings] => [
    name,
    endpoint.DNSNames === null
      ? endpoint
      : { ...endpoint, Aliases: [...new Set([...(endpoint.Aliases ?? []), Id.slice(0, 12)])] },
  ])
  return State.Status === 'created'
    ? inspection
    : { ...inspection, NetworkSettings: { ...NetworkSettings, Networks: Object.fromEntries(named) } }
}
