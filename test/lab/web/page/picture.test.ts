/** What is drawn, and where. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Graph } from '../../../../api/trestle/graph.ts'
import { indexGraph } from '../../../../lab/web/page/graph-index.ts'
import { overlaps, type Rectangle } from '../../../../lab/web/page/picture/geometry.ts'
import { layOut, placeNew, type Positions } from '../../../../lab/web/page/picture/layout.ts'
import { countLines, measureBox, type MeasuredBox } from '../../../../lab/web/page/picture/measure.ts'
import { modelPicture, type PictureModel } from '../../../../lab/web/page/picture/model.ts'
import { link, namespace, smallNetwork } from './fixture.ts'

const model = (graph: Graph): PictureModel => modelPicture(indexGraph(graph))

const measure = ({ boxes, lines }: PictureModel): MeasuredBox[] =>
  boxes.map((box) => measureBox(box, countLines(lines), (text, { size }) => text.length * size * 0.6))

const rectangles = (boxes: MeasuredBox[], positions: Positions): Rectangle[] =>
  boxes.map(({ box, width, height }) => ({ ...positions.get(box.id)!, width, height }))

function countOverlaps(all: Rectangle[]): number {
  return all.flatMap((one, place) => all.slice(place + 1).filter((other) => overlaps(one, other, 0))).length
}

describe('the model', () => {
  test('a veth pair is one line, from the interface in the container to the bridge, named at both ends', () => {
    const { boxes, lines } = model(smallNetwork())
    expect(lines.find(({ from }) => from === 'web/2')).toEqual({
      id: 'veth:host/20~web/2',
      kind: 'veth',
      from: 'web/2',
      to: 'host/2',
      fromLabel: '',
      toLabel: 'veth-web',
      status: 'up',
      interfaces: ['web/2', 'host/20'],
    })
    expect(boxes.find(({ id }) => id === 'web')!.items.map(({ lines }) => lines)).toEqual([
      ['eth0', '172.18.0.2/24'],
      ['lo'],
      [':8080 ⇥ 80/tcp'],
    ])
    // The ports of the bridge are ends of lines, not boxes of their own; a stranger's port is in the tables only.
    expect(boxes[0]!.items.map(({ lines }) => lines)).toEqual([['lo'], ['front', 'br-front · 172.18.0.1/24']])
  })

  test('state is in words and signs, at the interface and on the line', () => {
    const { boxes, lines } = model(smallNetwork())
    const words = (id: string): string => boxes.find((box) => box.id === id)!.items[0]!.lines[0]!
    expect([words('red'), words('blue')]).toEqual(['veth-red  ◌ no carrier', 'veth-blue  ✕ down'])
    expect(lines.find(({ kind, from }) => kind === 'veth' && from === 'blue/2')!.status).toBe('down')
  })

  test('two bridges joined by a veth are one line with both names', () => {
    const graph = smallNetwork()
    graph.namespaces.push(
      namespace('s1', 'namespace', [
        link('s1', 2, 'br0', 'bridge', []),
        link('s1', 3, 'to-s2', 'veth', [], { master: 's1/2', peer: 's2/3' }),
      ]),
      namespace('s2', 'namespace', [
        link('s2', 2, 'br0', 'bridge', []),
        link('s2', 3, 'to-s1', 'veth', [], { master: 's2/2', peer: 's1/3' }),
      ]),
    )
    expect(model(graph).lines.find(({ from }) => from === 's1/2')).toMatchObject({
      to: 's2/2',
      fromLabel: 'to-s2',
      toLabel: 'to-s1',
    })
  })
})

/** Any number of containers on any bridges, and routers joined at random. */
const network: fc.Arbitrary<Graph> = fc
  .record({
    bridges: fc.integer({ min: 0, max: 4 }),
    containers: fc.array(fc.array(fc.nat(3), { maxLength: 3 }), { maxLength: 14 }),
    routers: fc.integer({ min: 0, max: 6 }),
    links: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 9 }),
  })
  .map(({ bridges, containers, routers, links }) => {
    const host = namespace(
      'host',
      'host',
      Array.from({ length: bridges }, (_, place) =>
        link('host', place + 2, `br${place}`, 'bridge', [`10.${place}.0.1/24`]),
      ),
    )
    const others = containers.map((_, place) => namespace(`c${place}`, 'container', []))
    const bare = Array.from({ length: routers }, (_, place) => namespace(`r${place}`, 'namespace', []))
    let index = 100
    containers.forEach((chosen, place) => {
      for (const bridge of chosen.filter((one) => one < bridges)) {
        const [inside, outside] = [(index += 1), (index += 1)]
        others[place]!.interfaces.push(
          link(`c${place}`, inside, `eth${inside}`, 'veth', [`10.${bridge}.0.${place + 2}/24`], {
            peer: `host/${outside}`,
          }),
        )
        host.interfaces.push(
          link('host', outside, `veth${outside}`, 'veth', [], {
            master: `host/${bridge + 2}`,
            peer: `c${place}/${inside}`,
          }),
        )
      }
    })
    for (const [a, b] of links.filter(([a, b]) => a !== b && a < routers && b < routers)) {
      const [near, far] = [(index += 1), (index += 1)]
      bare[a]!.interfaces.push(link(`r${a}`, near, `e${near}`, 'veth', [], { peer: `r${b}/${far}` }))
      bare[b]!.interfaces.push(link(`r${b}`, far, `e${far}`, 'veth', [], { peer: `r${a}/${near}` }))
    }
    return { namespaces: [host, ...others, ...bare], networks: [], ports: [] }
  })

describe('the layout', () => {
  test('no box lies on another, whatever the network', () => {
    fc.assert(
      fc.property(network, (graph) => {
        const picture = model(graph)
        const boxes = measure(picture)
        expect(countOverlaps(rectangles(boxes, layOut(boxes, picture.lines)))).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  test('the same network always gives the same picture', () => {
    fc.assert(
      fc.property(network, (graph) => {
        const picture = model(graph)
        const boxes = measure(picture)
        expect(layOut(boxes, picture.lines)).toEqual(layOut(boxes, picture.lines))
      }),
      { numRuns: 15 },
    )
  })

  test('what is new is put where there is room, and nothing else moves', () => {
    fc.assert(
      fc.property(network, fc.integer({ min: 1, max: 5 }), (graph, fresh) => {
        const picture = model(graph)
        const boxes = measure(picture)
        const old = boxes.slice(0, Math.max(1, boxes.length - fresh))
        const kept = layOut(old, picture.lines)
        const placed = placeNew(boxes, picture.lines, kept)
        for (const [id, at] of kept) expect(placed.get(id)).toEqual(at)
        expect(placed.size).toBe(boxes.length)
        expect(countOverlaps(rectangles(boxes, placed))).toBe(countOverlaps(rectangles(old, kept)))
      }),
      { numRuns: 60 },
    )
  })
})
