/** `/trestle/v1/namespaces`: bare network namespaces, nodes without an image. */
import { z } from 'zod'
import { labels } from '../docker/common.ts'

/** Also the name under /run/netns, so that `ip netns exec NAME` reaches it. */
export const namespaceName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
    'a name is a letter or digit, then up to 62 letters, digits, "_", "." or "-"',
  )

export const createNamespaceRequest = z.object({
  name: namespaceName,
  labels: labels.nullish(),
  /** e.g. `{"net.ipv4.ip_forward": "1"}`; only names under `net.` */
  sysctls: z.record(z.string().regex(/^net\.[A-Za-z0-9_.\-/]+$/), z.string()).nullish(),
})
export type CreateNamespaceRequest = z.infer<typeof createNamespaceRequest>

export interface Namespace {
  name: string
  labels: Record<string, string>
  /** Where it is pinned. */
  path: string
  inode: number
}

export const runInNamespaceRequest = z.object({
  command: z.array(z.string()).min(1),
  environment: z.record(z.string(), z.string()).nullish(),
  timeoutMs: z.number().int().positive().max(600_000).nullish(),
})
export type RunInNamespaceRequest = z.infer<typeof runInNamespaceRequest>

export interface RunResult {
  exitCode: number
  stdout: string
  stderr: string
  /** The command was ended because it ran past `timeoutMs`. */
  isTimedOut: boolean
}
