/** `--log-driver` and `--log-opt`: https://docs.docker.com/engine/logging/drivers/json-file/ */
import type { HostConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'

/** Of dockerd; the log of netd is what `json-file` stands for, whatever the format of its files. */
const others = new Set([
  'none',
  'local',
  'syslog',
  'journald',
  'gelf',
  'fluentd',
  'awslogs',
  'splunk',
  'etwlogs',
  'gcplogs',
])
const options = new Set([
  'max-file',
  'max-size',
  'compress',
  'labels',
  'labels-regex',
  'env',
  'env-regex',
  'tag',
  'mode',
  'max-buffer-size',
])

/** Throws 400 in Docker's words, 501 for a driver of Docker's that there is none of here. */
export function parseLog({ LogConfig: log }: HostConfig): Record<string, string> {
  const driver = log?.Type || 'json-file'
  if (others.has(driver))
    throw errors.notSupported(`HostConfig.LogConfig.Type ${driver} is not supported by netd yet: use json-file`)
  if (driver !== 'json-file')
    throw errors.invalidParameter(`error looking up logging plugin ${driver}: plugin "${driver}" not found`)
  const unknown = Object.keys(log?.Config ?? {}).find((option) => !options.has(option))
  if (unknown !== undefined) throw errors.invalidParameter(`unknown log opt '${unknown}' for json-file log driver`)
  return log?.Config ?? {}
}
