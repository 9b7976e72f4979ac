/** What inspect gives back as it was written: fields that are parsed into something else, and those that mean nothing here. */
import type { CreateContainerRequest } from '../../../api/docker/containers.ts'
import type { Verbatim } from '../../store/container-options.ts'

const ofConfig = ['ArgsEscaped', 'Healthcheck', 'MacAddress', 'NetworkDisabled', 'OnBuild', 'Shell'] as const
const ofHostConfig = [
  'Binds',
  'BlkioDeviceReadBps',
  'BlkioDeviceReadIOps',
  'BlkioDeviceWriteBps',
  'BlkioDeviceWriteIOps',
  'BlkioWeightDevice',
  'CapAdd',
  'CapDrop',
  'ContainerIDFile',
  'DeviceRequests',
  'Devices',
  'Dns',
  'DnsOptions',
  'DnsSearch',
  'ExtraHosts',
  'Isolation',
  'Mounts',
  'PortBindings',
  'SecurityOpt',
  'Tmpfs',
  'VolumeDriver',
  'VolumesFrom',
] as const

/** Null says that it was not given. */
export function verbatim({ HostConfig: host, ...config }: CreateContainerRequest): Verbatim {
  return {
    config: said({ ...config, ...withoutEmpty(config, ['NetworkDisabled', 'Shell']) }, ofConfig),
    hostConfig: said(asGoHasIt(host ?? {}), ofHostConfig),
  }
}

function said(values: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => names.includes(name) && value !== null && value !== undefined),
  )
}

/** A struct of Go has all its fields, whatever was sent. */
function asGoHasIt(host: NonNullable<CreateContainerRequest['HostConfig']>): object {
  return {
    ...host,
    // Those there are stand in the sandbox's record; here, the ports that nothing is bound to.
    ...(host.PortBindings
      ? { PortBindings: Object.fromEntries(Object.entries(host.PortBindings).filter(([, list]) => !list?.length)) }
      : {}),
    ...(host.Devices
      ? {
          Devices: host.Devices.map((device) => ({
            PathOnHost: device.PathOnHost,
            PathInContainer: device.PathInContainer ?? '',
            CgroupPermissions: device.CgroupPermissions ?? '',
          })),
        }
      : {}),
    ...withoutEmpty(host, ['Mounts', 'Tmpfs']),
  }
}

/** Go omits some fields when they are empty, and has the others. */
function withoutEmpty<Key extends string>(values: { [K in Key]?: unknown }, names: Key[]): { [K in Key]?: null } {
  const isEmpty = (value: unknown): boolean =>
    value === false || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
  return Object.fromEntries(names.filter((name) => isEmpty(values[name])).map((name) => [name, null])) as {
    [K in Key]?: null
  }
}
