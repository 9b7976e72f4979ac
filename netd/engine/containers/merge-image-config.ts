import type { ContainerConfig } from '../../../api/docker/containers.ts'
import type { ImageConfig } from '../../../api/docker/images.ts'
import { errors } from '../../../api/errors.ts'

/** What the user asked for, with the image's defaults where he was silent. An entrypoint of his own discards the image's command. */
export function mergeImageConfig(user: ContainerConfig, image: ImageConfig): ContainerConfig {
  const hasResetEntrypoint = user.Entrypoint?.length === 1 && user.Entrypoint[0] === ''
  const hasOwnEntrypoint = (user.Entrypoint?.length ?? 0) > 0
  const entrypoint = hasResetEntrypoint ? null : hasOwnEntrypoint ? user.Entrypoint : image.Entrypoint
  const command = user.Cmd?.length || hasOwnEntrypoint ? user.Cmd : image.Cmd
  if (!entrypoint?.length && !command?.length) throw errors.invalidParameter('No command specified')
  const env = user.Env ?? []
  const names = new Set(env.map((variable) => variable.split('=', 1)[0]))
  return {
    ...user,
    User: user.User || image.User,
    Env: [...env, ...(image.Env ?? []).filter((variable) => !names.has(variable.split('=', 1)[0]))],
    Cmd: command ?? null,
    Entrypoint: entrypoint ?? null,
    WorkingDir: user.WorkingDir || image.WorkingDir,
    ExposedPorts: {
      ...(image.ExposedPorts as Record<string, Record<string, never>> | undefined),
      ...user.ExposedPorts,
    },
    Volumes: { ...(image.Volumes as Record<string, Record<string, never>> | undefined), ...user.Volumes },
    Labels: { ...image.Labels, ...user.Labels },
    StopSignal: user.StopSignal || image.StopSignal,
  }
}
