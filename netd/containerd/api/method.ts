import type { Message } from '../message.ts'

/** One call of a gRPC service: its path and the messages either way. */
export interface Method<Request, Response> {
  /** `/package.Service/Method`. */
  path: string
  request: Message<Request>
  response: Message<Response>
}

export function method<Request, Response>(
  path: string,
  request: Message<Request>,
  response: Message<Response>,
): Method<Request, Response> {
  return { path: `/${path}`, request, response }
}
