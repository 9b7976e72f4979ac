/** Whether this kernel runs programs of the x32 ABI, by what it was configured with. */
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { gunzipSync } from 'node:zlib'

const sources: (() => string)[] = [
  () => gunzipSync(readFileSync('/proc/config.gz')).toString(),
  () => readFileSync(`/boot/config-${release()}`, 'utf8'),
]

let known: boolean | undefined

/** True also when the kernel keeps its configuration to itself. */
export function hasX32(): boolean {
  known ??= isConfigured(sources)
  return known
}

function isConfigured([read, ...others]: (() => string)[]): boolean {
  if (read === undefined) return true
  try {
    // It was CONFIG_X86_X32 until Linux 5.18.
    return /^CONFIG_X86_X32(_ABI)?=y$/m.test(read())
  } catch {
    return isConfigured(others)
  }
}
