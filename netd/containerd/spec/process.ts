/** The process part of an OCI runtime specification, for a container and for an exec. */
import type { ProcessSpec } from '../launcher.ts'
import type { User } from './user.ts'

export interface OciProcess {
  terminal: boolean
  consoleSize?: { height: number; width: number }
  user: User
  args: string[]
  env: string[]
  cwd: string
  capabilities: Record<string, string[]>
  rlimits?: object[]
  noNewPrivileges?: boolean
  oomScoreAdj?: number
  apparmorProfile?: string
}

export function ociProcess(spec: ProcessSpec, user: User, capabilities: string[]): OciProcess {
  return {
    terminal: spec.isTty,
    ...(spec.isTty &&
      spec.consoleSize && { consoleSize: { height: spec.consoleSize.rows, width: spec.consoleSize.columns } }),
    user,
    args: spec.args,
    env: spec.env,
    cwd: spec.cwd === '' ? '/' : spec.cwd,
    capabilities: capabilitySets(user.uid, capabilities),
  }
}

/** What execve(2) would leave: somebody who is not root has them in the bounding set only. */
function capabilitySets(uid: number, capabilities: string[]): Record<string, string[]> {
  return uid === 0
    ? { bounding: capabilities, effective: capabilities, permitted: capabilities }
    : { bounding: capabilities }
}
