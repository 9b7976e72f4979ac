/** What the page says in words: what changed, what a search finds, how a thing is made by hand. */
import { describe, expect, test } from 'vitest'
import type { Graph } from '../../../../api/trestle/graph.ts'
import { describeChanges } from '../../../../lab/web/page/changes.ts'
import { commandsFor } from '../../../../lab/web/page/commands.ts'
import { indexGraph } from '../../../../lab/web/page/graph-index.ts'
import { search } from '../../../../lab/web/page/search.ts'
import { link, namespace, smallNetwork } from './fixture.ts'

describe('changes', () => {
  function after(change: (graph: Graph) => void): string {
    const graph = smallNetwork()
    change(graph)
    return describeChanges(smallNetwork(), graph)
  }

  test('nothing is said of nothing', () => {
    expect(after(() => undefined)).toBe('')
  })

  test('a link going down, and its peer losing the carrier', () => {
    expect(
      after(({ namespaces }) => {
        namespaces[1]!.interfaces[1]!.isUp = false
        namespaces[0]!.interfaces[2]!.hasCarrier = false
      }),
    ).toBe('host veth-web is without carrier; web eth0 is down.')
  })

  test('addresses, interfaces and containers that come and go', () => {
    expect(
      after(({ namespaces }) => {
        namespaces[1]!.interfaces[1]!.addresses = [{ address: '172.18.0.9/24', family: 'ipv4', scope: 'global' }]
        namespaces[2]!.interfaces.pop()
        namespaces.splice(5, 1, namespace('new', 'container', []))
      }),
    ).toBe(
      'container new came; container alone went; web eth0 got 172.18.0.9/24; web eth0 lost 172.18.0.2/24; and 1 more.',
    )
  })
})

describe('search', () => {
  const index = indexGraph(smallNetwork())

  test.each([
    ['web', ['web', 'host/20']],
    ['172.18.0.2', ['web/2']],
    ['02:42:ac:00:00:15', ['host/21']],
    ['front', ['host/2']],
    ['8080', ['web']],
    ['sidecar', ['web']],
    ['RED', ['red', 'red/2']],
    ['nothing at all', []],
  ])('%s', (text, found) => {
    expect([...search(index, text)!]).toEqual(found)
  })

  test('no text is no search', () => {
    expect(search(index, '  ')).toBeUndefined()
  })
})

describe('by hand', () => {
  const graph = smallNetwork()
  graph.namespaces[1]!.interfaces.push(link('web', 3, 'mv0', 'macvlan', [], { parent: 'host/2' }))
  const index = indexGraph(graph)
  const commands = (id: string) => commandsFor(index, index.interfaces.get(id)!)

  test('a veth into a container is made from the host, its peer born inside, both ends finished', () => {
    const make = [
      'ns_web=/run/trestle/netns/web',
      'ip link add veth-web type veth peer name eth0 netns $ns_web',
      'nsenter --net=$ns_web ip address add 172.18.0.2/24 dev eth0',
      'nsenter --net=$ns_web ip link set eth0 up',
      'ip link set veth-web master br-front',
      'ip link set veth-web up',
    ]
    expect(commands('web/2').make).toEqual(make)
    expect(commands('host/20').make.toSorted()).toEqual(make.toSorted())
  })

  test('bare namespaces are named as ip knows them', () => {
    expect(commands('red/2').make).toEqual([
      'ip -n red link add veth-red type veth peer name veth-blue netns blue',
      'ip -n red address add 10.0.0.1/24 dev veth-red',
      'ip -n red link set veth-red up',
      'ip -n blue address add 10.0.0.2/24 dev veth-blue',
    ])
    expect(commands('blue/2').change).toContain('ip -n blue link set veth-blue up')
  })

  test('a bridge, a macvlan, and the loopback that nobody makes', () => {
    expect(commands('host/2').make).toEqual([
      'ip link add br-front type bridge',
      'ip address add 172.18.0.1/24 dev br-front',
      'ip link set br-front up',
    ])
    expect(commands('web/3').make).toEqual([
      'ns_web=/run/trestle/netns/web',
      'ip link add link br-front name mv0 netns $ns_web type macvlan mode bridge',
      'nsenter --net=$ns_web ip link set mv0 up',
    ])
    expect(commands('red/1')).toEqual({
      make: [],
      change: ['ip -n red link set lo down', 'ip -n red link set lo mtu 65536'],
    })
  })

  test('a name is never shell', () => {
    const sly = indexGraph({
      ...graph,
      namespaces: [namespace('host', 'host', [link('host', 2, "a';reboot #", 'bridge', [])])],
    })
    expect(commandsFor(sly, sly.interfaces.get('host/2')!).change[0]).toBe(`ip link set 'a'\\'';reboot #' down`)
  })
})
