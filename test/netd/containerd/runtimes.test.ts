import { afterEach, expect, test, vi } from 'vitest'
import { checkDefaultRuntime } from '../../../netd/containerd/runtimes.ts'

afterEach(() => void vi.unstubAllEnvs())

test('a default runtime that is not installed is told at the start, and not of every container', () => {
  vi.stubEnv('PATH', '/nowhere')
  expect(() => checkDefaultRuntime({ runtimes: {}, defaultRuntime: 'crun' })).toThrow(
    '--default-runtime crun: there is no crun in the PATH; install it, or say where it is with --add-runtime crun=PATH',
  )
  checkDefaultRuntime({ runtimes: { crun: { path: '/opt/crun' } }, defaultRuntime: 'crun' })
  checkDefaultRuntime({ runtimes: {}, defaultRuntime: undefined })
})
