/** The OCI runtime specification of a container. https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md */
import { statSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'
import type { LaunchSpec, Log } from '../launcher.ts'
import { capabilitiesOf } from './capabilities.ts'
import { cgroupsPath } from './cgroups-path.ts'
import { allAllowed, deniedByDefault, devicesOf, hostDevices, ruleOf } from './devices.ts'
import { mountsOf } from './mounts.ts'
import { checkOomScore } from './oom-score.ts'
import { ociProcess, type OciProcess } from './process.ts'
import { infinity, linuxResources, rlimits } from './resources.ts'
import { parseProfile, seccompFilter, type Profile } from './seccomp.ts'
import { defaultProfile } from './seccomp-profile.ts'
import type { User } from './user.ts'

export interface OciSpec {
  process: OciProcess
  [key: string]: unknown
}

/** Throws 400 for an option that cannot be met. */
export function ociSpec(
  spec: LaunchSpec,
  context: { user: User; cgroupPrefix: string; isSystemdCgroup: boolean; log: Log },
): OciSpec {
  const { isPrivileged } = spec.process
  const capabilities = capabilitiesOf({ isPrivileged, add: spec.capAdd, drop: spec.capDrop })
  const seccomp = seccompProfile(spec.seccomp)
  const limits = rlimits(spec.ulimits, context.log)
  const mounts = mountsOf(spec)
  const wanted = (spec.devices ?? []).flatMap((device) => devicesOf(device))
  if (spec.oomScoreAdj !== undefined) checkOomScore(spec.oomScoreAdj)
  return {
    ociVersion: '1.0.2',
    process: {
      ...ociProcess(spec.process, context.user, capabilities),
      ...(limits.length > 0 && { rlimits: limits }),
      noNewPrivileges: spec.isNoNewPrivileges,
      ...(spec.oomScoreAdj !== undefined && { oomScoreAdj: spec.oomScoreAdj }),
      ...(spec.apparmorProfile !== undefined && { apparmorProfile: spec.apparmorProfile }),
    },
    root: { path: 'rootfs', readonly: spec.isReadOnlyRootfs },
    ...(spec.utsMode === 'private' && { hostname: spec.hostname }),
    ...(spec.annotations !== undefined && { annotations: spec.annotations }),
    mounts,
    linux: {
      namespaces: namespacesOf(spec),
      cgroupsPath: cgroupsPath(spec, context),
      // What the host shares into a bind mount can reach the container only when its root is not private itself.
      rootfsPropagation: rootfsPropagation(mounts),
      sysctl: {
        ...(spec.domainname !== '' && spec.utsMode === 'private' && { 'kernel.domainname': spec.domainname }),
        ...checkedSysctls(spec),
      },
      resources: {
        devices: isPrivileged
          ? allAllowed
          : [...deniedByDefault, ...wanted.map(({ rule }) => rule), ...(spec.deviceRules ?? []).map(ruleOf)],
        ...linuxResources(spec.resources),
      },
      ...((isPrivileged || wanted.length > 0) && {
        devices: [...(isPrivileged ? hostDevices() : []), ...wanted.map(({ node }) => node)],
      }),
      maskedPaths: spec.maskedPaths,
      readonlyPaths: spec.readonlyPaths,
      ...(seccomp !== undefined && { seccomp: seccompFilter(seccomp, capabilities) }),
    },
  }
}

function seccompProfile(seccomp: LaunchSpec['seccomp']): Profile | undefined {
  if (typeof seccomp === 'object') return parseProfile(seccomp.profile)
  return seccomp === 'builtin' ? defaultProfile : undefined
}

/** The number that stands for "no limit" is beyond what JSON.stringify can write. */
export function toJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value).replaceAll(`"${infinity}"`, '18446744073709551615'))
}

/** runc starts from the shim, in the daemon's own namespaces, so `host` is to name none. */
function namespacesOf(spec: LaunchSpec): { type: string; path?: string }[] {
  const namespaces: { type: string; path?: string }[] = [{ type: 'mount' }]
  if (spec.networkNamespace !== 'host') namespaces.push({ type: 'network', path: spec.networkNamespace })
  for (const [type, mode] of [
    ['pid', spec.pidMode],
    ['ipc', spec.ipcMode === 'none' ? 'private' : spec.ipcMode],
    ['uts', spec.utsMode],
    ['cgroup', spec.cgroupNamespace],
  ] as const) {
    if (mode === 'private') namespaces.push({ type })
    else if (mode !== 'host') namespaces.push({ type, path: `/proc/${mode.containerPid}/ns/${type}` })
  }
  return namespaces
}

/** Only what belongs to a namespace of the container's own; anything else would be the host's. */
function checkedSysctls(spec: LaunchSpec): Record<string, string> {
  for (const name of Object.keys(spec.sysctls)) {
    const isNetwork = name.startsWith('net.') && spec.networkNamespace !== 'host'
    const isIpc = /^(fs\.mqueue\.|kernel\.(msg|sem|shm))/.test(name) && spec.ipcMode !== 'host'
    const isUts = /^kernel\.(domainname|hostname)$/.test(name) && spec.utsMode === 'private'
    if (!isNetwork && !isIpc && !isUts) throw errors.invalidParameter(`sysctl '${name}' is not allowed`)
  }
  return spec.sysctls
}

function rootfsPropagation(mounts: { options: string[] }[]): string {
  const has = (name: string) => mounts.some(({ options }) => options.includes(name))
  if (has('shared') || has('rshared')) return 'rshared'
  return has('slave') || has('rslave') ? 'rslave' : 'rprivate'
}

/** Docker's sentence for a bind mount whose source is not there. */
export function checkSources(spec: LaunchSpec): void {
  for (const mount of spec.mounts) {
    if (mount.type === 'bind' && statSync(mount.source, { throwIfNoEntry: false }) === undefined) {
      throw errors.invalidParameter(
        `invalid mount config for type "bind": bind source path does not exist: ${mount.source}`,
      )
    }
  }
}
