/** `--device`, `--device-cgroup-rule` and `--ulimit`. */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import { isUlimitName } from '../../containerd/spec/resources.ts'
import type { DeviceMapping, Ulimit } from '../../store/container-options.ts'

/** Type, major:minor, access. */
const rulePattern = /^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/

/** Throws 400 in the words of dockerd, or of the docker CLI, which checks some of it itself. */
export function parseDevices({ Devices: devices }: HostConfig): DeviceMapping[] {
  return (devices ?? []).map(({ PathOnHost: path, PathInContainer: target, CgroupPermissions: access }) => {
    if (access && !/^[rwm]{1,3}$/.test(access)) throw errors.invalidParameter(`invalid device mode: ${access}`)
    return { path, target: target || path, access: access || 'rwm' }
  })
}

export function parseDeviceRules({ DeviceCgroupRules: rules }: HostConfig): string[] | undefined {
  const bad = rules?.find((rule) => !rulePattern.test(rule))
  if (bad !== undefined) throw errors.invalidParameter(`invalid device cgroup rule format: '${bad}'`)
  return rules ?? undefined
}

export function parseUlimits({ Ulimits: ulimits }: HostConfig): Ulimit[] | undefined {
  return ulimits?.map(({ Name: name, Soft: soft, Hard: hard }) => {
    if (!isUlimitName(name)) throw errors.invalidParameter(`invalid ulimit type: ${name}`)
    if (hard >= 0 && (soft < 0 || soft > hard))
      throw errors.invalidParameter(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`)
    return { name, soft, hard }
  })
}
