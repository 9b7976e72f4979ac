/** What cannot be done to a container in the state that it is in, in dockerd's sentences and with its statuses. */
import { errors, type ApiError } from '../../../api/errors.ts'
import { EndedError } from '../../containerd/launcher.ts'
import type { ContainerRecord, ContainerStatus } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { statusOf } from './status.ts'

interface Subject {
  id: string
  /** As the client named it. */
  reference: string
}

/** `unchanged` is no error: it is so already (304). */
type Answer = 'unchanged' | ((subject: Subject) => ApiError)
type Row = Partial<Record<ContainerStatus, Answer>>

const conflict =
  (sentence: (subject: Subject) => string): Answer =>
  (subject) =>
    errors.conflict(sentence(subject))
const withoutProcess = (answer: Answer): Row => ({ created: answer, exited: answer, removing: answer, dead: answer })

const notRunning = conflict(({ id }) => `Container ${id} is not running`)
const restarting = conflict(({ id }) => `Container ${id} is restarting, wait until the container is running`)
const markedForRemoval = conflict(() => 'container is marked for removal and cannot be started')
const notPaused = conflict(({ id }) => `Container ${id} is not paused`)
const notKilled = conflict(({ id, reference }) => `Cannot kill container: ${reference}: Container ${id} is not running`)
const mustStopFirst = (status: ContainerStatus, procedure: string): Answer =>
  conflict(
    ({ id }) => `You cannot remove a ${status} container ${id}. ${procedure} before attempting removal or force remove`,
  )

export const pausedForExec = (reference: string): ApiError =>
  errors.conflict(`Container ${reference} is paused, unpause the container before exec`)

const refusals = {
  start: {
    paused: conflict(() => 'cannot start a paused container, try unpause instead'),
    running: 'unchanged',
    restarting: 'unchanged',
    removing: markedForRemoval,
    dead: markedForRemoval,
  },
  stop: withoutProcess('unchanged'),
  kill: withoutProcess(notKilled),
  pause: {
    ...withoutProcess(notRunning),
    restarting,
    paused: conflict(({ id }) => `Container ${id} is already paused`),
  },
  unpause: { ...withoutProcess(notPaused), restarting: notPaused, running: notPaused },
  exec: {
    ...withoutProcess(notRunning),
    restarting,
    paused: ({ reference }) => pausedForExec(reference),
  },
  attach: {
    paused: conflict(({ reference }) => `container ${reference} is paused, unpause the container before attach`),
    restarting: conflict(
      ({ reference }) => `container ${reference} is restarting, wait until the container is running`,
    ),
  },
  /** What needs a process to ask, or to join. */
  inspectProcess: { ...withoutProcess(notRunning), restarting },
  remove: {
    running: mustStopFirst('running', 'Stop the container'),
    paused: mustStopFirst('paused', 'Unpause and then stop the container'),
    restarting: mustStopFirst('restarting', 'Stop the container'),
  },
} as const satisfies Record<string, Row>

export const removalInProgress = (reference: string): ApiError =>
  errors.conflict(`removal of container ${reference} is already in progress`)

export type Operation = keyof typeof refusals

/** For a request of a process that the state still has and the host has not. */
export async function whileRunning<Result>(id: string, request: Promise<Result>): Promise<Result> {
  try {
    return await request
  } catch (error) {
    throw error instanceof EndedError ? errors.conflict(`Container ${id} is not running`) : error
  }
}

/** False when there is nothing to do. Throws dockerd's refusal. */
export function permits(
  engine: Pick<Engine, 'lives'>,
  operation: Operation,
  container: ContainerRecord,
  reference: string = container.id,
): boolean {
  const row: Row = refusals[operation]
  // A killed process that was frozen now could not die.
  const isDying = operation === 'pause' && engine.lives.of(container.id).isKilled
  const answer = row[isDying ? 'exited' : statusOf(engine, container)]
  if (answer === undefined) return true
  if (answer === 'unchanged') return false
  throw answer({ id: container.id, reference })
}
