/** api/services/version/v1/version.proto */
import { message, string } from '../message.ts'
import { method } from './method.ts'
import { Empty } from './types.ts'

export const version = method(
  'containerd.services.version.v1.Version/Version',
  Empty,
  message({ version: string(1), revision: string(2) }),
)
