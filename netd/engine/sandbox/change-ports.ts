/** Ports published, and taken back, while the sandbox is open; or noted for its next opening. The caller holds its lock. */
import { errors } from '../../../api/errors.ts'
import { cut, type PortChoice } from '../../store/port-rows.ts'
import type { PortBinding, PublishedPort, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOf, type ActiveEndpoint } from './endpoints.ts'
import { bindWishes, boundPorts, publishedEndpoint, publishIntent } from './publish-ports.ts'
import { Undo } from './undo.ts'

/** All or none of them. What is published already stays as it is. */
export async function addPorts(engine: Engine, sandbox: SandboxRecord, wishes: PortBinding[]): Promise<void> {
  if (sandbox.namespace.kind !== 'own')
    throw errors.conflict(
      `container ${sandbox.name} has no network of its own: publish on the container, or the host, whose network it shares`,
    )
  if (sandbox.isOpen) await publish(engine, sandbox, wishes)
  else refuseTwice(sandbox, wishes)
  sandbox.portBindings = [...sandbox.portBindings, ...wishes]
  engine.store.sandboxes.put(sandbox.id, sandbox)
}

/** What the proxy says of one that is open: it would keep the sandbox from being opened. */
function refuseTwice({ name, portBindings }: SandboxRecord, wishes: PortBinding[]): void {
  const all = [...portBindings, ...wishes].filter(isFixed)
  for (const wish of wishes.filter(isFixed)) {
    const isTwice = all.some(
      (other) =>
        other !== wish &&
        other.protocol === wish.protocol &&
        other.hostAddress === wish.hostAddress &&
        other.hostPort <= wish.hostPortEnd &&
        wish.hostPort <= other.hostPortEnd,
    )
    if (isTwice)
      throw errors.conflict(
        `container ${name} has published ${hostText(wish)}/${wish.protocol} already: it would not start with both`,
      )
  }
}

/** Every one of its host ports is wanted, and not any one of them. */
const isFixed = ({ hostPort, hostPortEnd, containerPort, containerPortEnd }: PortBinding): boolean =>
  hostPort > 0 && hostPortEnd - hostPort === containerPortEnd - containerPort

const hostText = ({ hostAddress, hostPort, hostPortEnd }: PortBinding): string =>
  `${hostAddress === '' ? '' : `${hostAddress}:`}${span(hostPort, hostPortEnd)}`

async function publish(engine: Engine, sandbox: SandboxRecord, wishes: PortBinding[]): Promise<void> {
  const endpoint = publishedEndpoint(engine, activeEndpointsOf(engine, sandbox))
  if (endpoint === undefined)
    throw errors.conflict(
      `container ${sandbox.name} is on no network that publishes ports: connect it to a bridge network that is not internal first`,
    )
  const undo = new Undo(engine, `container ${sandbox.name}, after a failed publish`)
  await undo.onFailure(async () => {
    const had = sandbox.ports
    const bound = await bindWishes(engine, sandbox, endpoint, wishes)
    const isHad = (port: PublishedPort): boolean => had.some((held) => isSameSocket(held, port))
    const again = bound.find(isHad)
    const fresh = bound.filter((port) => !isHad(port))
    undo.defer(() => boundPorts(fresh).length > 0 && engine.proxy.release(sandbox.id, boundPorts(fresh)))
    if (again !== undefined)
      throw errors.conflict(
        `container ${sandbox.name} has published ${again.hostAddress}:${again.hostPort}/${again.protocol} already`,
      )
    await change(engine, endpoint, had, [...had, ...fresh])
    sandbox.ports = [...had, ...fresh]
    await forget(engine, sandbox, engine.firewall.flushSteps(publishIntent(engine, endpoint, boundPorts(fresh))))
  })
}

const isSameSocket = (one: PublishedPort, other: PublishedPort): boolean =>
  one.hostAddress === other.hostAddress &&
  one.hostPort === other.hostPort &&
  one.protocol === other.protocol &&
  (one.hostPort !== 0 || one.containerPort === other.containerPort)

/** Connections that came by them end. 404 when there is none of that description. */
export async function removePorts(engine: Engine, sandbox: SandboxRecord, choice: PortChoice): Promise<void> {
  const chosen = sandbox.ports.flatMap((port) => cut(port, choice)?.chosen ?? [])
  const bindings = withoutChosen(sandbox.portBindings, choice, chosen)
  if (bindings === undefined) throw errors.portNotPublished(sandbox.name, `${choiceText(choice)}/${choice.protocol}`)
  const left = sandbox.ports.flatMap((port) => cut(port, choice)?.rest ?? [port])
  const endpoint = publishedEndpoint(engine, activeEndpointsOf(engine, sandbox))
  if (endpoint !== undefined && chosen.length > 0) {
    await change(engine, endpoint, sandbox.ports, left)
    if (boundPorts(chosen).length > 0) await engine.proxy.release(sandbox.id, boundPorts(chosen))
    await forget(
      engine,
      sandbox,
      engine.firewall.flushSteps(publishIntent(engine, endpoint, boundPorts(chosen)), ['tcp', 'udp', 'sctp']),
    )
  }
  sandbox.ports = left
  sandbox.portBindings = bindings
  engine.store.sandboxes.put(sandbox.id, sandbox)
}

async function change(
  engine: Engine,
  endpoint: ActiveEndpoint,
  from: PublishedPort[],
  to: PublishedPort[],
): Promise<void> {
  const steps = engine.firewall.changeSteps(publishIntent(engine, endpoint, from), publishIntent(engine, endpoint, to))
  if (steps.length > 0) await engine.kernel.apply(steps)
}

/** A failure is told, and is no reason to take anything back. */
async function forget(
  engine: Engine,
  { name }: SandboxRecord,
  steps: Parameters<Engine['kernel']['teardown']>[0],
): Promise<void> {
  if (steps.length === 0) return
  for (const { message } of await engine.kernel.teardown(steps))
    engine.log.warn(`container ${name}: flows from before may go on: ${message}`)
}

/**
 * The wishes that are left; undefined when none is meant. One for any free port is meant without a host port, or by the one
 * that it got; one for every address only without an address, because half of it could not be said.
 */
function withoutChosen(
  bindings: PortBinding[],
  choice: PortChoice,
  chosen: PublishedPort[],
): PortBinding[] | undefined {
  const left: PortBinding[] = []
  let isAny = false
  /** Of those for any free port, as many as were found at their ports. */
  let free = chosen.length
  for (const binding of bindings) {
    const rest = restOf(binding, choice, free > 0)
    if (rest !== undefined && binding.hostPort === 0 && choice.hostPort !== undefined) free = 0
    isAny ||= rest !== undefined
    left.push(...(rest ?? [binding]))
  }
  return isAny ? left : undefined
}

function restOf(binding: PortBinding, choice: PortChoice, isFound: boolean): PortBinding[] | undefined {
  const { hostAddress, hostPort, hostPortEnd, containerPort, containerPortEnd, protocol } = binding
  if (isFixed(binding)) {
    const count = containerPortEnd - containerPort + 1
    const parts = cut({ hostAddress, hostPort, containerPort, protocol, count }, choice)
    return parts?.rest.map((row) => piece(binding, row.containerPort, row.containerPort + (row.count ?? 1) - 1))
  }
  const { hostPort: first, hostPortEnd: last = first } = choice
  const isMeant =
    first === undefined || (hostPort === 0 ? isFound : hostPort <= first && (last ?? first) <= hostPortEnd && isFound)
  const from = Math.max(containerPort, choice.containerPort)
  const to = Math.min(containerPortEnd, choice.containerPortEnd)
  if (!isMeant || protocol !== choice.protocol || from > to) return undefined
  if (choice.hostAddress !== undefined && choice.hostAddress !== hostAddress) return undefined
  return [
    ...(from > containerPort ? [piece(binding, containerPort, from - 1)] : []),
    ...(to < containerPortEnd ? [piece(binding, to + 1, containerPortEnd)] : []),
  ]
}

/** These container ports of a wish, with the host ports that go with them. */
function piece(binding: PortBinding, from: number, to: number): PortBinding {
  const { hostPort, hostPortEnd, containerPort } = binding
  const hosts = isFixed(binding)
    ? { hostPort: hostPort + from - containerPort, hostPortEnd: hostPort + to - containerPort }
    : { hostPort, hostPortEnd }
  return { ...binding, ...hosts, containerPort: from, containerPortEnd: to }
}

const choiceText = ({ hostAddress, hostPort, hostPortEnd, containerPort, containerPortEnd }: PortChoice): string =>
  [hostAddress, hostPort === undefined ? undefined : span(hostPort, hostPortEnd), span(containerPort, containerPortEnd)]
    .filter((part) => part !== undefined)
    .join(':')

const span = (first: number, last = first): string => (first === last ? String(first) : `${first}-${last}`)
