/** A container from create to start, on a network with a published port. */
import { filter, image, type Step } from './step.ts'

export const containers: Step[] = [
  { name: 'container create, unknown image', method: 'POST', path: '/containers/create', body: { Image: 'nothere' } },
  { name: 'container create, no image', method: 'POST', path: '/containers/create', body: {} },
  { name: 'container create, bad name', method: 'POST', path: '/containers/create?name=a/b', body: { Image: image } },
  {
    name: 'container create, bad port',
    method: 'POST',
    path: '/containers/create',
    body: { Image: image, HostConfig: { PortBindings: { 'http/tcp': [{ HostPort: '80' }] } } },
  },
  {
    name: 'container create, bad host port',
    method: 'POST',
    path: '/containers/create',
    body: { Image: image, HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '99999' }] } } },
  },
  {
    name: 'container create',
    method: 'POST',
    path: '/containers/create?name=web',
    body: {
      Image: image,
      Cmd: ['sleep', '600'],
      Hostname: 'web',
      Env: ['A=1'],
      Labels: { a: 'b' },
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { NetworkMode: 'front', PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
    },
    capture: 'web',
  },
  { name: 'container create, same name', method: 'POST', path: '/containers/create?name=web', body: { Image: image } },
  { name: 'container inspect, created', method: 'GET', path: '/containers/{web}/json' },
  { name: 'container list, all', method: 'GET', path: '/containers/json?all=1' },
  { name: 'container start', method: 'POST', path: '/containers/{web}/start' },
  { name: 'container start, again', method: 'POST', path: '/containers/{web}/start' },
  { name: 'container start, unknown', method: 'POST', path: '/containers/nothere/start' },
  {
    name: 'container inspect, running',
    method: 'GET',
    path: '/containers/{web}/json',
    values: (body) => body.NetworkSettings.Ports['80/tcp'][0],
  },
  { name: 'container list', method: 'GET', path: '/containers/json' },
  {
    name: 'container list, bad status',
    method: 'GET',
    path: `/containers/json?filters=${filter({ status: ['asleep'] })}`,
  },
  { name: 'container list, bad limit', method: 'GET', path: '/containers/json?limit=many' },
  {
    name: 'container list, by label',
    method: 'GET',
    path: `/containers/json?filters=${filter({ label: ['a=b'] })}`,
    values: (body) => body[0].Names,
  },
  {
    name: 'container list, unknown filter',
    method: 'GET',
    path: `/containers/json?filters=${filter({ colour: ['red'] })}`,
  },
  { name: 'container top', method: 'GET', path: '/containers/{web}/top' },
  { name: 'network inspect, with a container', method: 'GET', path: '/networks/{front}' },
  { name: 'network rm, in use', method: 'DELETE', path: '/networks/{front}' },
]
