/** A profile in Docker's format becomes the filter of an OCI runtime specification, for one machine and one set of capabilities. */
import { release } from 'node:os'
import { z } from 'zod'
import { errors } from '../../../api/errors.ts'
import { hasX32 } from './x32.ts'

const condition = z.object({
  caps: z.array(z.string()).nullish(),
  arches: z.array(z.string()).nullish(),
  minKernel: z.string().nullish(),
})
const argument = z.object({ index: z.number(), value: z.number(), valueTwo: z.number().optional(), op: z.string() })

const profile = z.object({
  defaultAction: z.string(),
  defaultErrnoRet: z.number().optional(),
  architectures: z.array(z.string()).nullish(),
  archMap: z.array(z.object({ architecture: z.string(), subArchitectures: z.array(z.string()).nullish() })).nullish(),
  syscalls: z
    .array(
      z.object({
        name: z.string().optional(),
        names: z.array(z.string()).optional(),
        action: z.string(),
        errnoRet: z.number().optional(),
        args: z.array(argument).nullish(),
        includes: condition.nullish(),
        excludes: condition.nullish(),
      }),
    )
    .nullish(),
})
export type Profile = z.infer<typeof profile>
type Condition = z.infer<typeof condition>

/** Node's name of the machine to the profile's two: Go's, and libseccomp's. */
const machines: Record<string, { arch: string; seccomp: string }> = {
  x64: { arch: 'amd64', seccomp: 'SCMP_ARCH_X86_64' },
  arm64: { arch: 'arm64', seccomp: 'SCMP_ARCH_AARCH64' },
  s390x: { arch: 's390x', seccomp: 'SCMP_ARCH_S390X' },
  ppc64: { arch: 'ppc64le', seccomp: 'SCMP_ARCH_PPC64LE' },
  riscv64: { arch: 'riscv64', seccomp: 'SCMP_ARCH_RISCV64' },
}
const machine = machines[process.arch]

/** What `--security-opt seccomp=FILE` sends: the file's content. Throws 400. */
export function parseProfile(text: string): Profile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw errors.invalidParameter(`Decoding seccomp profile failed: ${(error as Error).message}`)
  }
  const parsed = profile.safeParse(value)
  if (parsed.success) return parsed.data
  throw errors.invalidParameter(
    `Decoding seccomp profile failed: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`,
  )
}

/**
 * x32 is left out where the kernel has none: there is no call to filter, a stray one ends its thread, and runc, which
 * builds the filter anew for every container, does so in half the time.
 */
export function seccompFilter(source: Profile, capabilities: readonly string[]): object {
  const family = source.archMap?.find(({ architecture }) => architecture === machine?.seccomp)
  const architectures =
    family === undefined
      ? source.architectures
      : [family.architecture, ...(family.subArchitectures ?? []).filter((name) => name !== 'SCMP_ARCH_X32' || hasX32())]
  const syscalls = (source.syscalls ?? []).filter(
    ({ includes, excludes }) =>
      (!includes || holdsAll(includes, capabilities)) && (!excludes || !holdsAny(excludes, capabilities)),
  )
  return {
    defaultAction: source.defaultAction,
    ...(source.defaultErrnoRet !== undefined && { defaultErrnoRet: source.defaultErrnoRet }),
    ...(architectures && { architectures }),
    syscalls: syscalls.map(({ name, names, action, errnoRet, args }) => ({
      names: names ?? (name === undefined ? [] : [name]),
      action,
      ...(errnoRet !== undefined && { errnoRet }),
      ...(args && { args }),
    })),
  }
}

function holdsAll({ caps, arches, minKernel }: Condition, capabilities: readonly string[]): boolean {
  return (
    (caps ?? []).every((name) => capabilities.includes(name)) &&
    (!arches?.length || (machine !== undefined && arches.includes(machine.arch))) &&
    (!minKernel || isKernelAtLeast(minKernel))
  )
}

function holdsAny({ caps, arches, minKernel }: Condition, capabilities: readonly string[]): boolean {
  return (
    (caps ?? []).some((name) => capabilities.includes(name)) ||
    (machine !== undefined && (arches ?? []).includes(machine.arch)) ||
    (!!minKernel && isKernelAtLeast(minKernel))
  )
}

function isKernelAtLeast(wanted: string): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number.parseFloat)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}
