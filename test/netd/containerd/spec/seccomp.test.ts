/** Docker's default profile, made into a filter for this machine. */
import { release } from 'node:os'
import { expect, test } from 'vitest'
import { seccompFilter, type Profile } from '../../../../netd/containerd/spec/seccomp.ts'
import { defaultProfile } from '../../../../netd/containerd/spec/seccomp-profile.ts'
import { run } from '../../../support/run.ts'

const architectures = (profile: Profile): string[] | undefined =>
  (seccompFilter(profile, []) as { architectures?: string[] }).architectures

/** By grep, and true when the kernel does not tell. */
async function kernelHasX32(): Promise<boolean> {
  const { stdout } = await run(
    ['sh', '-c', `zcat /proc/config.gz 2>/dev/null || cat /boot/config-${release()} 2>/dev/null`],
    { allowFailure: true },
  )
  return stdout === '' || /^CONFIG_X86_X32(_ABI)?=y$/m.test(stdout)
}

test.runIf(process.arch === 'x64')(
  'x32 is in the filter only where the kernel runs it; 32-bit programs always',
  async () => {
    const wanted = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', ...((await kernelHasX32()) ? ['SCMP_ARCH_X32'] : [])]
    expect(architectures(defaultProfile)).toEqual(wanted)
  },
)

test("what a user's own profile names is taken as it is", () => {
  expect(
    architectures({ defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X32'] }),
  ).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X32'])
})
