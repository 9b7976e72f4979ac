/** Legacy links in the environment, as moby's daemon/links has them: where the linked container is, what it exposes, what it was told. */
import type { ExposedPort } from '../../store/container-options.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findSandbox } from '../sandbox/find.ts'
import { liveLinks } from '../sandbox/links.ts'
import { variableName } from './environment.ts'
import { exposedNames } from './exposed-ports.ts'

/** Of the links that lead somewhere now: a container that has ended since is left out. */
export function linkEnvironment(engine: Engine, { id, name }: ContainerRecord): string[] {
  return liveLinks(engine, findSandbox(engine, id)).flatMap(({ alias, other, address }) => {
    const target = engine.store.containers.get(other.id)
    if (target === undefined) return []
    const prefix = alias.toUpperCase().replaceAll('-', '_')
    return [
      ...portVariables(prefix, address, target.options.network.exposedPorts),
      `${prefix}_NAME=/${name}/${alias}`,
      ...target.options.process.environment
        .filter((variable) => variable.includes('=') && !['HOME', 'PATH'].includes(variableName(variable)))
        .map((variable) => `${prefix}_ENV_${variable}`),
    ]
  })
}

interface Port {
  number: number
  protocol: string
}

function portVariables(prefix: string, address: string, exposed: ExposedPort[]): string[] {
  const ports = exposedNames(exposed)
    .map((name): Port => {
      const [number, protocol = ''] = name.split('/')
      return { number: Number(number), protocol }
    })
    // TCP first where both have the number.
    .toSorted((one, other) => one.number - other.number || (one.protocol === 'tcp' ? -1 : 1))
  const url = ({ number, protocol }: Port): string => `${protocol}://${address}:${number}`
  const named = ({ number, protocol }: Port): string => `${prefix}_PORT_${number}_${protocol.toUpperCase()}`
  return [
    ...ports.slice(0, 1).map((port) => `${prefix}_PORT=${url(port)}`),
    ...rows(ports).flatMap(([first, last]) => [
      `${named(first)}_START=${url(first)}`,
      `${named(first)}_ADDR=${address}`,
      `${named(first)}_PROTO=${first.protocol}`,
      `${named(first)}_PORT_START=${first.number}`,
      `${named({ ...last, number: first.number })}_END=${url(last)}`,
      `${named({ ...last, number: first.number })}_PORT_END=${last.number}`,
    ]),
    ...ports.flatMap((port) => [
      `${named(port)}=${url(port)}`,
      `${named(port)}_ADDR=${address}`,
      `${named(port)}_PORT=${port.number}`,
      `${named(port)}_PROTO=${port.protocol}`,
    ]),
  ]
}

/** First and last of three and more that follow one another. */
function rows(ports: Port[]): [first: Port, last: Port][] {
  const found: [Port, Port][] = []
  let start = 0
  for (let at = 1; at <= ports.length; at++) {
    if (at < ports.length && ports[at]!.number <= ports[at - 1]!.number + 1) continue
    if (at - start > 2) found.push([ports[start]!, ports[at - 1]!])
    start = at
  }
  return found
}
