import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planUp, type Step } from '../../../lab/deploy/plan.ts'
import { parseTopology } from '../../../lab/model/parse.ts'

const plan = (text: string): Step[] => planUp(parseTopology(text, 'lab.yaml'))
const find = (steps: Step[], id: string): Step => steps.find((step) => step.id === id)!

/** Ids of everything that is done before `id`. */
function before(steps: Step[], id: string): Set<string> {
  const direct = find(steps, id).after
  return new Set([...direct, ...direct.flatMap((other) => [...before(steps, other)])])
}

describe('the plan of a lab', () => {
  const steps = plan(`
name: demo
networks: { front: { subnet: 10.1.0.0/24 }, back: { internal: true } }
nodes:
  web:
    image: trestle/toolbox
    command: [httpd, -f]
    networks: { front: { ip: 10.1.0.2, aliases: [www] }, back }
    ports: ["127.0.0.1:8080:80"]
    start: [first, second]
  shell: { image: trestle/toolbox }
  red:
links:
  - { ends: ["web:eth7 10.2.0.1/24", "red:eth0"], mtu: 1400 }
`)

  test('names and marks everything for the lab, and nodes answer to their plain names inside', () => {
    expect(find(steps, 'network front').action).toEqual({
      do: 'create network',
      request: {
        Name: 'demo-front',
        Driver: 'bridge',
        Internal: false,
        Options: { 'trestle.bridge.anti_spoofing': 'true' },
        EnableIPv6: false,
        IPAM: { Driver: 'default', Config: [{ Subnet: '10.1.0.0/24' }] },
        Labels: { 'trestle.lab': 'demo' },
      },
    })
    expect(find(steps, 'create web').action).toMatchObject({
      do: 'create container',
      name: 'demo-web',
      request: {
        Hostname: 'web',
        Cmd: ['httpd', '-f'],
        Labels: { 'trestle.lab': 'demo', 'trestle.node': 'web' },
        ExposedPorts: { '80/tcp': {} },
        HostConfig: {
          NetworkMode: 'demo-front',
          PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] },
        },
        NetworkingConfig: {
          EndpointsConfig: { 'demo-front': { Aliases: ['web', 'www'], IPAMConfig: { IPv4Address: '10.1.0.2' } } },
        },
      },
    })
    expect(find(steps, 'connect web back').action).toMatchObject({
      network: 'demo-back',
      request: { Container: 'demo-web', EndpointConfig: { Aliases: ['web'] } },
    })
    expect(find(steps, 'ready red').action).toEqual({
      do: 'create namespace',
      request: { name: 'red', labels: { 'trestle.lab': 'demo', 'trestle.node': 'red' }, sysctls: {} },
    })
    expect(find(steps, 'link 0').action).toEqual({
      do: 'create link',
      request: {
        ends: [
          { node: 'demo-web', interface: 'eth7', addresses: ['10.2.0.1/24'] },
          { node: 'red', interface: 'eth0', addresses: [] },
        ],
        mtu: 1400,
        labels: { 'trestle.lab': 'demo' },
      },
    })
  })

  test('a container without a command has a terminal, so that its shell goes on; without networks it has none', () => {
    expect(find(steps, 'create shell').action).toMatchObject({
      request: { Tty: true, OpenStdin: true, HostConfig: { NetworkMode: 'none' } },
    })
  })

  test('trusts a router, and whom the file trusts, to speak for others on a network where nobody else may', () => {
    const trusting = plan(`
name: demo
networks: { lan: { subnet: 10.1.0.0/24 }, out: { driver: macvlan } }
nodes:
  host: { image: x, networks: { lan } }
  router: { image: x, networks: { lan, out }, sysctls: { net.ipv4.conf.all.forwarding: 1 } }
  stub: { image: x, networks: { lan }, sysctls: { net.ipv4.ip_forward: 1 }, trusted: false }
  spare: { image: x, networks: { out, lan }, trusted: true }
`)
    const exempt = { DriverOpts: { 'trestle.bridge.anti_spoofing': 'false' } }
    const first = (node: string): unknown => {
      const { action } = find(trusting, `create ${node}`)
      return action.do === 'create container'
        ? action.request.NetworkingConfig?.EndpointsConfig?.['demo-lan']
        : undefined
    }
    expect(first('router')).toMatchObject(exempt)
    for (const node of ['host', 'stub']) expect(first(node)).not.toHaveProperty('DriverOpts')
    expect(find(trusting, 'connect spare lan').action).toMatchObject({ request: { EndpointConfig: exempt } })
    expect(find(trusting, 'connect router out').action).not.toHaveProperty('request.EndpointConfig.DriverOpts')
    expect(find(trusting, 'network out').action).toMatchObject({ request: { Options: {} } })
  })

  test('has everything after what it needs, and commands after all of it', () => {
    expect(before(steps, 'create web')).toEqual(new Set(['network front']))
    expect(before(steps, 'ready web')).toEqual(
      new Set(['network front', 'network back', 'create web', 'connect web back']),
    )
    expect(before(steps, 'ready red')).toEqual(new Set())
    expect(before(steps, 'link 0')).toContain('ready red')
    expect(before(steps, 'run web 0')).toContain('ready shell')
    expect(before(steps, 'run web 1')).toContain('run web 0')
  })

  test('a step never waits for a later one', () => {
    const topology = fc.record({
      networks: fc.integer({ min: 1, max: 4 }),
      nodes: fc.array(fc.record({ isContainer: fc.boolean(), commands: fc.nat(3), networks: fc.nat(3) }), {
        minLength: 2,
        maxLength: 8,
      }),
    })
    fc.assert(
      fc.property(topology, ({ networks, nodes }) => {
        const value = {
          name: 'any',
          networks: Object.fromEntries(Array.from({ length: networks }, (_, at) => [`net${at}`, {}])),
          nodes: Object.fromEntries(
            nodes.map(({ isContainer, commands, networks: joined }, at) => [
              `n${at}`,
              {
                start: Array.from({ length: commands }, () => 'true'),
                ...(isContainer
                  ? {
                      image: 'x',
                      networks: Object.fromEntries(
                        Array.from({ length: Math.min(joined, networks) }, (_, to) => [`net${to}`, {}]),
                      ),
                    }
                  : {}),
              },
            ]),
          ),
          links: nodes.slice(1).map((_, at) => ({ ends: [`n${at}:r`, `n${at + 1}:l`] })),
        }
        const done = new Set<string>()
        for (const { id, after } of plan(JSON.stringify(value))) {
          expect(after.filter((other) => !done.has(other))).toEqual([])
          expect(done.has(id)).toBe(false)
          done.add(id)
        }
      }),
    )
  })
})
