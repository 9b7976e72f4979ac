/** The API as one fastify instance; ./listen.ts puts it on sockets. */
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { finished } from 'node:stream/promises'
import { errors } from '../../api/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { bodyParsers } from './body.ts'
import { containerRoutes } from './containers.ts'
import { containerStreamRoutes } from './container-streams.ts'
import { eventRoutes } from './events.ts'
import { execRoutes } from './exec.ts'
import { explainRoutes } from './explain.ts'
import { expected, messageOf, oneLine } from './errors.ts'
import { graphRoutes } from './graph.ts'
import { imageRoutes } from './images.ts'
import { linkRoutes } from './links.ts'
import { namespaceRoutes } from './namespaces.ts'
import { networkRoutes } from './networks.ts'
import { pluginRoutes, swarmRoutes } from './swarm.ts'
import { portRoutes } from './ports.ts'
import { systemRoutes } from './system.ts'
import { isUpgrade, upgradeBodies } from './stream/upgrade.ts'
import { apiVersion, dockerHeaders, negotiate, withoutVersion } from './versions.ts'
import { volumeRoutes } from './volumes.ts'

declare module 'fastify' {
  interface FastifyRequest {
    apiVersion: string
  }
}

export async function openServer(engine: Engine): Promise<FastifyInstance> {
  const { bodyLimitBytes } = engine.config
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    rewriteUrl: (request) => withoutVersion(request.url ?? '/'),
    // More than node's limit on a request's head (16 KiB): what is too long for a name is not found, like any other.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, _request, reply) => {
      const known = expected(error, bodyLimitBytes) ?? errors.internal(messageOf(error))
      void (reply as FastifyReply)
        .headers(dockerHeaders)
        .code(known.status)
        .send({ message: oneLine(known.message) })
    },
  })
  bodyParsers(app)
  upgradeBodies(app)
  app.decorateRequest('apiVersion', apiVersion)

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(dockerHeaders)
    engine.log.debug('request', { method: request.method, url: request.originalUrl })
    request.apiVersion = negotiate(request.originalUrl)
    // Whoever pings or changes something is about to want the kernel; reads seldom do.
    if (request.method !== 'GET') engine.kernel.wake()
  })
  app.addHook('onSend', async (_request, reply) => {
    // Without a charset, as Go sends it.
    if (reply.getHeader('content-type')?.toString().startsWith('application/json'))
      reply.header('content-type', 'application/json')
  })
  app.setNotFoundHandler(() => {
    throw errors.pageNotFound()
  })
  app.setErrorHandler(async (error, request, reply) => {
    // A page that is not there is not there whatever is wrong with the request besides.
    const known = request.is404 ? errors.pageNotFound() : expected(error, bodyLimitBytes)
    const hasLeft = request.raw.destroyed && !request.raw.complete
    if (known === undefined && !hasLeft) {
      engine.log.error(`${request.method} ${request.originalUrl}: ${messageOf(error)}`, {
        stack: error instanceof Error ? error.stack : undefined,
      })
    }
    const { status, message } = known ?? errors.internal(messageOf(error))
    // A client that still writes would meet a closed socket before it reads why.
    if (known?.code === 'bodyTooLarge' && !isUpgrade(request.raw)) await drained(request.raw)
    return reply.code(status).send({ message: oneLine(message) })
  })

  for (const routes of [
    systemRoutes,
    eventRoutes,
    containerRoutes,
    containerStreamRoutes,
    execRoutes,
    imageRoutes,
    networkRoutes,
    swarmRoutes,
    pluginRoutes,
    volumeRoutes,
    namespaceRoutes,
    linkRoutes,
    portRoutes,
    graphRoutes,
    explainRoutes,
  ]) {
    routes(app, engine)
  }
  await app.ready()
  return app
}

/** Resolves also when the client goes away: then nobody is left to read the answer. */
async function drained(request: IncomingMessage): Promise<void> {
  if (request.complete) return
  try {
    await finished(request.resume())
  } catch {
    // The connection broke.
  }
}
