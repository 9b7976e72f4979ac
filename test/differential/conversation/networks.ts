/** Networks without containers. */
import { filter, type Step } from './step.ts'

export const networks: Step[] = [
  { name: 'network list', method: 'GET', path: '/networks' },
  { name: 'network list, by name', method: 'GET', path: `/networks?filters=${filter({ name: ['bridge'] })}` },
  { name: 'network list, unknown filter', method: 'GET', path: `/networks?filters=${filter({ colour: ['red'] })}` },
  { name: 'network list, bad filters', method: 'GET', path: '/networks?filters=%7B' },
  {
    name: 'network create',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'front', CheckDuplicate: true },
    capture: 'front',
  },
  {
    name: 'network create, again',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'front', CheckDuplicate: true },
  },
  {
    name: 'network create, with a subnet',
    method: 'POST',
    path: '/networks/create',
    body: {
      Name: 'back',
      IPAM: {
        Config: [
          {
            Subnet: '10.66.0.0/24',
            Gateway: '10.66.0.254',
            IPRange: '10.66.0.128/25',
            AuxiliaryAddresses: { a: '10.66.0.130' },
          },
        ],
      },
      Labels: { a: 'b' },
      Options: { 'com.docker.network.driver.mtu': '1400' },
    },
    capture: 'back',
  },
  {
    name: 'network create, overlapping',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x1', IPAM: { Config: [{ Subnet: '10.66.0.0/16' }] } },
  },
  {
    name: 'network create, malformed subnet',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x2', IPAM: { Config: [{ Subnet: '10.67.0.0/33' }] } },
  },
  {
    name: 'network create, not a subnet',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x3', IPAM: { Config: [{ Subnet: 'what' }] } },
  },
  {
    name: 'network create, gateway outside',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x4', IPAM: { Config: [{ Subnet: '10.68.0.0/24', Gateway: '10.69.0.1' }] } },
  },
  {
    name: 'network create, range outside',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x5', IPAM: { Config: [{ Subnet: '10.68.0.0/24', IPRange: '10.69.0.0/25' }] } },
  },
  {
    name: 'network create, gateway without subnet',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x6', IPAM: { Config: [{ Gateway: '10.69.0.1' }] } },
  },
  {
    name: 'network create, unknown driver',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x7', Driver: 'warp' },
  },
  { name: 'network create, no name', method: 'POST', path: '/networks/create', body: { Name: '' } },
  { name: 'network create, bad name', method: 'POST', path: '/networks/create', body: { Name: 'a/b' } },
  {
    name: 'network create, a second host network',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x8', Driver: 'host' },
  },
  { name: 'network create, predefined name', method: 'POST', path: '/networks/create', body: { Name: 'bridge' } },
  {
    name: 'network create, bad option',
    method: 'POST',
    path: '/networks/create',
    body: { Name: 'x9', Options: { 'com.docker.network.driver.mtu': 'many' } },
  },
  { name: 'network create, malformed JSON', method: 'POST', path: '/networks/create', body: '{"Name": ' },
  { name: 'network create, wrong type', method: 'POST', path: '/networks/create', body: { Name: 7 } },
  {
    name: 'network create, not JSON',
    method: 'POST',
    path: '/networks/create',
    body: 'Name=x',
    headers: { 'content-type': 'text/plain' },
  },
  { name: 'network inspect', method: 'GET', path: '/networks/{back}' },
  { name: 'network inspect, unknown', method: 'GET', path: '/networks/nothere' },
  { name: 'network rm, unknown', method: 'DELETE', path: '/networks/nothere' },
  { name: 'network rm, predefined', method: 'DELETE', path: '/networks/bridge' },
  { name: 'network rm, predefined host', method: 'DELETE', path: '/networks/host' },
]
