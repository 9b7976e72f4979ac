import type { ImageConfig } from '../../../api/docker/images.ts'
import { errors } from '../../../api/errors.ts'
import type { ContainerOptions, ExposedPort, ProcessOptions } from '../../store/container-options.ts'
import { joinExposedPorts, parseExposedPorts } from './exposed-ports.ts'
import { variableName } from './environment.ts'

/** What the user asked for, with the image's defaults where he was silent. An entrypoint of his own discards the image's command. */
export function mergeImageConfig(options: ContainerOptions, image: ImageConfig): ContainerOptions {
  const { process, network, labels, volumes } = options
  return {
    ...options,
    process: {
      ...process,
      ...mergeCommand(process, image),
      user: process.user || image.User,
      environment: mergeEnvironment(process.environment, image.Env ?? []),
      workingDirectory: process.workingDirectory || image.WorkingDir,
      ...mergeStopSignal(process, image),
    },
    network: { ...network, exposedPorts: mergePorts(image, network.exposedPorts) },
    labels: { ...image.Labels, ...labels },
    volumes: [...new Set([...Object.keys(image.Volumes ?? {}), ...volumes])],
  }
}

function mergeCommand(
  { entrypoint: own, command: ownCommand }: ProcessOptions,
  image: ImageConfig,
): Pick<ProcessOptions, 'entrypoint' | 'command'> {
  const hasOwnCommand = (own ?? []).length > 0 || (ownCommand ?? []).length > 0
  const command = hasOwnCommand ? ownCommand : (image.Cmd ?? undefined)
  // `--entrypoint ''` is for none.
  const isReset = own?.length === 1 && own[0] === ''
  const entrypoint = isReset ? undefined : (own ?? image.Entrypoint ?? undefined)
  if (!entrypoint?.length && !command?.length) throw errors.invalidParameter('No command specified')
  return { entrypoint, command }
}

function mergeStopSignal({ stopSignal }: ProcessOptions, image: ImageConfig): Pick<ProcessOptions, 'stopSignal'> {
  const signal = stopSignal ?? image.StopSignal
  return signal ? { stopSignal: signal } : {}
}

function mergeEnvironment(own: string[], ofImage: string[]): string[] {
  const names = new Set(own.map(variableName))
  return [...own, ...ofImage.filter((variable) => !names.has(variableName(variable)))]
}

function mergePorts(image: ImageConfig, own: ExposedPort[]): ExposedPort[] {
  return joinExposedPorts([...parseExposedPorts(Object.keys(image.ExposedPorts ?? {})), ...own])
}
