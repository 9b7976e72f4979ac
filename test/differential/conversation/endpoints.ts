/** Connecting and disconnecting. */
import { image, type Step } from './step.ts'

export const endpoints: Step[] = [
  {
    name: 'network connect',
    method: 'POST',
    path: '/networks/{back}/connect',
    body: { Container: 'web', EndpointConfig: { IPAMConfig: { IPv4Address: '10.66.0.9' }, Aliases: ['www'] } },
  },
  { name: 'network connect, again', method: 'POST', path: '/networks/{back}/connect', body: { Container: 'web' } },
  {
    name: 'network connect, unknown network',
    method: 'POST',
    path: '/networks/nothere/connect',
    body: { Container: 'web' },
  },
  {
    name: 'network connect, unknown container',
    method: 'POST',
    path: '/networks/{back}/connect',
    body: { Container: 'nothere' },
  },
  {
    name: 'container create, for connecting',
    method: 'POST',
    path: '/containers/create?name=third',
    body: { Image: image, Cmd: ['sleep', '600'] },
    capture: 'third',
  },
  { name: 'container start, for connecting', method: 'POST', path: '/containers/{third}/start' },
  {
    name: 'network connect, address taken',
    method: 'POST',
    path: '/networks/{back}/connect',
    body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '10.66.0.9' } } },
  },
  {
    name: 'network connect, address outside',
    method: 'POST',
    path: '/networks/{back}/connect',
    body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '10.77.0.9' } } },
  },
  {
    name: 'network connect, malformed address',
    method: 'POST',
    path: '/networks/{back}/connect',
    body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '10.66.0.999' } } },
  },
  {
    name: 'network connect, static address on a network without a subnet',
    method: 'POST',
    path: '/networks/{front}/connect',
    body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '172.18.0.9' } } },
  },
  { name: 'network connect, host', method: 'POST', path: '/networks/host/connect', body: { Container: 'third' } },
  { name: 'network connect, none', method: 'POST', path: '/networks/none/connect', body: { Container: 'third' } },
  { name: 'container inspect, two networks', method: 'GET', path: '/containers/{web}/json' },
  { name: 'network disconnect', method: 'POST', path: '/networks/{back}/disconnect', body: { Container: 'web' } },
  {
    name: 'network disconnect, again',
    method: 'POST',
    path: '/networks/{back}/disconnect',
    body: { Container: 'web' },
  },
  {
    name: 'network disconnect, unknown container',
    method: 'POST',
    path: '/networks/{back}/disconnect',
    body: { Container: 'nothere' },
  },
]
