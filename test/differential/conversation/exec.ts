/** Commands inside. */
import { type Step } from './step.ts'

export const exec: Step[] = [
  { name: 'exec create', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['true'], AttachStdout: true }, capture: 'exec' },
  { name: 'exec create, no command', method: 'POST', path: '/containers/{web}/exec', body: { AttachStdout: true } },
  { name: 'exec create, unknown container', method: 'POST', path: '/containers/nothere/exec', body: { Cmd: ['true'] } },
  { name: 'exec inspect', method: 'GET', path: '/exec/{exec}/json' },
  { name: 'exec start', method: 'POST', path: '/exec/{exec}/start', body: { Detach: false } },
  { name: 'exec inspect, ended', method: 'GET', path: '/exec/{exec}/json' },
  { name: 'exec inspect, unknown', method: 'GET', path: '/exec/nothere/json' },
  { name: 'exec start, again', method: 'POST', path: '/exec/{exec}/start', body: { Detach: false } },
  { name: 'exec start, unknown', method: 'POST', path: '/exec/nothere/start', body: { Detach: false } },
  { name: 'exec create, with output', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['sh', '-c', 'echo out; exit 4'], AttachStdout: true, AttachStderr: true }, capture: 'loud' },
  { name: 'exec start, with output', method: 'POST', path: '/exec/{loud}/start', body: { Detach: false }, isStream: true },
  { name: 'exec inspect, with output', method: 'GET', path: '/exec/{loud}/json', values: ({ ExitCode, Running }) => [ExitCode, Running] },
  { name: 'exec create, on a terminal', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['sh', '-c', 'echo out; echo err >&2'], AttachStdout: true, AttachStderr: true, Tty: true }, capture: 'terminal' },
  { name: 'exec start, on a terminal', method: 'POST', path: '/exec/{terminal}/start', body: { Detach: false, Tty: true }, isStream: true },
  { name: 'exec create, detached', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['true'] }, capture: 'detached' },
  { name: 'exec start, detached', method: 'POST', path: '/exec/{detached}/start', body: { Detach: true } },
  { name: 'exec create, no such command', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['no-such-program'], AttachStdout: true, AttachStderr: true }, capture: 'missing' },
  { name: 'exec start, no such command', method: 'POST', path: '/exec/{missing}/start', body: { Detach: false }, isStream: true },
  { name: 'exec inspect, no such command', method: 'GET', path: '/exec/{missing}/json', values: ({ ExitCode, Running }) => [ExitCode, Running] },
  { name: 'exec create, not a program', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['/etc'], AttachStdout: true }, capture: 'folder' },
  { name: 'exec start, not a program', method: 'POST', path: '/exec/{folder}/start', body: { Detach: false }, isStream: true },
  { name: 'exec inspect, not a program', method: 'GET', path: '/exec/{folder}/json', values: ({ ExitCode }) => ExitCode },
  { name: 'exec create, detached, no such command', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['no-such-program'] }, capture: 'unseen' },
  { name: 'exec start, detached, no such command', method: 'POST', path: '/exec/{unseen}/start', body: { Detach: true } },
]
