/** Request bodies: JSON with dockerd's complaints, or, on routes marked `isStream`, the stream itself. */
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { errors } from '../../api/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is not JSON: the handler reads `request.body` as a Readable. */
    isStream?: boolean
  }
}

export function bodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()

  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as string))
    } catch (error) {
      done(error as Error)
    }
  })

  app.addContentTypeParser('*', (request, payload, done) => {
    if (request.routeOptions.config.isStream) return done(null, payload)
    // The docker CLI sends `text/plain` with nothing in it; only a body that would be read can be of the wrong type.
    if (request.headers['content-length'] === '0') return done(null, undefined)
    const type = request.headers['content-type'] ?? ''
    done(errors.invalidParameter(`Content-Type specified (${type}) must be 'application/json'`))
  })
}

/** The body of an `isStream` route; undefined when there is none, or it is JSON, which dockerode sends with everything. */
export function bodyStream(body: unknown): Readable | undefined {
  return body instanceof Readable ? body : undefined
}

/** Undefined for an empty body: whether one is needed is the schema's to say. */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw errors.invalidParameter(`invalid JSON in the request body: ${(error as Error).message}`)
  }
}
