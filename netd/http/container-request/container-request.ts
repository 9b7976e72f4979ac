/** From the body of `POST /containers/create` to what the engine makes a container from. Everything is read here, and only here. */
import type { CreateContainerRequest } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import type { ContainerRequest } from '../../engine/containers/create.ts'
import type { ContainerOptions, NetworkOptions } from '../../store/container-options.ts'
import { parseEndpoint, parseMacAddress } from '../network-request/endpoint.ts'
import { parseBind } from './bind.ts'
import { parseCgroupNamespace } from './cgroup-namespace.ts'
import { parseDeviceRules, parseDevices, parseUlimits } from './devices.ts'
import { checkHealthCheck } from './health-check.ts'
import { parseLimits } from './limits.ts'
import { parseLog } from './log.ts'
import { parseMount } from './mount.ts'
import { isFromHost, parseIpcMode, parsePidMode } from './network-mode.ts'
import { parseNetwork } from './network.ts'
import { parseProcess } from './process.ts'
import { parseRestartPolicy } from './restart.ts'
import { parseSecurity } from './security.ts'
import { parseTmpfs } from './tmpfs.ts'
import { refuseUnsupported } from './unsupported.ts'
import { verbatim } from './verbatim.ts'
import { parseVolumesFrom } from './volumes-from.ts'

/** Docker's /dev/shm, 64 MiB. */
const defaultShmBytes = 64 * 1024 * 1024

/** Throws 400 or 501, in Docker's words where it has any. */
export function parseContainerRequest(request: CreateContainerRequest): ContainerRequest {
  const host = request.HostConfig ?? {}
  if (!request.Image && !request.Cmd?.length && !request.Entrypoint?.length)
    throw errors.invalidParameter('Config cannot be empty in order to create a container')
  refuseUnsupported(host)
  const network = parseNetwork(request)
  const { limits, warnings } = parseLimits(host)
  const cgroupNamespace = parseCgroupNamespace(host)
  const options = { ...parseOptions(request, network.options), limits, cgroupNamespace: cgroupNamespace.mode }
  const volumeDriver = host.VolumeDriver ?? ''
  return {
    image: request.Image ?? '',
    options,
    sandbox: network.sandbox,
    verbatim: verbatim(request),
    volumeDriver,
    mounts: [
      ...(host.Binds ?? []).map((spec) => parseBind(spec, volumeDriver)),
      ...(host.Mounts ?? []).map((mount) => parseMount(mount, volumeDriver)),
    ],
    volumesFrom: (host.VolumesFrom ?? []).map(parseVolumesFrom),
    endpoints: parseEndpoints(request),
    warnings: [...warnings, ...cgroupNamespace.warnings, ...checkHealthCheck(request)],
  }
}

function parseOptions(
  request: CreateContainerRequest,
  network: NetworkOptions,
): Omit<ContainerOptions, 'limits' | 'cgroupNamespace'> {
  const host = request.HostConfig ?? {}
  refuseUnknown(host)
  const restart = parseRestartPolicy(host)
  const pid = parsePidMode(host.PidMode)
  const ulimits = parseUlimits(host)
  const deviceRules = parseDeviceRules(host)
  const annotations = Object.entries(host.Annotations ?? {})
  return {
    process: parseProcess(request),
    network,
    security: parseSecurity(host),
    labels: request.Labels ?? {},
    volumes: Object.keys(request.Volumes ?? {}),
    tmpfs: parseTmpfs(host),
    ...(restart === undefined ? {} : { restart }),
    isRemovedAtExit: host.AutoRemove ?? false,
    ...(pid === undefined ? {} : { pid }),
    ipc: parseIpcMode(host.IpcMode),
    ...(isFromHost(host.UTSMode, 'UTS') ? { isUtsFromHost: true } : {}),
    ...(isFromHost(host.UsernsMode, 'USER') ? { isUserNamespaceFromHost: true } : {}),
    ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    sysctls: host.Sysctls ?? {},
    shmBytes: host.ShmSize || defaultShmBytes,
    ...(ulimits === undefined ? {} : { ulimits }),
    devices: parseDevices(host),
    ...(deviceRules === undefined ? {} : { deviceRules }),
    cgroupParent: host.CgroupParent ?? '',
    ...(host.Runtime ? { runtime: host.Runtime } : {}),
    log: parseLog(host),
  }
}

/** Words of which Docker has a list. */
function refuseUnknown(host: NonNullable<CreateContainerRequest['HostConfig']>): void {
  const { Isolation: isolation } = host
  if (isolation && isolation !== 'default')
    throw errors.invalidParameter(`Invalid isolation: ${JSON.stringify(isolation)} - linux only supports 'default'`)
  if ((host.ShmSize ?? 0) < 0) throw errors.invalidParameter('SHM size can not be less than 0')
}

function parseEndpoints({
  NetworkingConfig: networking,
  MacAddress: mac,
}: CreateContainerRequest): ContainerRequest['endpoints'] {
  const asked = Object.entries(networking?.EndpointsConfig ?? {})
  return {
    ...(mac ? { mac: parseMacAddress(mac) } : {}),
    asked: asked.map(([network, endpoint]) => [network, parseEndpoint(endpoint ?? {})]),
  }
}
