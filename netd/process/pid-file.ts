/** One daemon per pid file; one that a dead daemon left is replaced. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Throws one sentence when the process in it lives. */
export function claimPidFile(path: string): Disposable & { mend: () => string[] } {
  const pid = Number(readOrEmpty(path).trim())
  if (pid > 0 && pid !== process.pid && isNetd(pid)) {
    throw new Error(
      `process ID ${pid} is another netd with the same --pidfile ${path}: stop it, or give each a file of its own`,
    )
  }
  const write = (): void => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, String(process.pid))
  }
  write()
  return {
    mend() {
      if (existsSync(path)) return []
      write()
      return [path]
    },
    [Symbol.dispose]: () => rmSync(path, { force: true }),
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Process ids are used again: only one that runs this very program counts. */
function isNetd(pid: number): boolean {
  return readOrEmpty(`/proc/${pid}/cmdline`)
    .split('\0')
    .some((argument) => /\/netd(\.js|\/main\.ts)?$/.test(argument))
}
