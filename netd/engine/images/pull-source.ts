import type { ImageProgress } from '../../containerd/launcher.ts'
import type { Engine } from '../engine.ts'

/** As the client's `docker login` has them for the registry in the reference. */
export interface Credentials {
  username: string
  password: string
  /** Stands for both, when the registry gave one. */
  identityToken: string
}

export interface PullRequest {
  reference: string
  credentials: Credentials | undefined
  signal: AbortSignal
}

/** Somewhere an image can be had by its name: undefined when this is not the place to ask. */
export type PullSource = (
  engine: Engine,
  request: PullRequest,
) => Promise<AsyncIterable<ImageProgress> | Iterable<ImageProgress> | undefined>
