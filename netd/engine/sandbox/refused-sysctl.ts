import { errors } from '../../../api/errors.ts'
import { endpointOption } from '../../drivers/endpoint-options.ts'
import { KernelError, type KernelStep } from '../../kernel/kernel.ts'

/** What the kernel refuses of `com.docker.network.endpoint.sysctls`, as the fault of who asked for it; every other error as it is. */
export function refusedSysctl(error: unknown, steps: KernelStep[]): unknown {
  if (!(error instanceof KernelError) || error.step === undefined) return error
  const step = steps[error.step]
  if (step?.do !== 'sysctl.set') return error
  const reason =
    error.errno === 'ENOENT'
      ? `there is no sysctl ${step.name}`
      : error.errno === 'EINVAL' || error.errno === 'ERANGE'
        ? `${step.name} cannot be ${JSON.stringify(step.value)}`
        : undefined
  return reason === undefined ? error : errors.invalidParameter(`invalid ${endpointOption.sysctls} value: ${reason}`)
}
