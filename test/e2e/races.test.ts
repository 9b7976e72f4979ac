/** Everything at once: whoever wins, the answers are Docker's, addresses and ports are held once, and nothing is left. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost, type HttpResponse } from '../support/host.ts'

const image = 'trestle/toolbox'
let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  // The first ones open what stays open: sockets of the kernel's threads, a watch on the host's resolv.conf, the port proxy.
  await host.docker(['network', 'create', 'first'])
  await host.docker(['run', '--rm', '-p', '80', '--network', 'first', image, 'true'])
  await host.docker(['network', 'rm', 'first'])
})
afterAll(() => host[Symbol.asyncDispose]())

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))
const statuses = (answers: HttpResponse[]): number[] => answers.map(({ status }) => status).toSorted((a, b) => a - b)
const post = (path: string, body?: unknown): Promise<HttpResponse> => host.http('POST', path, body)
const remove = (path: string): Promise<HttpResponse> => host.http('DELETE', path)

async function make(
  name: string,
  more: { HostConfig?: object; Cmd?: string[]; ExposedPorts?: object } = {},
): Promise<string> {
  const { status, body } = await post(`/containers/create?name=${name}`, {
    Image: image,
    Cmd: ['sleep', '600'],
    ...more,
  })
  expect(status).toBe(201)
  return body.Id
}

const network = async (name: string): Promise<void> =>
  expect((await post('/networks/create', { Name: name })).status).toBe(201)
const state = async (id: string): Promise<any> => (await host.http('GET', `/containers/${id}/json`)).body

async function leavesNothing(work: () => Promise<void>): Promise<void> {
  const before = await host.traces()
  await work()
  await eventually(async () => expect(await host.traces()).toEqual(before))
}

describe('one name, one container', () => {
  test('of 20 networks of one name, one is made', async () => {
    await leavesNothing(async () => {
      const answers = await times(20, () => post('/networks/create', { Name: 'same' }))
      expect(statuses(answers)).toEqual([201, ...Array(19).fill(409)])
      expect((await host.http('GET', '/networks?filters={"name":["same"]}')).body).toHaveLength(1)
      await remove('/networks/same')
    })
  })

  test('of 20 containers of one name, one is made', async () => {
    const answers = await times(20, () => post('/containers/create?name=same', { Image: image, Cmd: ['true'] }))
    expect(statuses(answers)).toEqual([201, ...Array(19).fill(409)])
    await remove('/containers/same')
    expect((await host.http('GET', '/containers/json?all=1')).body).toEqual([])
  })

  test('20 networks of their own choice have 20 subnets', async () => {
    await leavesNothing(async () => {
      const answers = await times(20, (index) => post('/networks/create', { Name: `net${index}` }))
      expect(new Set(statuses(answers))).toEqual(new Set([201]))
      const { body } = await host.http('GET', '/networks?filters={"type":["custom"]}')
      expect(new Set(body.map((net: any) => net.IPAM.Config[0].Subnet)).size).toBe(20)
      await times(20, (index) => remove(`/networks/net${index}`))
    })
  })

  test('of 10 starts of one container, one starts it; the others find it running', async () => {
    await leavesNothing(async () => {
      await make('once')
      expect(statuses(await times(10, () => post('/containers/once/start')))).toEqual([204, ...Array(9).fill(304)])
      await remove('/containers/once?force=1')
    })
  })

  test('start, stop, restart, kill and pause of one container, all at once, leave it removable', async () => {
    await leavesNothing(async () => {
      await make('torn')
      const verbs = [
        'start',
        'stop?t=0',
        'restart?t=0',
        'kill',
        'pause',
        'unpause',
        'start',
        'rename?name=torn2',
        'exec',
        'wait?condition=removed',
      ]
      const answers = Promise.all(
        [...verbs, ...verbs].map((verb) =>
          post(`/containers/torn/${verb}`, verb === 'exec' ? { Cmd: ['true'] } : undefined),
        ),
      )
      const removed = answers.then(() => 0)
      await Promise.race([
        removed,
        eventually(async () =>
          expect(['running', 'exited', 'paused', 'created']).toContain((await state('torn2')).State?.Status),
        ),
      ])
      expect([204, 404, 409]).toContain((await remove('/containers/torn2?force=1')).status)
      await remove('/containers/torn?force=1')
      for (const { status, text } of await answers) expect(status, text).toBeLessThan(500)
    })
  })

  test('stop, kill and unpause of a paused container, all at once: it ends, and nobody hears of runc', async () => {
    await make('frozen')
    await post('/containers/frozen/start')
    await post('/containers/frozen/pause')
    const verbs = ['kill', 'stop?t=0', 'unpause', 'kill', 'stop?t=0', 'unpause']
    for (const { status, text } of await Promise.all(verbs.map((verb) => post(`/containers/frozen/${verb}`))))
      expect([204, 304, 409], text).toContain(status)
    expect((await state('frozen')).State.Status).toBe('exited')
    await remove('/containers/frozen')
  })

  test('exec while it is paused, killed and started: it runs, or is refused as for the state it met', async () => {
    await make('stirred')
    const rounds = async (verbs: string[]): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        for (const verb of verbs) {
          const { status, text } = await post(`/containers/stirred/${verb}`)
          expect([204, 304, 409], text).toContain(status)
        }
      }
    }
    const stirring = Promise.all([rounds(['start', 'pause', 'unpause']), rounds(['unpause', 'kill', 'start'])])
    const over = new AbortController()
    void stirring.finally(() => over.abort()).catch(() => {})
    const executing = times(4, async () => {
      while (!over.signal.aborted) {
        const made = await post('/containers/stirred/exec', { Cmd: ['true'] })
        const answer = made.status === 201 ? await post(`/exec/${made.body.Id}/start`, { Detach: true }) : made
        expect([200, 409], answer.text).toContain(answer.status)
        if (answer.status === 409)
          expect(answer.text).toMatch(/is not running|is paused, unpause the container before exec/)
      }
    })
    await Promise.all([stirring, executing])
    await remove('/containers/stirred?force=1')
  })

  test('rm -f during start: it is gone in the end, and the start says how it went', async () => {
    await leavesNothing(async () => {
      await times(10, async (index) => {
        const id = await make(`brief${index}`)
        const [started, removed] = await Promise.all([
          post(`/containers/${id}/start`),
          remove(`/containers/${id}?force=1`),
        ])
        expect([204, 404, 409], started.text).toContain(started.status)
        expect(removed.status, removed.text).toBe(204)
        expect((await host.http('GET', `/containers/${id}/json`)).status).toBe(404)
      })
    })
  })

  test('create and rm -f of one name at once: after a 204 it is not there, and nothing of it stays', async () => {
    const address = `${host.dataRoot}/run/containerd/containerd.sock`
    const snapshots = async (): Promise<string> =>
      (await host.run(['ctr', '--address', address, '--namespace', host.tag, 'snapshots', 'list'])).stdout
    const before = await snapshots()
    await leavesNothing(async () => {
      await times(30, async (index) => {
        const [created, removed] = await Promise.all([
          post(`/containers/create?name=pair${index}`, { Image: image, Cmd: ['true'] }),
          remove(`/containers/pair${index}?force=1`),
        ])
        expect(created.status, created.text).toBe(201)
        expect([204, 404]).toContain(removed.status)
        const { status } = await remove(`/containers/${created.body.Id}?force=1`)
        expect(status, `rm had said ${removed.status}`).toBe(removed.status === 204 ? 404 : 204)
      })
    })
    expect(await snapshots()).toBe(before)
  })

  test('5 removals of one container: one does it', async () => {
    await make('five')
    await post('/containers/five/start')
    const answers = statuses(await times(5, () => remove('/containers/five?force=1')))
    expect(answers[0]).toBe(204)
    for (const status of answers.slice(1)) expect([404, 409]).toContain(status)
  })

  test('stop while an exec runs: the exec ends with the container', async () => {
    await make('busy')
    await post('/containers/busy/start')
    const { body } = await post('/containers/busy/exec', { Cmd: ['sleep', '600'], AttachStdout: true })
    const running = post(`/exec/${body.Id}/start`, {})
    await eventually(async () => expect((await host.http('GET', `/exec/${body.Id}/json`)).body.Running).toBe(true))
    expect((await post('/containers/busy/stop?t=0')).status).toBe(204)
    await running
    await eventually(async () => expect((await host.http('GET', `/exec/${body.Id}/json`)).body.Running).toBe(false))
    await remove('/containers/busy')
  })
})

describe('networks of a running container', () => {
  test('a storm of connects and disconnects on several networks ends in what inspect, the kernel and the network agree on', async () => {
    await leavesNothing(async () => {
      const names = ['storm0', 'storm1', 'storm2']
      await Promise.all(names.map(network))
      await make('target')
      await post('/containers/target/start')
      const answers = await times(36, (index) =>
        post(`/networks/${names[index % 3]}/${index % 2 === 0 ? 'connect' : 'disconnect'}`, { Container: 'target' }),
      )
      // 403: connected already; 500: "is not connected", as dockerd has it.
      for (const { status, text } of answers)
        expect(status === 200 || status === 403 || (status === 500 && text.includes('is not connected')), text).toBe(
          true,
        )
      const { NetworkSettings, State } = await state('target')
      const links = await host.json<{ ifname: string }[]>([
        'nsenter',
        `--net=/proc/${State.Pid}/ns/net`,
        'ip',
        '-j',
        'link',
      ])
      expect(links.filter(({ ifname }) => ifname !== 'lo')).toHaveLength(Object.keys(NetworkSettings.Networks).length)
      for (const name of names) {
        const { body } = await host.http('GET', `/networks/${name}`)
        expect(Object.keys(body.Containers)).toHaveLength(NetworkSettings.Networks[name] === undefined ? 0 : 1)
      }
      await remove('/containers/target?force=1')
      for (const name of names) expect((await remove(`/networks/${name}`)).status).toBe(204)
    })
  })

  test('connect while the network is removed: either it has it, or the network has gone', async () => {
    await leavesNothing(async () => {
      await make('target')
      await post('/containers/target/start')
      for (let round = 0; round < 8; round += 1) {
        await network('fleeting')
        const [connected, removed] = await Promise.all([
          post('/networks/fleeting/connect', { Container: 'target' }),
          remove('/networks/fleeting'),
        ])
        expect([
          [200, 403],
          [404, 204],
          [403, 204],
        ]).toContainEqual([connected.status, removed.status])
        if (removed.status !== 204) {
          await post('/networks/fleeting/disconnect', { Container: 'target' })
          expect((await remove('/networks/fleeting')).status).toBe(204)
        }
      }
      expect(Object.keys((await state('target')).NetworkSettings.Networks)).toEqual(['bridge'])
      await remove('/containers/target?force=1')
    })
  })

  test("30 lives on one network at once: every address is one container's", async () => {
    await leavesNothing(async () => {
      await network('crowd')
      const ids = await times(30, (index) => make(`one${index}`, { HostConfig: { NetworkMode: 'crowd' } }))
      expect(new Set(statuses(await Promise.all(ids.map((id) => post(`/containers/${id}/start`)))))).toEqual(
        new Set([204]),
      )
      const { body } = await host.http('GET', '/networks/crowd')
      expect(new Set(Object.values<any>(body.Containers).map(({ IPv4Address }) => IPv4Address)).size).toBe(30)
      expect(new Set(Object.values<any>(body.Containers).map(({ MacAddress }) => MacAddress)).size).toBe(30)
      expect((await remove('/networks/crowd')).status).toBe(403)
      expect(new Set(statuses(await Promise.all(ids.map((id) => remove(`/containers/${id}?force=1`)))))).toEqual(
        new Set([204]),
      )
      await remove('/networks/crowd')
    })
  }, 120_000)

  test('of containers that ask for one address, one gets it', async () => {
    await leavesNothing(async () => {
      await post('/networks/create', { Name: 'fixed', IPAM: { Config: [{ Subnet: '10.78.0.0/24' }] } })
      const ids = await times(5, async (index) => {
        const { body } = await post(`/containers/create?name=fixed${index}`, {
          Image: image,
          Cmd: ['sleep', '600'],
          HostConfig: { NetworkMode: 'fixed' },
          NetworkingConfig: { EndpointsConfig: { fixed: { IPAMConfig: { IPv4Address: '10.78.0.9' } } } },
        })
        return body.Id as string
      })
      expect(statuses(await Promise.all(ids.map((id) => post(`/containers/${id}/start`))))).toEqual([
        204, 403, 403, 403, 403,
      ])
      await Promise.all(ids.map((id) => remove(`/containers/${id}?force=1`)))
      await remove('/networks/fixed')
    })
  })
})

describe('ports', () => {
  const published = {
    HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
    ExposedPorts: { '80/tcp': {} },
  }

  test("two for one port: one has it, the other hears so in Docker's words, and gets it afterwards", async () => {
    await leavesNothing(async () => {
      const ids = [await make('left', published), await make('right', published)]
      const answers = await Promise.all(ids.map((id) => post(`/containers/${id}/start`)))
      expect(statuses(answers)).toEqual([204, 500])
      const [winner, loser] = answers[0]!.status === 204 ? ids : ids.toReversed()
      expect(answers.find(({ status }) => status === 500)!.body.message).toMatch(
        /^driver failed programming external connectivity on endpoint (left|right) \([0-9a-f]{64}\): Bind for 0\.0\.0\.0:8080 failed: port is already allocated$/,
      )
      await post(`/containers/${winner}/stop?t=0`)
      expect((await post(`/containers/${loser}/start`)).status).toBe(204)
      await Promise.all(ids.map((id) => remove(`/containers/${id}?force=1`)))
    })
  })

  test('20 for any port have 20 ports', async () => {
    await leavesNothing(async () => {
      const ids = await times(20, (index) =>
        make(`any${index}`, {
          HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '' }] } },
          ExposedPorts: { '80/tcp': {} },
        }),
      )
      expect(new Set(statuses(await Promise.all(ids.map((id) => post(`/containers/${id}/start`)))))).toEqual(
        new Set([204]),
      )
      const ports = await Promise.all(
        ids.map(async (id) => (await state(id)).NetworkSettings.Ports['80/tcp'][0].HostPort),
      )
      expect(new Set(ports).size).toBe(20)
      await Promise.all(ids.map((id) => remove(`/containers/${id}?force=1`)))
    })
  }, 120_000)
})

describe('the daemon ends in the middle', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    '%s during 20 starts: the next daemon knows what runs, and everything can be removed',
    async (signal) => {
      await network('crash')
      const baseline = await host.traces()
      const ids = await times(20, (index) =>
        make(`crash${index}`, {
          HostConfig: { NetworkMode: 'crash', PortBindings: { '80/tcp': [{ HostPort: '' }] } },
          ExposedPorts: { '80/tcp': {} },
        }),
      )
      let answered = 0
      const starts = ids.map((id) =>
        post(`/containers/${id}/start`).then(
          () => (answered += 1),
          () => undefined,
        ),
      )
      await eventually(() => expect(answered).toBeGreaterThan(3), { intervalMs: 1 })
      await host.stopNetd(signal)
      await Promise.all(starts)
      await host.startNetd()
      const { body: list } = await host.http('GET', '/containers/json?all=1')
      expect(list).toHaveLength(20)
      for (const { Id } of list) {
        const { State, NetworkSettings } = await state(Id)
        expect(['created', 'exited', 'running']).toContain(State.Status)
        expect(NetworkSettings.Networks.crash.IPAddress !== '', State.Status).toBe(State.Running)
      }
      // What did not come to run starts now; what runs still answers.
      for (const { status, text } of await Promise.all(ids.map((id) => post(`/containers/${id}/start`))))
        expect([204, 304], text).toContain(status)
      const { body } = await host.http('GET', '/networks/crash')
      expect(new Set(Object.values<any>(body.Containers).map(({ IPv4Address }) => IPv4Address)).size).toBe(20)
      expect(new Set(statuses(await Promise.all(ids.map((id) => remove(`/containers/${id}?force=1`)))))).toEqual(
        new Set([204]),
      )
      await eventually(async () => expect(await host.traces()).toEqual(baseline))
      await remove('/networks/crash')
    },
    120_000,
  )
})
