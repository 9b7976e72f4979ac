/** The same conversation with two daemons, in order: later steps build on what earlier ones made. */
import { containers } from './conversation/containers.ts'
import { endings } from './conversation/endings.ts'
import { endpoints } from './conversation/endpoints.ts'
import { exec } from './conversation/exec.ts'
import { images } from './conversation/images.ts'
import { last } from './conversation/last.ts'
import { networks } from './conversation/networks.ts'
import { output } from './conversation/output.ts'
import { options } from './conversation/options.ts'
import { ports } from './conversation/ports.ts'
import type { Step } from './conversation/step.ts'
import { system } from './conversation/system.ts'

export const conversation: Step[] = [
  ...system,
  ...images,
  ...networks,
  ...containers,
  ...options,
  ...ports,
  ...endpoints,
  ...exec,
  ...output,
  ...endings,
  ...last,
]
