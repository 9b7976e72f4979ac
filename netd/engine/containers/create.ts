import { access } from 'node:fs/promises'
import { hostname } from 'node:os'
import type {
  ContainerConfig,
  CreateContainerRequest,
  CreateContainerResponse,
  HostConfig,
} from '../../../api/docker/containers.ts'
import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findImage } from '../images/find.ts'
import { checkVolume } from '../volumes/check-volume.ts'
import { discardVolumes, fillVolumes, makeVolumes } from '../volumes/prepare-volumes.ts'
import { publishContainerEvent } from './container-event.ts'
import { discardDraft } from './discard-draft.ts'
import { requestedEndpoints } from './endpoints.ts'
import { mergeImageConfig } from './merge-image-config.ts'
import { requestedMounts, tmpfsMounts } from './mounts.ts'
import { claimName, generateName } from './names.ts'
import { validatePorts } from './ports.ts'
import { sandboxRecord } from './sandbox-record.ts'
import { validateOptions } from './validate-options.ts'

/** Everything is validated before anything is made; what remains is a record and a writable layer. */
export async function createContainer(
  engine: Engine,
  request: CreateContainerRequest,
  requestedName: string | undefined,
): Promise<CreateContainerResponse> {
  const { HostConfig: host, NetworkingConfig: _networking, ...config } = request
  if (!config.Image && !config.Cmd?.length && !config.Entrypoint?.length)
    throw errors.invalidParameter('Config cannot be empty in order to create a container')
  const warnings = validateOptions(request)
  validatePorts(request)
  await checkMounts(engine, host ?? {}, config)
  const image = await findImage(engine, config.Image ?? '')
  const merged = mergeImageConfig(config, image.Config)

  // Names are claimed one at a time: two requests at once must not both find theirs free.
  const { container, sandbox, wanted } = await engine.locks.run('container-names', async () => {
    const id = engine.newId()
    // In one go with the record, which is what keeps the volumes of `--volumes-from` from being removed.
    const wanted = requestedMounts(engine, host ?? {}, merged)
    const record: ContainerRecord = {
      id,
      name: requestedName ? claimName(engine, requestedName) : generateName(engine, Math.random),
      createdAt: engine.now().toISOString(),
      imageId: image.Id,
      imageReference: config.Image ?? '',
      config: { ...merged, Hostname: merged.Hostname || (host?.NetworkMode === 'host' ? hostname() : id.slice(0, 12)) },
      imageConfig: image.Config,
      hostConfig: { ...host },
      mounts: wanted.map(({ mount }) => mount),
      state: { status: 'created', exitCode: 0, error: '', isOomKilled: false },
    }
    const sandbox = sandboxRecord(record, requestedEndpoints(engine, request))
    engine.store.drafts.put(id, record)
    return { container: record, sandbox, wanted }
  })
  const made: string[] = []
  try {
    await makeVolumes(engine, wanted, made)
    await engine.launcher.layers.prepare(container.id, image.Id)
    await fillVolumes(engine, container.id, wanted)
    engine.store.sandboxes.put(container.id, sandbox)
    engine.store.containers.put(container.id, container)
    engine.store.drafts.delete(container.id)
  } catch (error) {
    await discardDraft(engine, container)
    await discardVolumes(engine, made)
    throw error
  }
  publishContainerEvent(engine, container, 'create')
  return { Id: container.id, Warnings: warnings }
}

/** Before anything is made: what cannot be parsed, is not there, or could not be a volume. */
async function checkMounts(engine: Engine, host: HostConfig, config: ContainerConfig): Promise<void> {
  tmpfsMounts(host)
  for (const { mount, volume } of requestedMounts(engine, host, config)) {
    if (mount.type === 'bind' && !mount.isSourceCreated) await mustExist(mount.source)
    if (mount.type === 'volume' && volume !== undefined) checkVolume({ ...volume, Name: mount.source })
  }
}

async function mustExist(source: string): Promise<void> {
  await access(source).catch(() => {
    throw errors.invalidParameter(`invalid mount config for type "bind": bind source path does not exist: ${source}`)
  })
}
