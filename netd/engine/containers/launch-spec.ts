import { mkdir } from 'node:fs/promises'
import type { ContainerRecord, MountRecord } from '../../store/records.ts'
import type { LaunchSpec, MountSpec, Resources } from '../../containerd/launcher.ts'
import { errors } from '../../../api/errors.ts'
import type { Engine } from '../engine.ts'
import { permits } from '../life/refusals.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { findContainer } from './find.ts'
import { dataFolder } from '../volumes/paths.ts'
import { findVolume } from '../volumes/find-volume.ts'
import { initMount, initPath, runsUnderInit } from './init.ts'
import { tmpfsMounts } from './mounts.ts'

/** Docker's /dev/shm, 64 MiB. */
export const defaultShmBytes = 64 * 1024 * 1024
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The record and its sandbox, resolved into what the launcher starts. */
export function launchSpec(engine: Engine, container: ContainerRecord, sandbox: Sandbox): LaunchSpec {
  const { config, hostConfig: host } = container
  const isTty = config.Tty ?? false
  const consoleSize = host.ConsoleSize
  return {
    id: container.id,
    image: container.imageId,
    hostname: sandbox.hostname,
    domainname: config.Domainname ?? '',
    process: {
      args: [...(runsUnderInit(host) ? [initPath, '--'] : []), ...(config.Entrypoint ?? []), ...(config.Cmd ?? [])],
      env: environment(config.Env ?? [], sandbox.hostname, isTty),
      cwd: config.WorkingDir || '/',
      user: config.User ?? '',
      groups: host.GroupAdd ?? [],
      isTty,
      ...(consoleSize && consoleSize[0] > 0 ? { consoleSize: { rows: consoleSize[0], columns: consoleSize[1] } } : {}),
      isPrivileged: host.Privileged ?? false,
    },
    hasStdin: config.OpenStdin ?? false,
    mounts: [
      ...sandboxFiles(container, sandbox),
      ...mountSpecs(engine, container),
      ...(runsUnderInit(host) ? [initMount()] : []),
    ],
    networkNamespace: sandbox.namespace,
    pidMode: sharedNamespace(engine, 'pid', host.PidMode),
    ipcMode: sharedNamespace(engine, 'ipc', host.IpcMode),
    isReadOnlyRootfs: host.ReadonlyRootfs ?? false,
    capAdd: host.CapAdd ?? [],
    capDrop: host.CapDrop ?? [],
    securityOpt: host.SecurityOpt ?? [],
    sysctls: host.Sysctls ?? {},
    shmSizeBytes: host.ShmSize || defaultShmBytes,
    ulimits: (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
    ...(host.MaskedPaths ? { maskedPaths: host.MaskedPaths } : {}),
    ...(host.ReadonlyPaths ? { readonlyPaths: host.ReadonlyPaths } : {}),
    resources: resources(container),
    devices: (host.Devices ?? []).map(({ PathOnHost: path, PathInContainer: target, CgroupPermissions: access }) => ({
      path,
      target: target || path,
      access: access || 'rwm',
    })),
    deviceRules: host.DeviceCgroupRules ?? [],
    ...(host.OomScoreAdj ? { oomScoreAdj: host.OomScoreAdj } : {}),
    ...(host.CgroupParent ? { cgroupParent: host.CgroupParent } : {}),
  }
}

/** Docker's own variables first: the image's and the user's win by coming last, and by name. */
function environment(env: string[], hostname: string, isTty: boolean): string[] {
  const names = new Set(env.map((variable) => variable.split('=', 1)[0]))
  // HOME is the user's own directory: the launcher knows it from the container's passwd.
  const defaults = [defaultPath, `HOSTNAME=${hostname}`, ...(isTty ? ['TERM=xterm'] : [])]
  return [
    ...defaults.filter((variable) => !names.has(variable.split('=', 1)[0])),
    ...env.filter((variable) => variable.includes('=')),
  ]
}

/** A mount of the user's over one of the three files takes its place. */
function sandboxFiles({ mounts, hostConfig }: ContainerRecord, sandbox: Sandbox): MountSpec[] {
  const targets = new Set([...mounts, ...tmpfsMounts(hostConfig)].map(({ target }) => target))
  return sandbox.files.filter(({ target }) => !targets.has(target))
}

function mountSpecs(engine: Engine, { mounts, hostConfig }: ContainerRecord): MountSpec[] {
  return [...mounts, ...tmpfsMounts(hostConfig)].map((mount) => mountSpec(engine, mount))
}

function mountSpec(engine: Engine, mount: MountRecord): MountSpec {
  const { target, isReadOnly } = mount
  if (mount.type === 'bind') {
    return {
      type: 'bind',
      source: mount.source,
      target,
      isReadOnly,
      propagation: mount.propagation,
      isRecursive: mount.isRecursive,
    }
  }
  if (mount.type === 'volume') {
    return { type: 'bind', source: dataFolder(engine.config, findVolume(engine, mount.source)), target, isReadOnly }
  }
  return { type: 'tmpfs', source: 'tmpfs', target, isReadOnly, options: mount.options }
}

/** Sources of `-v` that are not there become directories, as dockerd has it. */
export async function createMountSources(container: ContainerRecord): Promise<void> {
  for (const mount of container.mounts) {
    if (mount.type !== 'bind' || !mount.isSourceCreated) continue
    // EEXIST: a file, which is mounted as such.
    await mkdir(mount.source, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST')
        throw errors.invalidParameter(`error while creating mount source path '${mount.source}': ${error.message}`)
    })
  }
}

function sharedNamespace(
  engine: Engine,
  kind: 'pid' | 'ipc',
  mode: string | null | undefined,
): 'private' | 'host' | { containerPid: number } {
  if (mode === 'host') return 'host'
  if (!mode?.startsWith('container:')) {
    if (!mode || mode === 'private' || (kind === 'ipc' && (mode === 'shareable' || mode === 'none'))) return 'private'
    throw errors.invalidParameter(`invalid ${kind === 'pid' ? 'PID' : 'IPC'} mode: ${mode}`)
  }
  const other = findContainer(engine, mode.slice('container:'.length))
  permits(engine, 'inspectProcess', other)
  return { containerPid: engine.lives.of(other.id).pid! }
}

function resources({ hostConfig: host }: ContainerRecord): Resources {
  const given = <Key extends keyof Resources>(key: Key, value: Resources[Key] | null): Partial<Resources> =>
    value ? { [key]: value } : {}
  return {
    ...given('memoryBytes', host.Memory ?? null),
    ...given('memorySwapBytes', host.MemorySwap ?? null),
    ...given('nanoCpus', host.NanoCpus ?? null),
    ...given('cpuShares', host.CpuShares ?? null),
    ...given('cpuQuotaUs', host.CpuQuota ?? null),
    ...given('cpuPeriodUs', host.CpuPeriod ?? null),
    ...given('cpusetCpus', host.CpusetCpus ?? null),
    ...given('pidsLimit', host.PidsLimit ?? null),
  }
}
