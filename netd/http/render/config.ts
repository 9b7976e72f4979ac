/** Docker API "ContainerConfig" of a container. */
import { exposedNames } from '../../engine/containers/exposed-ports.ts'
import { configDefaults } from '../../engine/images/config-defaults.ts'
import type { ContainerRecord, SandboxRecord } from '../../store/records.ts'

export function config(
  { options, verbatim, imageReference }: ContainerRecord,
  { hostname, domainname }: SandboxRecord,
): Record<string, unknown> {
  const { process, network } = options
  const exposed = exposedNames(network.exposedPorts)
  return {
    ...configDefaults,
    Hostname: hostname,
    Domainname: domainname,
    User: process.user,
    AttachStdin: process.attached.stdin,
    AttachStdout: process.attached.stdout,
    AttachStderr: process.attached.stderr,
    ...(exposed.length > 0 ? { ExposedPorts: set(exposed) } : {}),
    Tty: process.isTty,
    OpenStdin: process.hasStdin,
    StdinOnce: process.isStdinOnce,
    Env: process.environment,
    Cmd: process.command ?? null,
    Image: imageReference,
    Volumes: options.volumes.length > 0 ? set(options.volumes) : null,
    WorkingDir: process.workingDirectory,
    Entrypoint: process.entrypoint ?? null,
    Labels: options.labels,
    ...(process.stopSignal === undefined ? {} : { StopSignal: process.stopSignal }),
    ...(process.stopTimeoutSeconds === undefined ? {} : { StopTimeout: process.stopTimeoutSeconds }),
    ...verbatim.config,
  }
}

/** As Go marshals a set. */
const set = (keys: string[]): Record<string, object> => Object.fromEntries(keys.map((key) => [key, {}]))
