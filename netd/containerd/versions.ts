import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { version } from './api/version.ts'
import type { Connection } from './connection.ts'
import type { Launcher } from './launcher.ts'

/** What is not installed, or does not answer, is `unknown`. */
export async function versions(connection: Connection): ReturnType<Launcher['version']> {
  const [containerd, runc] = await Promise.all([
    connection.call(version, {}).catch(() => ({ version: 'unknown', revision: '' })),
    promisify(execFile)('runc', ['--version'], { timeout: 10_000 }).catch(() => ({ stdout: '' })),
  ])
  return { containerd, runc: { version: /^runc version (\S+)/.exec(runc.stdout)?.[1] ?? 'unknown' } }
}
