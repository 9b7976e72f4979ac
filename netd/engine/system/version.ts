import { release } from 'node:os'
import { arch } from 'node:process'
import { version } from '../../version.ts'
import type { Engine } from '../engine.ts'

/** GOARCH, as Docker's clients expect it. */
export const goArchitectures: Record<string, string> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: '386',
  riscv64: 'riscv64',
  ppc64: 'ppc64le',
  s390x: 's390x',
}

/** `docker version`, server half: Docker API "SystemVersion". */
export async function systemVersion(engine: Engine, api: { version: string; minimum: string }): Promise<object> {
  const { containerd, runc } = await engine.launcher.version()
  const architecture = goArchitectures[arch] ?? arch
  const details = {
    ApiVersion: api.version,
    Arch: architecture,
    BuildTime: '',
    Experimental: 'false',
    GitCommit: '',
    GoVersion: '',
    KernelVersion: release(),
    MinAPIVersion: api.minimum,
    NodeVersion: process.version,
    Os: 'linux',
  }
  return {
    Platform: { Name: 'Trestle' },
    Components: [
      { Name: 'Engine', Version: version, Details: details },
      { Name: 'containerd', Version: containerd.version, Details: { GitCommit: containerd.revision } },
      { Name: 'runc', Version: runc.version, Details: { GitCommit: '' } },
    ],
    Version: version,
    ApiVersion: api.version,
    MinAPIVersion: api.minimum,
    GitCommit: '',
    GoVersion: '',
    Os: 'linux',
    Arch: architecture,
    KernelVersion: release(),
    BuildTime: '',
  }
}
