/** Docker Engine API, "Image": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/Image */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { errors } from '../../api/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { imageHistory } from '../engine/images/history.ts'
import { importImage } from '../engine/images/import.ts'
import { inspectImage } from '../engine/images/inspect.ts'
import { listImages } from '../engine/images/list.ts'
import { loadImages } from '../engine/images/load.ts'
import { pullImage } from '../engine/images/pull.ts'
import { removeImage } from '../engine/images/remove.ts'
import { tagImage } from '../engine/images/tag.ts'
import { bodyStream } from './body.ts'
import { messageOf } from './errors.ts'
import { filters, flag, text, texts, type Query } from './query.ts'
import { hangUp, sendStream } from './stream/answers.ts'
import { importLines, loadLines, pullLines, type JsonMessage } from './image-progress.ts'
import { registryAuth } from './registry-auth.ts'

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

/** Progress as JSON lines. A failure after the head is a line as well, as dockerd has it. */
async function sendMessages(engine: Engine, reply: FastifyReply, messages: AsyncIterable<JsonMessage>): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    try {
      for await (const message of messages) yield `${JSON.stringify(message)}\r\n`
    } catch (error) {
      const message = messageOf(error)
      yield `${JSON.stringify({ errorDetail: { message }, error: message })}\r\n`
    }
  }
  await sendStream(engine, reply, 'application/json', lines())
}

/** What fails before there is anything to tell has a status of its own. */
async function sendFromFirst(
  engine: Engine,
  reply: FastifyReply,
  messages: AsyncGenerator<JsonMessage>,
): Promise<void> {
  const first = await messages.next()
  async function* whole(): AsyncGenerator<JsonMessage> {
    if (first.done !== true) yield first.value
    yield* messages
  }
  await sendMessages(engine, reply, whole())
}

export function imageRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<Route>('/images/json', ({ query }) => listImages(engine, filters(query)))

  app.post<Route>('/images/load', { config: { isStream: true } }, async ({ body, query }, reply) => {
    const archive = bodyStream(body)
    if (archive === undefined)
      throw errors.invalidParameter('the request has no archive in its body: send the one that docker save wrote')
    const isQuiet = text(query, 'quiet') === undefined || flag(query, 'quiet')
    await sendMessages(engine, reply, loadLines(loadImages(engine, archive, hangUp(reply)), { isQuiet }))
  })

  app.post<Route>('/images/create', { config: { isStream: true } }, async ({ query, body, headers }, reply) => {
    const source = text(query, 'fromSrc')
    if (source === undefined || source === '') {
      const reference = pullReference(query)
      const credentials = registryAuth(headers['x-registry-auth'])
      const progress = pullImage(engine, { reference, credentials, signal: hangUp(reply) })
      return sendFromFirst(engine, reply, pullLines(progress, reference))
    }
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
    await sendFromFirst(engine, reply, importLines(importImage(engine, rootfs, options, hangUp(reply))))
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

function pullReference(query: Query): string {
  const tag = text(query, 'tag')
  const name = text(query, 'fromImage') ?? ''
  return tag ? `${name}${tag.startsWith('sha256:') ? '@' : ':'}${tag}` : name
}
