import { constants } from 'node:os'
import { errors } from '../../../api/errors.ts'

/** Real-time signals, as glibc numbers them (signal(7)). */
const realtimeMin = 34
const realtimeMax = 64

/** `9`, `KILL` or `SIGKILL`, in any case; `RTMIN+3`. 400 for anything else. */
export function parseSignal(text: string): number {
  if (/^\d+$/.test(text)) {
    const number = Number(text)
    if (number > 0 && number <= realtimeMax) return number
    throw errors.invalidParameter(`Invalid signal: ${text}`)
  }
  const name = text.toUpperCase().replace(/^SIG/, '')
  const number = constants.signals[`SIG${name}` as NodeJS.Signals]
  if (number !== undefined) return number
  const realtime = /^RT(MIN(?:\+(\d+))?|MAX(?:-(\d+))?)$/.exec(name)
  const value = realtime?.[1]?.startsWith('MIN')
    ? realtimeMin + Number(realtime[2] ?? 0)
    : realtimeMax - Number(realtime?.[3] ?? 0)
  if (realtime === null || value < realtimeMin || value > realtimeMax)
    throw errors.invalidParameter(`Invalid signal: ${text}`)
  return value
}
