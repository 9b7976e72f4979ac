import type { ContainerConfig } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'

/** The kernel's clocks go finer, but dockerd asks for no less; the fields are in nanoseconds. */
const leastNs = 1_000_000

/** Throws 400 in Docker's words; gives the warning that the answer carries, if there is one to give. */
export function checkHealthCheck({ Healthcheck: check }: ContainerConfig): string[] {
  for (const field of ['Interval', 'Timeout', 'StartPeriod'] as const) {
    const ns = check?.[field]
    if (ns && ns < leastNs) throw errors.invalidParameter(`${field} in Healthcheck cannot be less than 1ms`)
  }
  if ((check?.Retries ?? 0) < 0) throw errors.invalidParameter('Retries in Healthcheck cannot be negative')
  // Without a test of its own it is the image's, which netd does not know of either.
  return (check?.Test?.[0] ?? 'NONE') === 'NONE'
    ? []
    : ['The health check is kept but not run: netd has no health checks yet']
}
