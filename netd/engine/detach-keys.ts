/** The keys that leave an attached terminal: https://docs.docker.com/reference/cli/docker/container/attach/#detach-keys */
import { errors } from '../../api/errors.ts'

const controlPunctuation = '@[\\]^_'

/** `ctrl-p,ctrl-q` (also the default, for an empty string) as the bytes a terminal sends. */
export function parseDetachKeys(text: string | null | undefined): Buffer {
  const names = text ? text.split(',') : ['ctrl-p', 'ctrl-q']
  return Buffer.from(
    names.map((name) => {
      if (/^[\x20-\x7e]$/.test(name)) return name.charCodeAt(0)
      const control = /^ctrl-(.)$/.exec(name)?.[1] ?? ''
      if (/^[a-z]$/.test(control)) return control.charCodeAt(0) - 96
      // ASCII sends a control character as its letter without bit 6: ctrl-@ is 0, ctrl-[ is 27, ctrl-_ is 31.
      if (control !== '' && controlPunctuation.includes(control)) return control.charCodeAt(0) & 0x1f
      throw errors.invalidParameter(`Invalid detach keys (${text}) provided`)
    }),
  )
}

export class Detached extends Error {
  override readonly name = 'Detached'
}

/** Passes input on; keys that may be the start of the sequence wait for the next one. Throws Detached at its end. */
export async function* untilDetached(input: AsyncIterable<Buffer>, keys: Buffer): AsyncGenerator<Buffer> {
  let matched = 0
  for await (const chunk of input) {
    const passed: number[] = []
    for (const byte of chunk) {
      if (byte === keys[matched]) {
        matched += 1
        if (matched === keys.length) {
          if (passed.length > 0) yield Buffer.from(passed)
          throw new Detached()
        }
        continue
      }
      passed.push(...keys.subarray(0, matched))
      matched = byte === keys[0] ? 1 : 0
      if (matched === 0) passed.push(byte)
    }
    if (passed.length > 0) yield Buffer.from(passed)
  }
  if (matched > 0) yield keys.subarray(0, matched)
}
