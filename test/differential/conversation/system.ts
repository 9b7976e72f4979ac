/** The daemon itself. */
import { type Step } from './step.ts'

export const system: Step[] = [
  { name: 'ping', method: 'GET', path: '/_ping' },
  { name: 'ping, head only', method: 'HEAD', path: '/_ping' },
  { name: 'version', method: 'GET', path: '/version' },
  { name: 'info', method: 'GET', path: '/info' },
  { name: 'no such page', method: 'GET', path: '/nowhere' },
  { name: 'a version from the future', method: 'GET', path: '/v9.99/version' },
  { name: 'a version from the past', method: 'GET', path: '/v1.1/version' },
  { name: 'the swarm of a host that is in none', method: 'GET', path: '/swarm' },
  { name: 'leaving it', method: 'POST', path: '/swarm/leave?force=1' },
  { name: 'its services', method: 'GET', path: '/services' },
  { name: 'a secret of it', method: 'DELETE', path: '/secrets/x' },
  { name: 'no plugins', method: 'GET', path: '/plugins' },
  { name: 'no such plugin', method: 'GET', path: '/plugins/x/json' },
]
