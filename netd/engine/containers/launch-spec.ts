import { mkdir } from 'node:fs/promises'
import type { LaunchSpec, MountSpec } from '../../containerd/launcher.ts'
import { findRuntime } from '../../containerd/runtimes.ts'
import { cgroupSupport, defaultCgroupNamespace } from '../../containerd/spec/cgroup-support.ts'
import { errors } from '../../../api/errors.ts'
import type { NamespaceMode } from '../../store/container-options.ts'
import type { ContainerRecord, MountRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { permits } from '../life/refusals.ts'
import { findSandbox } from '../sandbox/find.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { findContainer } from './find.ts'
import { dataFolder } from '../volumes/paths.ts'
import { findVolume } from '../volumes/find-volume.ts'
import { processEnvironment } from './environment.ts'
import { linkEnvironment } from './link-environment.ts'
import { initMount, initPath, runsUnderInit } from './init.ts'

/** The record and its sandbox, resolved into what the launcher starts. */
export function launchSpec(engine: Engine, container: ContainerRecord, sandbox: Sandbox): LaunchSpec {
  const { options } = container
  const { process, security } = options
  const isUnderInit = runsUnderInit(options)
  return {
    id: container.id,
    image: container.imageId,
    runtime: findRuntime(engine.config, options.runtime ?? 'runc'),
    hostname: sandbox.hostname,
    domainname: findSandbox(engine, container.id).domainname,
    process: {
      args: [...(isUnderInit ? [initPath, '--'] : []), ...(process.entrypoint ?? []), ...(process.command ?? [])],
      env: processEnvironment(process.environment, {
        hostname: sandbox.hostname,
        isTty: process.isTty,
        links: linkEnvironment(engine, container),
      }),
      cwd: process.workingDirectory || '/',
      user: process.user,
      groups: process.groups ?? [],
      isTty: process.isTty,
      ...(process.consoleSize === undefined ? {} : { consoleSize: process.consoleSize }),
      isPrivileged: security.isPrivileged,
    },
    hasStdin: process.hasStdin,
    mounts: [
      ...sandboxFiles(container, sandbox),
      ...mountsOf(container).map((mount) => mountSpec(engine, mount)),
      ...(isUnderInit ? [initMount()] : []),
    ],
    networkNamespace: sandbox.namespace,
    pidMode: pidMode(engine, options.pid),
    ipcMode: options.ipc === 'shareable' ? 'private' : options.ipc,
    utsMode: options.isUtsFromHost === true ? 'host' : 'private',
    cgroupNamespace: options.cgroupNamespace ?? defaultCgroupNamespace(cgroupSupport()),
    isReadOnlyRootfs: security.isReadOnlyRootfs,
    capAdd: security.capAdd,
    capDrop: security.capDrop,
    isNoNewPrivileges: security.isNoNewPrivileges,
    seccomp: security.seccomp,
    ...(security.apparmorProfile === undefined ? {} : { apparmorProfile: security.apparmorProfile }),
    maskedPaths: security.maskedPaths,
    readonlyPaths: security.readonlyPaths,
    sysctls: options.sysctls,
    shmSizeBytes: options.shmBytes,
    ulimits: options.ulimits ?? [],
    resources: options.limits,
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    devices: options.devices,
    deviceRules: options.deviceRules ?? [],
    ...(process.oomScoreAdj === 0 ? {} : { oomScoreAdj: process.oomScoreAdj }),
    ...(options.cgroupParent === '' ? {} : { cgroupParent: options.cgroupParent }),
  }
}

const mountsOf = ({ mounts, options }: ContainerRecord): MountRecord[] => [...mounts, ...options.tmpfs]

/** A mount of the user's over one of the three files takes its place. */
function sandboxFiles(container: ContainerRecord, sandbox: Sandbox): MountSpec[] {
  const targets = new Set(mountsOf(container).map(({ target }) => target))
  return sandbox.files.filter(({ target }) => !targets.has(target))
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

function pidMode(engine: Engine, mode: NamespaceMode | undefined): LaunchSpec['pidMode'] {
  if (mode?.kind !== 'container') return mode?.kind ?? 'private'
  const other = findContainer(engine, mode.container)
  permits(engine, 'inspectProcess', other)
  return { containerPid: engine.lives.of(other.id).pid! }
}
