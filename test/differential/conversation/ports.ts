/** Published ports: one that is taken, and one that is published without being exposed. */
import { image, type Step } from './step.ts'

export const ports: Step[] = [
  {
    name: 'container create, port taken',
    method: 'POST',
    path: '/containers/create?name=second',
    body: {
      Image: image,
      Cmd: ['sleep', '600'],
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
    },
    capture: 'second',
  },
  { name: 'container start, port taken', method: 'POST', path: '/containers/{second}/start' },
  { name: 'container inspect, failed start', method: 'GET', path: '/containers/{second}/json' },
  { name: 'container rm, failed start', method: 'DELETE', path: '/containers/{second}' },
  {
    name: 'container create, not exposed',
    method: 'POST',
    path: '/containers/create?name=bare',
    body: { Image: image, Cmd: ['sleep', '600'], HostConfig: { PortBindings: { '81/tcp': [{ HostPort: '8081' }] } } },
    capture: 'bare',
  },
  { name: 'container start, not exposed', method: 'POST', path: '/containers/{bare}/start' },
  { name: 'container inspect, not exposed', method: 'GET', path: '/containers/{bare}/json' },
  { name: 'container rm, not exposed', method: 'DELETE', path: '/containers/{bare}?force=1' },
]
