import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import type { RestartPolicy } from '../../store/container-options.ts'

/** `--restart`; undefined for none at all. Throws 400 in Docker's words. */
export function parseRestartPolicy({
  RestartPolicy: policy,
  AutoRemove: isAutoRemove,
}: HostConfig): RestartPolicy | undefined {
  const name = policy?.Name || 'no'
  const retries = policy?.MaximumRetryCount ?? 0
  if (name !== 'no' && name !== 'always' && name !== 'unless-stopped' && name !== 'on-failure')
    throw errors.invalidParameter(`invalid restart policy '${name}'`)
  if (name !== 'on-failure' && retries !== 0)
    throw errors.invalidParameter(`maximum retry count cannot be used with restart policy '${name}'`)
  if (retries < 0) throw errors.invalidParameter('maximum retry count cannot be negative')
  if (isAutoRemove && name !== 'no')
    throw errors.invalidParameter("can't create 'AutoRemove' container with restart policy")
  if (!policy?.Name) return undefined
  return name === 'on-failure' ? { name, retries } : { name }
}
