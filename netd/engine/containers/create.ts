import { access } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { CreateContainerRequest, CreateContainerResponse } from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findImage } from '../images/find.ts'
import { publishContainerEvent } from './container-event.ts'
import { requestedEndpoints } from './endpoints.ts'
import { mergeImageConfig } from './merge-image-config.ts'
import { requestedMounts } from './mounts.ts'
import { claimName, generateName } from './names.ts'
import { validatePorts } from './ports.ts'
import { validateOptions } from './validate-options.ts'

/** Everything is validated before anything is made; what remains is a record and a writable layer. */
export async function createContainer(engine: Engine, request: CreateContainerRequest, requestedName: string | undefined): Promise<CreateContainerResponse> {
  const { HostConfig: host, NetworkingConfig: _networking, ...config } = request
  if (!config.Image && !config.Cmd?.length && !config.Entrypoint?.length) throw errors.invalidParameter('Config cannot be empty in order to create a container')
  const warnings = validateOptions(request)
  validatePorts(request)
  for (const mount of requestedMounts(host ?? {}, config)) {
    if (mount.Type === 'bind' && !mount.isSourceCreated) await mustExist(mount.Source)
  }
  const image = await findImage(engine, config.Image ?? '')
  const merged = mergeImageConfig(config, image.Config)

  // Names are claimed one at a time: two requests at once must not both find theirs free.
  const container = await engine.locks.run('container-names', async () => {
    const id = engine.newId()
    const record: ContainerRecord = {
      id,
      name: requestedName ? claimName(engine, requestedName) : generateName(engine, Math.random),
      createdAt: engine.now().toISOString(),
      imageId: image.Id,
      imageReference: config.Image ?? '',
      config: { ...merged, Hostname: merged.Hostname || (host?.NetworkMode === 'host' ? hostname() : id.slice(0, 12)) },
      imageConfig: image.Config,
      hostConfig: { ...host },
      endpoints: requestedEndpoints(engine, request),
      ports: [],
      state: { status: 'created', exitCode: 0, error: '', isOomKilled: false, isHalfMade: true },
    }
    engine.store.containers.put(id, record)
    return record
  })
  try {
    await engine.launcher.prepare(container.id, image.Id)
    delete container.state.isHalfMade
    engine.store.containers.put(container.id, container)
  } catch (error) {
    engine.store.containers.delete(container.id)
    throw error
  }
  publishContainerEvent(engine, container, 'create')
  return { Id: container.id, Warnings: warnings }
}

async function mustExist(source: string): Promise<void> {
  await access(source).catch(() => {
    throw errors.invalidParameter(`invalid mount config for type "bind": bind source path does not exist: ${source}`)
  })
}
