/** One request of the conversation. */
export interface Step {
  name: string
  method: 'GET' | 'POST' | 'DELETE' | 'HEAD'
  /** `{web}`, here or in the body's place, is the Id that the step with `capture: 'web'` got; `{now}` the time in seconds. */
  path: string
  body?: unknown
  headers?: Record<string, string>
  /** Keeps the answer's Id under this name. */
  capture?: string
  /** Compares the bytes of the answer, times and ids masked: it is a stream, not JSON. */
  isStream?: boolean
  /** What has to be equal in value, too, not only in shape. */
  values?: (body: any) => unknown
}

export const image = 'trestle/toolbox'

export const filter = (value: Record<string, string[]>): string => encodeURIComponent(JSON.stringify(value))
