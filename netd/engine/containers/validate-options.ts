/** What of a create request netd does not do (refused by name, or warned of), and what contradicts itself, in Docker's words. */
import type { CreateContainerRequest, HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { initMount, runsUnderInit } from './init.ts'
import { parseSignal } from './signals.ts'
import { validateNames } from './validate-names.ts'
import { validateResources } from './validate-resources.ts'

/** Options of HostConfig that would change what the container is, and that nothing below carries out yet. */
const unsupported = [
  'UsernsMode',
  'Cgroup',
  'BlkioWeight',
  'BlkioWeightDevice',
  'BlkioDeviceReadBps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteIOps',
  'CpuRealtimePeriod',
  'CpuRealtimeRuntime',
  'CpusetMems',
  'DeviceRequests',
  'KernelMemory',
  'KernelMemoryTCP',
  'MemoryReservation',
  'OomKillDisable',
  'StorageOpt',
  'CpuCount',
  'CpuPercent',
  'IOMaximumIOps',
  'IOMaximumBandwidth',
] as const

/** Type, major:minor, access; documented with `--device-cgroup-rule`. */
const deviceRule = /^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/

const isUnset = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** Throws 400 or 501; resolves to the warnings that the answer carries. */
export function validateOptions(request: CreateContainerRequest): string[] {
  const host = request.HostConfig ?? {}
  refuseUnsupported(host)
  if (request.WorkingDir && !request.WorkingDir.startsWith('/')) {
    throw errors.invalidParameter(
      `the working directory '${request.WorkingDir}' is invalid, it needs to be an absolute path`,
    )
  }
  const badVariable = request.Env?.find((variable) => variable === '' || variable.startsWith('='))
  if (badVariable !== undefined) throw errors.invalidParameter(`invalid environment variable: ${badVariable}`)
  if (request.StopSignal) parseSignal(request.StopSignal)
  if ((request.StopTimeout ?? 0) < -1) throw errors.invalidParameter(`invalid stop timeout: ${request.StopTimeout}`)
  validateNames(request)
  validateResources(host)
  validateDevices(host)
  if (host.OomScoreAdj && Math.abs(host.OomScoreAdj) > 1000)
    throw errors.invalidParameter(`Invalid value ${host.OomScoreAdj}, range for oom score adj is [-1000, 1000]`)
  if (runsUnderInit(host)) initMount()
  validateRestartPolicy(host)
  validateNetworkMode(request, host)
  const warnings: string[] = []
  if (host.NetworkMode === 'host' && Object.keys(host.PortBindings ?? {}).length > 0)
    warnings.push('Published ports are discarded when using host network mode')
  if ((request.Healthcheck?.Test ?? ['NONE'])[0] !== 'NONE')
    warnings.push('The health check is kept but not run: netd has no health checks yet')
  return warnings
}

function refuseUnsupported(host: HostConfig): void {
  for (const option of unsupported) {
    if (!isUnset(host[option]))
      throw errors.notSupported(`HostConfig.${option} is not supported by netd yet: leave it out`)
  }
  // -1 is how clients say "as the kernel has it".
  if (!isUnset(host['MemorySwappiness']) && host['MemorySwappiness'] !== -1)
    throw errors.notSupported('HostConfig.MemorySwappiness is not supported by netd yet: leave it out')
  if (host['CgroupnsMode'] === 'private')
    throw errors.notSupported('HostConfig.CgroupnsMode private is not supported by netd yet: use host')
  if (host.UTSMode)
    throw errors.notSupported(`HostConfig.UTSMode ${host.UTSMode} is not supported by netd yet: leave it out`)
  if (host.Runtime && host.Runtime !== 'runc')
    throw errors.invalidParameter(`unknown or invalid runtime name: ${host.Runtime}`)
  const logDriver = host.LogConfig?.Type
  if (logDriver && logDriver !== 'json-file')
    throw errors.invalidParameter(`logger: no log driver named '${logDriver}' is registered`)
}

function validateDevices({ Devices: devices, DeviceCgroupRules: rules }: HostConfig): void {
  const badMode = devices?.find(({ CgroupPermissions: mode }) => mode && !/^[rwm]{1,3}$/.test(mode))
  if (badMode !== undefined) throw errors.invalidParameter(`invalid device mode: ${badMode.CgroupPermissions}`)
  const badRule = rules?.find((rule) => !deviceRule.test(rule))
  if (badRule !== undefined) throw errors.invalidParameter(`invalid device cgroup rule format: '${badRule}'`)
}

function validateRestartPolicy({ RestartPolicy: policy, AutoRemove: isAutoRemove }: HostConfig): void {
  const name = policy?.Name || 'no'
  const count = policy?.MaximumRetryCount ?? 0
  if (!['no', 'always', 'unless-stopped', 'on-failure'].includes(name))
    throw errors.invalidParameter(`invalid restart policy '${name}'`)
  if (name !== 'on-failure' && count !== 0)
    throw errors.invalidParameter(`maximum retry count cannot be used with restart policy '${name}'`)
  if (count < 0) throw errors.invalidParameter('maximum retry count cannot be negative')
  if (isAutoRemove && name !== 'no')
    throw errors.invalidParameter("can't create 'AutoRemove' container with restart policy")
}

function validateNetworkMode(request: CreateContainerRequest, host: HostConfig): void {
  const mode = host.NetworkMode ?? ''
  const refuse = (what: string): never => {
    throw errors.invalidParameter(`conflicting options: ${what}`)
  }
  const isContainer = mode === 'container' || mode.startsWith('container:')
  if (isContainer && mode.replace(/^container:?/, '') === '') {
    throw errors.invalidParameter('Invalid network mode: invalid container format container:<name|id>')
  }
  if (isContainer && request.Hostname) refuse('hostname and the network mode')
  if (isContainer && host.Links?.length)
    refuse("container type network can't be used with links. This would result in undefined behavior")
  if (mode === 'host' && host.Links?.length)
    refuse("host type networking can't be used with links. This would result in undefined behavior")
  if (isContainer && host.Dns?.length) refuse('dns and the network mode')
  if (isContainer && host.ExtraHosts?.length) refuse('custom host-to-IP mapping and the network mode')
  if ((isContainer || mode === 'host') && request.MacAddress) refuse('mac-address and the network mode')
  if (isContainer && (Object.keys(host.PortBindings ?? {}).length > 0 || host.PublishAllPorts))
    refuse('port publishing and the container type network mode')
  if (isContainer && Object.keys(request.ExposedPorts ?? {}).length > 0)
    refuse('port exposing and the container type network mode')
}
