/** proc_pid_oom_score_adj(5): without CAP_SYS_RESOURCE nobody goes below what a privileged process gave him, or his parents, last. */
import { readFileSync, writeFileSync } from 'node:fs'
import { errors } from '../../../api/errors.ts'

const file = '/proc/self/oom_score_adj'

/** That lower bound cannot be read, so the kernel is asked by trying; back up one may always go. Throws 400 when it refuses. */
export function checkOomScore(score: number): void {
  const own = readFileSync(file, 'utf8').trim()
  if (score >= Number(own)) return
  try {
    writeFileSync(file, String(score))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    throw errors.invalidParameter(
      `the kernel refuses an oom_score_adj of ${score}: netd itself has ${own} and lacks CAP_SYS_RESOURCE, which going lower takes`,
    )
  }
  writeFileSync(file, own)
}
