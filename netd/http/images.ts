/** Docker Engine API, "Image": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Image */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { errors } from '../../api/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { findImage } from '../engine/images/find.ts'
import { imageHistory } from '../engine/images/history.ts'
import { importImage } from '../engine/images/import.ts'
import { inspectImage } from '../engine/images/inspect.ts'
import { listImages } from '../engine/images/list.ts'
import { loadImages } from '../engine/images/load.ts'
import { removeImage } from '../engine/images/remove.ts'
import { tagImage } from '../engine/images/tag.ts'
import { bodyStream } from './body.ts'
import { messageOf } from './errors.ts'
import { filters, flag, text, texts, type Query } from './query.ts'
import { sendStream } from './stream/answers.ts'

interface Route {
  /** An image's name has slashes of its own, so the verb behind it is found from the end. */
  Params: { '*': string }
  Querystring: Query
}

/** `web/json` is name `web` and verb `json`; 404 for a path that ends in none of the verbs. */
function split(path: string, verbs: readonly string[]): { name: string; verb: string } {
  const at = path.lastIndexOf('/')
  const verb = path.slice(at + 1)
  if (at <= 0 || !verbs.includes(verb)) throw errors.pageNotFound()
  return { name: path.slice(0, at), verb }
}

/** Progress as JSON lines; an error after the head is a line as well, as dockerd has it. */
async function asProgress(engine: Engine, reply: FastifyReply, work: () => Promise<object[]>): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    try {
      for (const line of await work()) yield `${JSON.stringify(line)}\r\n`
    } catch (error) {
      const message = messageOf(error)
      yield `${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`
    }
  }
  await sendStream(engine, reply, 'application/json', lines())
}

export function imageRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<Route>('/images/json', ({ query }) => listImages(engine, filters(query)))

  app.post<Route>('/images/load', { config: { isStream: true } }, async ({ body }, reply) => {
    const archive = bodyStream(body)
    if (archive === undefined)
      throw errors.invalidParameter('the request has no archive in its body: send the one that docker save wrote')
    await asProgress(engine, reply, async () => (await loadImages(engine, archive)).map((line) => ({ stream: line })))
  })

  app.post<Route>('/images/create', { config: { isStream: true } }, async ({ query, body }, reply) => {
    const source = text(query, 'fromSrc')
    if (source === undefined || source === '') return pull(engine, query, reply)
    if (source !== '-')
      throw errors.notSupported(
        `importing from ${source} is not supported: send the root file system in the body, fromSrc=-`,
      )
    const rootfs = bodyStream(body)
    if (rootfs === undefined)
      throw errors.invalidParameter(
        'the request has no archive in its body: send the root file system as a tar archive',
      )
    const options = {
      repository: text(query, 'repo'),
      tag: text(query, 'tag'),
      message: text(query, 'message'),
      changes: texts(query, 'changes'),
    }
    const status = await importImage(engine, rootfs, options)
    await asProgress(engine, reply, async () => [{ status }])
  })

  app.get<Route>('/images/*', async ({ params }) => {
    const { name, verb } = split(params['*'], ['json', 'history'])
    return verb === 'json' ? inspectImage(engine, name) : imageHistory(engine, name)
  })

  app.post<Route>('/images/*', async ({ params, query }, reply) => {
    const { name } = split(params['*'], ['tag'])
    await tagImage(engine, name, text(query, 'repo') ?? '', text(query, 'tag') ?? '')
    return reply.code(201).send()
  })

  app.delete<Route>('/images/*', ({ params, query }) => removeImage(engine, params['*'], flag(query, 'force')))
}

/** There is no registry client yet; an image that is here (or is the embedded one) is as good as pulled. */
async function pull(engine: Engine, query: Query, reply: FastifyReply): Promise<void> {
  const tag = text(query, 'tag')
  const name = text(query, 'fromImage') ?? ''
  const reference = tag ? `${name}${tag.startsWith('sha256:') ? '@' : ':'}${tag}` : name
  const image = await findImage(engine, reference).catch(() => undefined)
  if (image === undefined) {
    throw errors.notSupported(
      `cannot pull ${reference}: netd has no registry client yet; bring the image with docker load, docker import or trestle image load`,
    )
  }
  await asProgress(engine, reply, async () => [{ status: `Status: Image is up to date for ${reference}` }])
}
