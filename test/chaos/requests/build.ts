import type { Random } from '../random.ts'
import { mutate, nested } from './mutate.ts'
import { bodyOf, names, parameters, values, waits, type Route } from './routes.ts'
import { frame, type Raw } from './wire.ts'

export interface Mutant extends Raw {
  route: Route
  label: string
}

export function build(route: Route, random: Random): Mutant {
  const path = route.url.replaceAll(/:\w+|\*/g, () => random.pick(names)) + query(random)
  const framed = frame(Buffer.from(body(route, random), random.below(6) === 0 ? 'utf16le' : 'utf8'), random)
  const isUpgrade = random.below(10) === 0
  const headers = [
    `Host: ${random.pick(['netd', '', 'a'.repeat(3000)])}`,
    ...field(
      'Content-Type',
      random.pick(['application/json', 'application/json; charset=utf-16', 'text/plain', '', 'x', undefined]),
    ),
    ...(isUpgrade ? ['Connection: Upgrade', `Upgrade: ${random.pick(['tcp', 'websocket', 'h2c', ''])}`] : []),
    ...(random.below(20) === 0 ? [`X-Registry-Auth: ${random.pick(['e30', '%%%', 'x'.repeat(9000)])}`] : []),
    ...(random.below(20) === 0 ? [`Content-Encoding: ${random.pick(['gzip', 'identity', 'br'])}`] : []),
    ...(random.below(20) === 0 ? [`Expect: ${random.pick(['100-continue', 'x'])}`] : []),
    ...framed.headers,
  ]
  const version = random.pick(['', '/v1.24', '/v1.47', '/v1.99', '/v0', '/vx'])
  const head = `${route.method} ${version}${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`
  const manner = random.pick(['at once', 'at once', 'at once', 'at once', 'half closed', 'slow'] as const)
  return {
    route,
    label: `${route.method} ${path.slice(0, 100)}`,
    bytes: Buffer.concat([Buffer.from(head), framed.bytes]),
    manner,
    isHead: route.method === 'HEAD',
    mustBeAnswered: framed.isWhole && !isUpgrade && !waits.test(route.url),
  }
}

const field = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [`${name}: ${value}`])

function query(random: Random): string {
  const pairs = Array.from({ length: random.below(4) }, () => `${random.pick(parameters)}=${random.pick(values)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function body(route: Route, random: Random): string {
  const template = bodyOf(route)
  const text = template === undefined ? '' : JSON.stringify(mutate(template, random))
  switch (random.below(12)) {
    case 0:
      return text.slice(0, random.below(text.length + 1))
    case 1:
      return nested(2000)
    case 2:
      return String.fromCharCode(...Array.from({ length: 200 }, () => random.below(256)))
    default:
      return text
  }
}
