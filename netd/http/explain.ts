/** /trestle/v1/explain: asked by GET for a person with curl, by POST for a program. */
import type { FastifyInstance } from 'fastify'
import { explainRequest } from '../../api/trestle/explain.ts'
import { explainPacket } from '../engine/explain/explain-packet.ts'
import type { Engine } from '../engine/engine.ts'
import { parse } from './parse.ts'
import { integer, text, type Query } from './query.ts'

export function explainRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<{ Querystring: Query }>('/trestle/v1/explain', ({ query }) =>
    explainPacket(
      engine,
      parse(explainRequest, {
        from: text(query, 'from'),
        to: text(query, 'to'),
        family: text(query, 'family'),
        size: integer(query, 'size'),
      }),
    ),
  )

  app.post('/trestle/v1/explain', ({ body }) => explainPacket(engine, parse(explainRequest, body)))
}
