/** What a container wrote: logs and attach, byte for byte; and how it ended. */
import { filter, image, type Step } from './step.ts'

const talk = 'echo out; echo err >&2; printf "no newline"; exit 3'

export const output: Step[] = [
  {
    name: 'container create, talking',
    method: 'POST',
    path: '/containers/create?name=talk',
    body: { Image: image, Cmd: ['sh', '-c', talk], Labels: { part: 'output' }, HostConfig: { NetworkMode: 'none' } },
    capture: 'talk',
  },
  { name: 'logs, created', method: 'GET', path: '/containers/{talk}/logs?stdout=1', isStream: true },
  { name: 'container start, talking', method: 'POST', path: '/containers/{talk}/start' },
  {
    name: 'container wait, talking',
    method: 'POST',
    path: '/containers/{talk}/wait',
    values: ({ StatusCode }) => StatusCode,
  },
  {
    name: 'container inspect, talking',
    method: 'GET',
    path: '/containers/{talk}/json',
    values: ({ State }) => [State.Status, State.ExitCode, State.Running, State.Error],
  },
  { name: 'logs, stdout', method: 'GET', path: '/containers/{talk}/logs?stdout=1', isStream: true },
  { name: 'logs, stderr', method: 'GET', path: '/containers/{talk}/logs?stderr=1', isStream: true },
  { name: 'logs, followed', method: 'GET', path: '/containers/{talk}/logs?stdout=1&follow=1', isStream: true },
  { name: 'logs, with times', method: 'GET', path: '/containers/{talk}/logs?stdout=1&timestamps=1', isStream: true },
  { name: 'logs, with details', method: 'GET', path: '/containers/{talk}/logs?stdout=1&details=1', isStream: true },
  { name: 'logs, the last line', method: 'GET', path: '/containers/{talk}/logs?stdout=1&tail=1', isStream: true },
  { name: 'logs, none', method: 'GET', path: '/containers/{talk}/logs?stdout=1&tail=0', isStream: true },
  {
    name: 'logs, from the future',
    method: 'GET',
    path: '/containers/{talk}/logs?stdout=1&since=9999999999',
    isStream: true,
  },
  { name: 'logs, bad since', method: 'GET', path: '/containers/{talk}/logs?stdout=1&since=yesterday' },
  { name: 'logs, unknown container', method: 'GET', path: '/containers/nothere/logs?stdout=1' },
  { name: 'attach, its past', method: 'POST', path: '/containers/{talk}/attach?logs=1&stdout=1', isStream: true },
  { name: 'attach, unknown container', method: 'POST', path: '/containers/nothere/attach?stream=1' },
  {
    name: 'attach, bad keys',
    method: 'POST',
    path: '/containers/{talk}/attach?logs=1&stdout=1&detachKeys=ctrl-%C3%A4',
  },
  {
    name: 'container create, on a terminal',
    method: 'POST',
    path: '/containers/create?name=terminal',
    body: { Image: image, Cmd: ['sh', '-c', 'echo out; echo err >&2'], Tty: true, HostConfig: { NetworkMode: 'none' } },
    capture: 'terminal',
  },
  { name: 'container start, on a terminal', method: 'POST', path: '/containers/{terminal}/start' },
  { name: 'container wait, on a terminal', method: 'POST', path: '/containers/{terminal}/wait' },
  { name: 'logs, of a terminal', method: 'GET', path: '/containers/{terminal}/logs?stdout=1&stderr=1', isStream: true },
  {
    name: 'container prune, another label',
    method: 'POST',
    path: `/containers/prune?filters=${filter({ label: ['part=none'] })}`,
  },
  {
    name: 'container prune, by label',
    method: 'POST',
    path: `/containers/prune?filters=${filter({ label: ['part=output'] })}`,
    values: ({ ContainersDeleted }) => ContainersDeleted.length,
  },
  {
    name: 'container prune, unknown filter',
    method: 'POST',
    path: `/containers/prune?filters=${filter({ colour: ['red'] })}`,
  },
  { name: 'container rm, of a terminal', method: 'DELETE', path: '/containers/{terminal}' },
]
