/** Request bodies: JSON with dockerd's complaints, or, on routes marked `isStream`, the stream itself. */
import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { errors } from '../../api/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is not JSON: the handler reads `request.body` as a Readable. */
    isStream?: boolean
  }
  interface FastifyRequest {
    /** As the client gave it; empty when it gave none. */
    contentType: string
  }
}

/** A body of another type. As with dockerd, that is a mistake only where a body is read: ./parse.ts says so. */
export class ForeignBody {
  readonly contentType: string

  constructor(contentType: string) {
    this.contentType = contentType
  }
}

/** With parameters that are whole (RFC 9110, 8.3.1), or with none. */
const jsonType = /^\s*application\/json\s*(;\s*[^\s;=]+=("[^"]*"|[^\s;="]+)\s*)*$/i

export function bodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.decorateRequest('contentType', '')

  // Fastify is given two types only: by itself it would refuse what it cannot parse, whether a body is read or not.
  app.addHook('onRequest', async (request) => {
    const { headers } = request.raw
    request.contentType = headers['content-type'] ?? ''
    const isEmpty = Number(headers['content-length'] ?? 0) === 0 && headers['transfer-encoding'] === undefined
    if (jsonType.test(request.contentType) && !isEmpty) headers['content-type'] = 'application/json'
    else delete headers['content-type']
  })

  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as string))
    } catch (error) {
      done(error as Error)
    }
  })

  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (request.routeOptions.config.isStream) return payload
    await finished(payload.resume())
    return new ForeignBody(request.contentType)
  })
}

/** The body of an `isStream` route; undefined when there is none, or it is JSON, which dockerode sends with everything. */
export function bodyStream(body: unknown): Readable | undefined {
  return body instanceof Readable ? body : undefined
}

/** Undefined for an empty body: whether one is needed is the schema's to say. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw errors.invalidParameter(`invalid JSON in the request body: ${(error as Error).message}`)
  }
}
