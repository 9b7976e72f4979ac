/** Every verb that can be interrupted: what it needs, what it does, and what must work after it was cut short. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dockerSave, tar } from '../netd/containerd/archives.ts'
import { eventually } from '../support/eventually.ts'
import type { HermeticHost } from '../support/host.ts'
import type { RunResult } from '../support/run.ts'
import { ask, image } from './world.ts'

export interface Verb {
  name: string
  /** Runs whole. */
  prepare: (host: HermeticHost) => Promise<void>
  /** Is interrupted. */
  act: (host: HermeticHost) => Promise<unknown>
  /** A second try, and the end of it: throws where an answer is not what it has to be. Nothing is left afterwards. */
  finish: (host: HermeticHost) => Promise<void>
}

async function expectStatus(
  host: HermeticHost,
  statuses: number[],
  method: string,
  path: string,
  body?: unknown,
): Promise<void> {
  const answer = await ask(host, method, path, body)
  if (!statuses.includes(answer.status))
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text.trim()}, not ${statuses.join(' or ')}`)
}

const nothing = async (): Promise<void> => {}
const container = (more: object = {}): object => ({
  Image: image,
  Cmd: ['sleep', '600'],
  HostConfig: { NetworkMode: 'base', ...more },
})
const make = (host: HermeticHost, more?: object): Promise<void> =>
  expectStatus(host, [201], 'POST', '/containers/create?name=subject', container(more))
const start = (host: HermeticHost): Promise<void> => expectStatus(host, [204, 304], 'POST', '/containers/subject/start')
const makeAndStart = async (host: HermeticHost): Promise<void> => {
  await make(host)
  await start(host)
}
const removeIfThere = (host: HermeticHost): Promise<void> =>
  expectStatus(host, [204, 404], 'DELETE', '/containers/subject?force=1&v=1')
const post = (path: string, body?: unknown) => (host: HermeticHost) => ask(host, 'POST', path, body)
const remove = (path: string) => (host: HermeticHost) => ask(host, 'DELETE', path)

/** Whatever state it was left in, it can be started (a dead one removed and made again), runs a command, and goes. */
async function startExecRemove(host: HermeticHost): Promise<void> {
  const { body: found } = await ask(host, 'GET', '/containers/subject/json')
  // What a removal that failed leaves can only be removed, as with dockerd.
  if (['dead', 'removing'].includes(found.State?.Status)) await removeIfThere(host)
  const { status } = await ask(host, 'GET', '/containers/subject/json')
  if (status === 404) await make(host)
  const { body } = await ask(host, 'GET', '/containers/subject/json')
  // The end of what was killed may be told only now.
  if (body.State.Paused) await expectStatus(host, [204, 409], 'POST', '/containers/subject/unpause')
  // The end of what was killed may be told only now, after a start that found it running.
  await eventually(async () => {
    await start(host)
    const run = await host.docker(['exec', 'subject', 'echo', 'works'])
    if (run.stdout !== 'works\n') throw new Error(`exec says ${JSON.stringify(run)}`)
  })
  await removeIfThere(host)
}

async function remakeNetwork(host: HermeticHost): Promise<void> {
  await removeIfThere(host)
  await expectStatus(host, [204, 404], 'DELETE', '/networks/lan')
  await expectStatus(host, [201], 'POST', '/networks/create', { Name: 'lan' })
  await expectStatus(host, [204], 'DELETE', '/networks/lan')
}

const makeNetwork = (host: HermeticHost): Promise<void> =>
  expectStatus(host, [201], 'POST', '/networks/create', { Name: 'lan' })

async function remakeVolume(host: HermeticHost): Promise<void> {
  await expectStatus(host, [204, 404], 'DELETE', '/volumes/data')
  await expectStatus(host, [201], 'POST', '/volumes/create', { Name: 'data' })
  await expectStatus(host, [204], 'DELETE', '/volumes/data')
}

async function remakeNode(host: HermeticHost): Promise<void> {
  for (const name of ['red', 'blue']) await expectStatus(host, [204, 404], 'DELETE', `/trestle/v1/namespaces/${name}`)
  await makeNodes(host)
  await expectStatus(host, [201], 'POST', '/trestle/v1/links', link)
  for (const name of ['red', 'blue']) await expectStatus(host, [204], 'DELETE', `/trestle/v1/namespaces/${name}`)
}

async function makeNodes(host: HermeticHost): Promise<void> {
  for (const name of ['red', 'blue']) await expectStatus(host, [201], 'POST', '/trestle/v1/namespaces', { name })
}

const link = {
  ends: [
    { node: 'red', interface: 'eth1', addresses: ['10.9.0.1/24'] },
    { node: 'blue', interface: 'eth1', addresses: ['10.9.0.2/24'] },
  ],
}

/** A root file system of a few megabytes, so that there is a middle to be interrupted in. */
const importImage = (host: HermeticHost): Promise<unknown> =>
  host.run(
    [
      'sh',
      '-c',
      `head -c 4000000 /dev/urandom > ${host.root}/noise; tar -C ${host.root} -c noise | docker -H unix://${host.socket} import - imported:1`,
    ],
    { allowFailure: true },
  )

async function reimport(host: HermeticHost): Promise<void> {
  await expectStatus(host, [200, 404], 'DELETE', '/images/imported:1')
  await importImage(host)
  await expectStatus(host, [200], 'DELETE', '/images/imported:1')
}

/** Of a layer of a few megabytes; made once. */
async function loadImage(host: HermeticHost): Promise<unknown> {
  const archive = `${host.root}/loaded.tar`
  if (!existsSync(archive)) {
    const layer = await tar({ noise: randomBytes(4_000_000) })
    await writeFile(archive, await tar(dockerSave([layer], ['loaded:1'])))
  }
  return host.docker(['load', '-i', archive], { allowFailure: true })
}

async function reload(host: HermeticHost): Promise<void> {
  await expectStatus(host, [200, 404], 'DELETE', '/images/loaded:1')
  await loadImage(host)
  await expectStatus(host, [200], 'DELETE', '/images/loaded:1')
}

/** Everything that a lab can have, and no more of it than tells. */
const labFile = `
name: chaos
networks: { wire: { subnet: 10.71.1.0/24 } }
nodes:
  web: { image: ${image}, command: exec httpd -f -p 80, networks: { wire: { ip: 10.71.1.10 } }, ports: ["127.0.0.1:19001:80"] }
  bare:
links:
  - { ends: ["web:eth9", "bare:eth9"] }
`

async function lab(host: HermeticHost, verb: 'up' | 'down'): Promise<RunResult> {
  const file = `${host.root}/chaos.yaml`
  await writeFile(file, labFile)
  return host.trestle(['lab', verb, file], { allowFailure: true })
}

async function rebuildLab(host: HermeticHost): Promise<void> {
  for (const verb of ['down', 'up', 'down'] as const) {
    const { exitCode, stderr } = await lab(host, verb)
    if (exitCode !== 0) throw new Error(`lab ${verb}: exit code ${exitCode}: ${stderr}`)
  }
}

async function execSleep(host: HermeticHost): Promise<void> {
  const { body } = await ask(host, 'POST', '/containers/subject/exec', { Cmd: ['sleep', '600'], AttachStdout: true })
  await ask(host, 'POST', `/exec/${body.Id}/start`, { Detach: true })
}

export const verbs: Verb[] = [
  { name: 'network create', prepare: nothing, act: post('/networks/create', { Name: 'lan' }), finish: remakeNetwork },
  { name: 'network rm', prepare: makeNetwork, act: remove('/networks/lan'), finish: remakeNetwork },
  {
    name: 'network connect',
    prepare: async (host) => {
      await makeNetwork(host)
      await makeAndStart(host)
    },
    act: post('/networks/lan/connect', { Container: 'subject' }),
    finish: remakeNetwork,
  },
  {
    name: 'network disconnect',
    prepare: makeAndStart,
    act: post('/networks/base/disconnect', { Container: 'subject' }),
    finish: startExecRemove,
  },
  {
    name: 'container create',
    prepare: nothing,
    act: post('/containers/create?name=subject', container()),
    finish: startExecRemove,
  },
  { name: 'container start', prepare: make, act: post('/containers/subject/start'), finish: startExecRemove },
  {
    name: 'container start with ports and a volume',
    prepare: (host) =>
      make(host, { PortBindings: { '80/tcp': [{ HostPort: '19000' }] }, Binds: ['subject-data:/data'] }),
    act: post('/containers/subject/start'),
    finish: async (host) => {
      await startExecRemove(host)
      await expectStatus(host, [204, 404], 'DELETE', '/volumes/subject-data')
    },
  },
  {
    name: 'run with standard input',
    prepare: nothing,
    act: (host) =>
      host.docker(['run', '-i', '--name', 'subject', '--network', 'base', image, 'sh', '-c', 'cat; sleep 600'], {
        input: 'hello\n',
        allowFailure: true,
        timeoutMs: 1000,
      }),
    finish: startExecRemove,
  },
  {
    name: 'container stop',
    prepare: makeAndStart,
    act: post('/containers/subject/stop?t=0'),
    finish: startExecRemove,
  },
  { name: 'container kill', prepare: makeAndStart, act: post('/containers/subject/kill'), finish: startExecRemove },
  {
    name: 'container restart',
    prepare: makeAndStart,
    act: post('/containers/subject/restart?t=0'),
    finish: startExecRemove,
  },
  { name: 'container pause', prepare: makeAndStart, act: post('/containers/subject/pause'), finish: startExecRemove },
  {
    name: 'container unpause',
    prepare: async (host) => {
      await makeAndStart(host)
      await expectStatus(host, [204], 'POST', '/containers/subject/pause')
    },
    act: post('/containers/subject/unpause'),
    finish: startExecRemove,
  },
  {
    name: 'container rename',
    prepare: makeAndStart,
    act: post('/containers/subject/rename?name=other'),
    finish: async (host) => {
      const { status } = await ask(host, 'GET', '/containers/other/json')
      if (status === 200) await expectStatus(host, [204], 'POST', '/containers/other/rename?name=subject')
      await startExecRemove(host)
    },
  },
  {
    name: 'container rm',
    prepare: makeAndStart,
    act: remove('/containers/subject?force=1'),
    finish: startExecRemove,
  },
  { name: 'exec', prepare: makeAndStart, act: execSleep, finish: startExecRemove },
  { name: 'volume create', prepare: nothing, act: post('/volumes/create', { Name: 'data' }), finish: remakeVolume },
  {
    name: 'volume rm',
    prepare: (host) => expectStatus(host, [201], 'POST', '/volumes/create', { Name: 'data' }),
    act: remove('/volumes/data'),
    finish: remakeVolume,
  },
  { name: 'image import', prepare: nothing, act: importImage, finish: reimport },
  {
    name: 'image rm',
    prepare: async (host) => void (await importImage(host)),
    act: remove('/images/imported:1'),
    finish: reimport,
  },
  { name: 'image load', prepare: nothing, act: loadImage, finish: reload },
  { name: 'lab up', prepare: nothing, act: (host) => lab(host, 'up'), finish: rebuildLab },
  {
    name: 'lab down',
    prepare: async (host) => void (await lab(host, 'up')),
    act: (host) => lab(host, 'down'),
    finish: rebuildLab,
  },
  { name: 'namespace create', prepare: nothing, act: makeNodes, finish: remakeNode },
  { name: 'link create', prepare: makeNodes, act: post('/trestle/v1/links', link), finish: remakeNode },
  {
    name: 'namespace delete',
    prepare: makeNodes,
    act: remove('/trestle/v1/namespaces/red'),
    finish: remakeNode,
  },
]
