import { access } from 'node:fs/promises'
import { ApiError, errors } from '../../../api/errors.ts'
import type { ContainerOptions, NamespaceMode, NetworkMode, Verbatim } from '../../store/container-options.ts'
import type { ContainerRecord, Link } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { defaultRuntime, findRuntime } from '../../containerd/runtimes.ts'
import { findImage } from '../images/find.ts'
import { checkVolume } from '../volumes/check-volume.ts'
import { discardVolumes, fillVolumes, makeVolumes } from '../volumes/prepare-volumes.ts'
import { publishContainerEvent } from '../life/container-event.ts'
import { discardDraft } from './discard-draft.ts'
import { requestedEndpoints, type EndpointRequests } from './endpoints.ts'
import { findContainer } from './find.ts'
import { initMount, runsUnderInit } from './init.ts'
import { mergeImageConfig } from './merge-image-config.ts'
import { requestedMounts, type MountRequest, type MountRequests, type VolumesFrom } from './mounts.ts'
import { claimName, generateName } from './names.ts'
import { publishWarnings } from './publish-warnings.ts'
import { sandboxRecord, type SandboxRequest } from './sandbox-record.ts'

export interface ContainerRequest {
  /** As the user wrote it. */
  image: string
  options: ContainerOptions
  sandbox: SandboxRequest
  verbatim: Verbatim
  mounts: MountRequest[]
  volumesFrom: VolumesFrom[]
  /** Of volumes without a driver of their own. */
  volumeDriver: string
  endpoints: EndpointRequests
  warnings: string[]
}

/** Everything is validated before anything is made; what remains is a record and a writable layer. */
export async function createContainer(
  engine: Engine,
  request: ContainerRequest,
  requestedName: string | undefined,
): Promise<{ id: string; warnings: string[] }> {
  const { options: asked, links } = resolveContainers(engine, request)
  const { name: runtime } = findRuntime(engine.config, asked.runtime ?? defaultRuntime(engine.config))
  checkCgroupParent(engine, asked)
  if (runsUnderInit(asked)) initMount()
  if (asked.security.apparmorProfile !== undefined) engine.launcher.appArmor.mustHave(asked.security.apparmorProfile)
  await checkMounts(engine, mountRequests(request, asked))
  const image = await findImage(engine, request.image)
  const options = { ...mergeImageConfig(asked, image.Config), runtime }

  // Names are claimed one at a time: two requests at once must not both find theirs free.
  const { container, sandbox, wanted } = await engine.locks.run('container-names', async () => {
    const id = engine.newId()
    // In one go with the record, which is what keeps the volumes of `--volumes-from` from being removed.
    const wanted = requestedMounts(engine, mountRequests(request, options))
    const record: ContainerRecord = {
      id,
      name: requestedName ? claimName(engine, requestedName) : generateName(engine, Math.random),
      createdAt: engine.now().toISOString(),
      imageId: image.Id,
      imageReference: request.image,
      options,
      verbatim: request.verbatim,
      mounts: wanted.map(({ mount }) => mount),
      state: { status: 'created', exitCode: 0, error: '', isOomKilled: false },
    }
    const endpoints = requestedEndpoints(engine, options.network.mode, request.endpoints)
    const sandbox = sandboxRecord(record, { ...request.sandbox, links }, endpoints)
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
  return { id: container.id, warnings: [...request.warnings, ...publishWarnings(engine, sandbox)] }
}

/** systemd knows no paths, only slices by their names. */
function checkCgroupParent({ config }: Engine, { cgroupParent }: ContainerOptions): void {
  if (config.isSystemdCgroup && cgroupParent !== '' && !/[^/]\.slice$/.test(cgroupParent))
    throw errors.invalidParameter('cgroup-parent for systemd cgroup should be a valid slice named as "xxx.slice"')
}

/** Other containers by their ids, whatever they are called tomorrow; one that is not there yet may be by the time of the start. */
function resolveContainers(
  engine: Engine,
  { options, sandbox }: ContainerRequest,
): { options: ContainerOptions; links: Link[] } {
  const { network, pid } = options
  const links = isUserDefinedMode(network.mode) ? [] : resolveLinks(engine, sandbox.links)
  if (pid?.kind === 'container') mustFind(engine, pid.container, (why) => why)
  const resolved = {
    ...options,
    network: { ...network, mode: resolveMode(engine, network.mode) },
    ...(pid === undefined ? {} : { pid: resolveMode(engine, pid) }),
  }
  return { options: resolved, links }
}

/** The links of one network's own stand at its endpoint. */
const isUserDefinedMode = (mode: NetworkMode): boolean => mode.kind === 'network' && mode.network !== 'bridge'

/** Of two under one name the first, as dockerd has it. */
function resolveLinks(engine: Engine, links: Link[]): Link[] {
  const resolved = new Map<string, Link>()
  for (const { target, alias } of links) {
    const other = networkOwner(engine, target)
    if (other.options.network.mode.kind === 'host')
      throw errors.invalidParameter(
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      )
    if (!resolved.has(alias)) resolved.set(alias, { target: other.id, alias })
  }
  return [...resolved.values()]
}

/** The container whose network it is. Each may have been made before the one that it shares a network with, and so lead back to itself. */
function networkOwner(engine: Engine, target: string): ContainerRecord {
  const find = (reference: string): ContainerRecord =>
    mustFind(engine, reference, (why) => `could not get container for ${target}: ${why}`)
  const passed = new Set<ContainerRecord>()
  let owner = find(target)
  for (let mode = owner.options.network.mode; mode.kind === 'container'; mode = owner.options.network.mode) {
    if (passed.has(owner))
      throw errors.invalidParameter(`could not get container for ${target}: it shares a network that nobody has`)
    passed.add(owner)
    owner = find(mode.container)
  }
  return owner
}

function resolveMode<Mode extends NetworkMode | NamespaceMode>(engine: Engine, mode: Mode): Mode {
  if (mode.kind !== 'container') return mode
  try {
    return { ...mode, container: findContainer(engine, mode.container).id }
  } catch (error) {
    if (error instanceof ApiError) return mode
    throw error
  }
}

/** Docker answers 400 here: what is not found is not what the request is about. */
function mustFind(engine: Engine, reference: string, message: (why: string) => string): ContainerRecord {
  try {
    return findContainer(engine, reference)
  } catch (error) {
    throw error instanceof ApiError ? errors.invalidParameter(message(error.message)) : error
  }
}

function mountRequests(
  { mounts, volumesFrom, volumeDriver }: ContainerRequest,
  { tmpfs, volumes }: ContainerOptions,
): MountRequests {
  return { mounts, volumesFrom, volumeDriver, tmpfs, volumes }
}

/** Before anything is made: what is not there, or could not be a volume. */
async function checkMounts(engine: Engine, requests: MountRequests): Promise<void> {
  for (const { mount, volume } of requestedMounts(engine, requests)) {
    if (mount.type === 'bind' && !mount.isSourceCreated) await mustExist(mount.source)
    if (mount.type === 'volume' && volume !== undefined) checkVolume({ ...volume, Name: mount.source })
  }
}

async function mustExist(source: string): Promise<void> {
  await access(source).catch(() => {
    throw errors.invalidParameter(`invalid mount config for type "bind": bind source path does not exist: ${source}`)
  })
}
