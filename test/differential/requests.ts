/**
 * The same conversation with two daemons. A step may name what later steps use: `{net}` in a path or body is the Id
 * that the step captured as `net` got from that daemon.
 */
export interface Step {
  name: string
  method: 'GET' | 'POST' | 'DELETE' | 'HEAD'
  path: string
  body?: unknown
  headers?: Record<string, string>
  /** Keeps the answer's Id under this name. */
  capture?: string
}

const image = 'trestle/toolbox'
const filter = (value: Record<string, string[]>): string => encodeURIComponent(JSON.stringify(value))

export const conversation: Step[] = [
  { name: 'ping', method: 'GET', path: '/_ping' },
  { name: 'version', method: 'GET', path: '/version' },
  { name: 'info', method: 'GET', path: '/info' },
  { name: 'no such page', method: 'GET', path: '/nowhere' },
  { name: 'a version from the future', method: 'GET', path: '/v9.99/version' },
  { name: 'a version from the past', method: 'GET', path: '/v1.1/version' },

  { name: 'image list', method: 'GET', path: '/images/json' },
  { name: 'image inspect', method: 'GET', path: `/images/${image}/json` },
  { name: 'image inspect, unknown', method: 'GET', path: '/images/nothere/json' },
  { name: 'image inspect, bad reference', method: 'GET', path: '/images/UPPER/json' },
  { name: 'image rm, unknown', method: 'DELETE', path: '/images/nothere' },
  { name: 'image tag', method: 'POST', path: `/images/${image}/tag?repo=other&tag=v1` },
  { name: 'image rm, a tag', method: 'DELETE', path: '/images/other:v1' },

  { name: 'network list', method: 'GET', path: '/networks' },
  { name: 'network list, by name', method: 'GET', path: `/networks?filters=${filter({ name: ['bridge'] })}` },
  { name: 'network list, unknown filter', method: 'GET', path: `/networks?filters=${filter({ colour: ['red'] })}` },
  { name: 'network list, bad filters', method: 'GET', path: '/networks?filters=%7B' },
  { name: 'network create', method: 'POST', path: '/networks/create', body: { Name: 'front', CheckDuplicate: true }, capture: 'front' },
  { name: 'network create, again', method: 'POST', path: '/networks/create', body: { Name: 'front', CheckDuplicate: true } },
  { name: 'network create, with a subnet', method: 'POST', path: '/networks/create', body: { Name: 'back', IPAM: { Config: [{ Subnet: '10.66.0.0/24', Gateway: '10.66.0.254', IPRange: '10.66.0.128/25', AuxiliaryAddresses: { a: '10.66.0.130' } }] }, Labels: { a: 'b' }, Options: { 'com.docker.network.driver.mtu': '1400' } }, capture: 'back' },
  { name: 'network create, overlapping', method: 'POST', path: '/networks/create', body: { Name: 'x1', IPAM: { Config: [{ Subnet: '10.66.0.0/16' }] } } },
  { name: 'network create, malformed subnet', method: 'POST', path: '/networks/create', body: { Name: 'x2', IPAM: { Config: [{ Subnet: '10.67.0.0/33' }] } } },
  { name: 'network create, not a subnet', method: 'POST', path: '/networks/create', body: { Name: 'x3', IPAM: { Config: [{ Subnet: 'what' }] } } },
  { name: 'network create, gateway outside', method: 'POST', path: '/networks/create', body: { Name: 'x4', IPAM: { Config: [{ Subnet: '10.68.0.0/24', Gateway: '10.69.0.1' }] } } },
  { name: 'network create, range outside', method: 'POST', path: '/networks/create', body: { Name: 'x5', IPAM: { Config: [{ Subnet: '10.68.0.0/24', IPRange: '10.69.0.0/25' }] } } },
  { name: 'network create, gateway without subnet', method: 'POST', path: '/networks/create', body: { Name: 'x6', IPAM: { Config: [{ Gateway: '10.69.0.1' }] } } },
  { name: 'network create, unknown driver', method: 'POST', path: '/networks/create', body: { Name: 'x7', Driver: 'warp' } },
  { name: 'network create, no name', method: 'POST', path: '/networks/create', body: { Name: '' } },
  { name: 'network create, bad name', method: 'POST', path: '/networks/create', body: { Name: 'a/b' } },
  { name: 'network create, a second host network', method: 'POST', path: '/networks/create', body: { Name: 'x8', Driver: 'host' } },
  { name: 'network create, predefined name', method: 'POST', path: '/networks/create', body: { Name: 'bridge' } },
  { name: 'network create, bad option', method: 'POST', path: '/networks/create', body: { Name: 'x9', Options: { 'com.docker.network.driver.mtu': 'many' } } },
  { name: 'network create, malformed JSON', method: 'POST', path: '/networks/create', body: '{"Name": ' },
  { name: 'network create, wrong type', method: 'POST', path: '/networks/create', body: { Name: 7 } },
  { name: 'network create, not JSON', method: 'POST', path: '/networks/create', body: 'Name=x', headers: { 'content-type': 'text/plain' } },
  { name: 'network inspect', method: 'GET', path: '/networks/{back}' },
  { name: 'network inspect, unknown', method: 'GET', path: '/networks/nothere' },
  { name: 'network rm, unknown', method: 'DELETE', path: '/networks/nothere' },
  { name: 'network rm, predefined', method: 'DELETE', path: '/networks/bridge' },
  { name: 'network rm, predefined host', method: 'DELETE', path: '/networks/host' },

  { name: 'container create, unknown image', method: 'POST', path: '/containers/create', body: { Image: 'nothere' } },
  { name: 'container create, no image', method: 'POST', path: '/containers/create', body: {} },
  { name: 'container create, bad name', method: 'POST', path: '/containers/create?name=a/b', body: { Image: image } },
  { name: 'container create, bad port', method: 'POST', path: '/containers/create', body: { Image: image, HostConfig: { PortBindings: { 'http/tcp': [{ HostPort: '80' }] } } } },
  { name: 'container create, bad host port', method: 'POST', path: '/containers/create', body: { Image: image, HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '99999' }] } } } },
  { name: 'container create', method: 'POST', path: '/containers/create?name=web', body: { Image: image, Cmd: ['sleep', '600'], Hostname: 'web', Env: ['A=1'], Labels: { a: 'b' }, ExposedPorts: { '80/tcp': {} }, HostConfig: { NetworkMode: 'front', PortBindings: { '80/tcp': [{ HostPort: '8080' }] } } }, capture: 'web' },
  { name: 'container create, same name', method: 'POST', path: '/containers/create?name=web', body: { Image: image } },
  { name: 'container inspect, created', method: 'GET', path: '/containers/{web}/json' },
  { name: 'container list, all', method: 'GET', path: '/containers/json?all=1' },
  { name: 'container start', method: 'POST', path: '/containers/{web}/start' },
  { name: 'container start, again', method: 'POST', path: '/containers/{web}/start' },
  { name: 'container start, unknown', method: 'POST', path: '/containers/nothere/start' },
  { name: 'container inspect, running', method: 'GET', path: '/containers/{web}/json' },
  { name: 'container list', method: 'GET', path: '/containers/json' },
  { name: 'container list, unknown filter', method: 'GET', path: `/containers/json?filters=${filter({ colour: ['red'] })}` },
  { name: 'container top', method: 'GET', path: '/containers/{web}/top' },
  { name: 'network inspect, with a container', method: 'GET', path: '/networks/{front}' },
  { name: 'network rm, in use', method: 'DELETE', path: '/networks/{front}' },

  { name: 'container create, port taken', method: 'POST', path: '/containers/create?name=second', body: { Image: image, Cmd: ['sleep', '600'], HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } } }, capture: 'second' },
  { name: 'container start, port taken', method: 'POST', path: '/containers/{second}/start' },
  { name: 'container inspect, failed start', method: 'GET', path: '/containers/{second}/json' },
  { name: 'container rm, failed start', method: 'DELETE', path: '/containers/{second}' },

  { name: 'network connect', method: 'POST', path: '/networks/{back}/connect', body: { Container: 'web', EndpointConfig: { IPAMConfig: { IPv4Address: '10.66.0.9' }, Aliases: ['www'] } } },
  { name: 'network connect, again', method: 'POST', path: '/networks/{back}/connect', body: { Container: 'web' } },
  { name: 'network connect, unknown network', method: 'POST', path: '/networks/nothere/connect', body: { Container: 'web' } },
  { name: 'network connect, unknown container', method: 'POST', path: '/networks/{back}/connect', body: { Container: 'nothere' } },
  { name: 'container create, for connecting', method: 'POST', path: '/containers/create?name=third', body: { Image: image, Cmd: ['sleep', '600'] }, capture: 'third' },
  { name: 'container start, for connecting', method: 'POST', path: '/containers/{third}/start' },
  { name: 'network connect, address taken', method: 'POST', path: '/networks/{back}/connect', body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '10.66.0.9' } } } },
  { name: 'network connect, address outside', method: 'POST', path: '/networks/{back}/connect', body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '10.77.0.9' } } } },
  { name: 'network connect, malformed address', method: 'POST', path: '/networks/{back}/connect', body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '10.66.0.999' } } } },
  { name: 'network connect, static address on a network without a subnet', method: 'POST', path: '/networks/{front}/connect', body: { Container: 'third', EndpointConfig: { IPAMConfig: { IPv4Address: '172.18.0.9' } } } },
  { name: 'network connect, host', method: 'POST', path: '/networks/host/connect', body: { Container: 'third' } },
  { name: 'network connect, none', method: 'POST', path: '/networks/none/connect', body: { Container: 'third' } },
  { name: 'container inspect, two networks', method: 'GET', path: '/containers/{web}/json' },
  { name: 'network disconnect', method: 'POST', path: '/networks/{back}/disconnect', body: { Container: 'web' } },
  { name: 'network disconnect, again', method: 'POST', path: '/networks/{back}/disconnect', body: { Container: 'web' } },
  { name: 'network disconnect, unknown container', method: 'POST', path: '/networks/{back}/disconnect', body: { Container: 'nothere' } },

  { name: 'exec create', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['true'], AttachStdout: true }, capture: 'exec' },
  { name: 'exec create, no command', method: 'POST', path: '/containers/{web}/exec', body: { AttachStdout: true } },
  { name: 'exec create, unknown container', method: 'POST', path: '/containers/nothere/exec', body: { Cmd: ['true'] } },
  { name: 'exec inspect', method: 'GET', path: '/exec/{exec}/json' },
  { name: 'exec start', method: 'POST', path: '/exec/{exec}/start', body: { Detach: false } },
  { name: 'exec inspect, ended', method: 'GET', path: '/exec/{exec}/json' },
  { name: 'exec inspect, unknown', method: 'GET', path: '/exec/nothere/json' },

  { name: 'logs, no stream chosen', method: 'GET', path: '/containers/{web}/logs' },
  { name: 'logs', method: 'GET', path: '/containers/{web}/logs?stdout=1' },
  { name: 'container rm, running', method: 'DELETE', path: '/containers/{web}' },
  { name: 'container kill, bad signal', method: 'POST', path: '/containers/{web}/kill?signal=NOPE' },
  { name: 'container rename, taken', method: 'POST', path: '/containers/{web}/rename?name=third' },
  { name: 'container rename', method: 'POST', path: '/containers/{web}/rename?name=web2' },
  { name: 'container pause', method: 'POST', path: '/containers/{web}/pause' },
  { name: 'container unpause', method: 'POST', path: '/containers/{web}/unpause' },
  { name: 'container kill', method: 'POST', path: '/containers/{web}/kill' },
  { name: 'container wait', method: 'POST', path: '/containers/{web}/wait' },
  { name: 'container kill, stopped', method: 'POST', path: '/containers/{web}/kill' },
  { name: 'container stop, stopped', method: 'POST', path: '/containers/{web}/stop' },
  { name: 'exec create, stopped', method: 'POST', path: '/containers/{web}/exec', body: { Cmd: ['true'] } },
  { name: 'container inspect, exited', method: 'GET', path: '/containers/{web}/json' },
  { name: 'container rm', method: 'DELETE', path: '/containers/{web}' },
  { name: 'container rm, unknown', method: 'DELETE', path: '/containers/{web}' },
  { name: 'container inspect, unknown', method: 'GET', path: '/containers/nothere/json' },
  { name: 'image rm, in use', method: 'DELETE', path: `/images/${image}` },
  { name: 'container create, no such command', method: 'POST', path: '/containers/create?name=fourth', body: { Image: image, Cmd: ['no-such-program'] }, capture: 'fourth' },
  { name: 'container start, no such command', method: 'POST', path: '/containers/{fourth}/start' },
  { name: 'container rm, no such command', method: 'DELETE', path: '/containers/{fourth}?force=1' },
  { name: 'container rm, forced', method: 'DELETE', path: '/containers/{third}?force=1' },

  { name: 'network rm', method: 'DELETE', path: '/networks/{front}' },
  { name: 'network prune', method: 'POST', path: '/networks/prune' },
  { name: 'network prune, nothing', method: 'POST', path: '/networks/prune' },
  { name: 'events, of the past', method: 'GET', path: `/events?since=1&until=2` },
]
