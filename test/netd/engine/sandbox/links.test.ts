/** `--link`: who is linked to may restart, be away, or be gone. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostConfig } from '../../../../api/docker/containers.ts'
import type { Launcher } from '../../../../netd/containerd/launcher.ts'
import { createContainer } from '../../../../netd/engine/containers/create.ts'
import { renameContainer } from '../../../../netd/engine/containers/rename.ts'
import { parseContainerRequest } from '../../../../netd/http/container-request/container-request.ts'
import { hostConfig } from '../../../../netd/http/render/host-config.ts'
import { createNetwork, openLaboratory, type Laboratory } from '../engine-in.ts'

let lab: Laboratory
let bridge: string

beforeAll(async () => {
  lab = await openLaboratory()
  lab.engine.launcher = {
    images: { inspect: async () => ({ Id: 'sha256:0', Config: {} }) },
    layers: { prepare: async () => {} },
  } as unknown as Launcher
  bridge = lab.engine.store.networks.find(({ name }) => name === 'bridge')!.id
})
afterAll(() => lab[Symbol.asyncDispose]())

const hosts = ({ id }: { id: string }): Promise<string> =>
  readFile(join(lab.engine.config.dataRoot, 'containers', id, 'hosts'), 'utf8')

test('the target restarts under its link, and whoever links to it follows its address', async () => {
  const db = await lab.start(lab.container('db', { [bridge]: {} }))
  const web = await lab.start(lab.container('web', { [bridge]: {} }, { Links: ['/db:/web/database'] }))
  expect(await hosts(web)).toContain(`172.17.0.2\tdatabase ${db.id.slice(0, 12)} db\n`)

  await lab.stop(db)
  const squatter = await lab.start(lab.container('squatter', { [bridge]: {} }))
  await lab.start(db)
  expect(await hosts(web)).toContain(`172.17.0.4\tdatabase ${db.id.slice(0, 12)} db\n`)
  for (const container of [db, web, squatter]) await lab.stop(container)
})

test('a link is to the container that it was made for, whatever that is called since', async () => {
  const { engine } = lab
  const db = await lab.start(lab.container('first', { [bridge]: {} }))
  const request = parseContainerRequest({ Image: 'test', Cmd: ['true'], HostConfig: { Links: ['first:database'] } })
  const { id } = await createContainer(engine, request, 'client')
  await renameContainer(engine, 'first', 'old')
  const other = await lab.start(lab.container('first', { [bridge]: {} }))
  const client = await lab.start(engine.store.sandboxes.get(id)!)
  expect(await hosts(client)).toMatch(new RegExp(`\tdatabase ${db.id.slice(0, 12)} old\n`))
  expect(hostConfig(engine, engine.store.containers.get(id)!).Links).toEqual(['/old:/client/database'])
  for (const container of [client, other, db]) await lab.stop(container)
})

test('a target whose network leads back to itself is refused, and not followed for ever', async () => {
  const { engine } = lab
  const create = (name: string, HostConfig: HostConfig): Promise<{ id: string }> =>
    createContainer(engine, parseContainerRequest({ Image: 'test', Cmd: ['true'], HostConfig }), name)
  await create('one', { NetworkMode: 'container:two' })
  await create('two', { NetworkMode: 'container:one' })
  await create('self', { NetworkMode: 'container:self' })
  for (const target of ['one', 'self'])
    await expect(create('linked', { Links: [target] })).rejects.toMatchObject({
      status: 400,
      message: `could not get container for ${target}: it shares a network that nobody has`,
    })
})

test('with a target that does not run, or is gone, nothing starts on the default network', async () => {
  const store = lab.container('store', { [bridge]: {} })
  const shop = lab.container('shop', { [bridge]: {} }, { Links: ['store'] })
  const refusal = { status: 400, message: 'Cannot link to a non running container: /store AS /shop/store' }
  await expect(lab.start(shop)).rejects.toMatchObject(refusal)
  lab.engine.store.containers.delete(store.id)
  lab.engine.store.sandboxes.delete(store.id)
  await expect(lab.start(shop)).rejects.toMatchObject(refusal)
})

test('on a user-defined network a link waits for its target', async () => {
  const { Id } = await createNetwork(lab.engine, { Name: 'own' })
  const late = lab.container('late', { [Id]: {} })
  const early = await lab.start(lab.container('early', { [Id]: { Links: ['late:it'] } }))
  await lab.start(late)
  expect(await hosts(early)).toMatch(/^172\.18\.0\.3\tit /m)
  for (const container of [early, late]) await lab.stop(container)
})
