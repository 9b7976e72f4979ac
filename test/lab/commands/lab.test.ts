/** The lab through the command line, on a hermetic host. */
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../../support/host.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost()
})
afterAll(() => host[Symbol.asyncDispose]())

const firstSteps = `${projectRoot}topologies/first-steps.yaml`
const exercise = `${projectRoot}topologies/exercises/04-two-namespaces-and-a-veth.yaml`

const lab = (...args: string[]) => host.trestle(['lab', ...args], { allowFailure: true })
const netns = async (): Promise<string[]> =>
  (await host.run(['ip', 'netns', 'list'])).stdout.split('\n').filter(Boolean)

async function write(name: string, text: string): Promise<string> {
  const file = `${host.root}/${name}.yaml`
  await writeFile(file, text)
  return file
}

describe('lab up', () => {
  test('first-steps: names, ping, the published port, isolation; and nothing is left after down', async () => {
    // What starts once and stays, such as the shared port proxy, is there after the first time.
    await lab('up', firstSteps)
    await lab('down', firstSteps)
    const before = await host.traces()
    const up = await lab('up', firstSteps)
    expect(up).toMatchObject({ exitCode: 0, stderr: '' })
    expect(up.stdout).toMatch(/^lab first-steps is up: 3 nodes, 2 networks, 0 links in /)

    expect((await lab('exec', 'client', '--', 'curl', '-s', 'http://web/')).stdout).toBe(
      'Hello from web, across the network front.\n',
    )
    expect((await host.run(['curl', '-s', 'http://127.0.0.1:8080/'])).stdout).toBe(
      'Hello from web, across the network front.\n',
    )
    expect((await lab('exec', 'client', '--', 'ping', '-c', '1', 'www')).stdout).toContain('(10.71.1.10)')
    expect((await lab('exec', 'isolated', '--', 'ping', '-c', '1', '-W', '1', '10.71.1.10')).exitCode).toBe(1)
    expect(await lab('check', firstSteps)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('all 3 tasks are done'),
    })

    const rows = JSON.parse((await lab('ls', '--json')).stdout)
    expect(rows).toEqual(
      ['client', 'isolated', 'web'].map((node) => ({
        lab: 'first-steps',
        node,
        kind: 'container',
        name: `first-steps-${node}`,
        status: 'running',
      })),
    )

    const again = await lab('up', firstSteps)
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toContain(
      'lab first-steps is already there (nodes: client, isolated, web); take it away first: trestle lab down first-steps',
    )

    expect(await lab('down', firstSteps)).toMatchObject({ exitCode: 0, stdout: 'lab first-steps is down\n' })
    await eventually(async () =>
      expect(await host.traces()).toMatchObject({
        links: before.links,
        nftElements: before.nftElements,
        mounts: before.mounts,
        processes: before.processes,
      }),
    )
    expect((await lab('down', 'first-steps')).stdout).toBe('lab first-steps is not there: nothing to take away\n')
  })

  test('a chain of forty bare nodes stands, its start commands done, and falls without a trace', async () => {
    const count = 40
    const file = await write(
      'chain',
      JSON.stringify({
        name: 'chain',
        nodes: Object.fromEntries(
          Array.from({ length: count }, (_, at) => [
            `n${at}`,
            { sysctls: { 'net.ipv4.ip_forward': 1 }, start: ['ip link set lo alias started'] },
          ]),
        ),
        links: Array.from({ length: count - 1 }, (_, at) => ({
          ends: [`n${at}:right 10.0.${at}.1/30`, `n${at + 1}:left 10.0.${at}.2/30`],
        })),
      }),
    )
    const up = await lab('up', file)
    expect(up.stderr).toBe('')
    expect(up.stdout).toContain('40 nodes, 0 networks, 39 links in ')
    expect(await netns()).toHaveLength(count)
    await host.run(['ip', 'netns', 'exec', 'n7', 'ping', '-c', '1', '-W', '2', '10.0.7.2'])
    expect((await host.run(['ip', '-n', 'n39', 'link', 'show', 'lo'])).stdout).toContain('alias started')
    expect(await lab('exec', 'n3', '--', 'sh', '-c', 'echo here; exit 5')).toEqual({
      exitCode: 5,
      stdout: 'here\n',
      stderr: '',
    })

    expect((await lab('down', 'chain')).exitCode).toBe(0)
    expect(await netns()).toEqual([])
    expect((await host.http('GET', '/trestle/v1/links')).body).toEqual([])
  })

  test.each<[what: string, topology: object, message: RegExp]>([
    [
      'a start command',
      { nodes: { a: {}, b: { start: ['echo no such luck >&2; exit 4'] } }, links: [{ ends: ['a:x', 'b:x'] }] },
      /start command 1 of node b: sh -c echo no such luck >&2; exit 4: exit code 4: no such luck; everything else was taken back/,
    ],
    [
      'an image',
      { networks: { net: {} }, nodes: { a: {}, b: { image: 'no/such:image', networks: { net: {} } } } },
      /node b: No such image: no\/such:image.*; everything else was taken back/,
    ],
    [
      'a sysctl',
      { nodes: { a: {}, b: { sysctls: { 'net.ipv4.nope': 1 } } } },
      /node b: invalid sysctl net\.ipv4\.nope=1: .*; everything else was taken back/,
    ],
  ])('what fails in the middle (%s) is said, and everything is taken back', async (_, topology, message) => {
    const before = await host.traces()
    const { exitCode, stderr } = await lab('up', await write('broken', JSON.stringify({ name: 'broken', ...topology })))
    expect(stderr).toMatch(message)
    expect(exitCode).toBe(1)
    expect(await netns()).toEqual([])
    expect(JSON.parse((await lab('ls', '--json')).stdout)).toEqual([])
    await eventually(async () => expect((await host.traces()).links).toEqual(before.links))
  })

  test('a bare node that another lab has is refused, and the other lab stays as it is', async () => {
    const one = await write('one', JSON.stringify({ name: 'one', nodes: { red: {}, green: {} } }))
    const other = await write('other', JSON.stringify({ name: 'other', nodes: { red: {}, yellow: {} } }))
    expect((await lab('up', one)).exitCode).toBe(0)
    const { exitCode, stderr } = await lab('up', other)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(
      'lab other did not come up: node red: namespace with name red already exists; everything else was taken back',
    )
    expect((await netns()).map((line) => line.split(' ')[0]!).toSorted()).toEqual(['green', 'red'])
    expect((await lab('down', 'one')).exitCode).toBe(0)
  })

  test('a wrong file is told at its place, with exit code 2, and nothing is done', async () => {
    const file = await write(
      'wrong',
      'name: wrong\nnodes:\n  red:\n    imgae: x\nlinks:\n  - ends: ["red:x", "blue:y"]\n',
    )
    for (const verb of ['up', 'check', 'down']) {
      const { exitCode, stdout, stderr } = await lab(verb, file)
      expect([exitCode, stdout]).toEqual([2, ''])
      expect(stderr).toContain(`${file}:4:5: unknown key "imgae" in nodes.red`)
    }
    const missing = await lab('up', './nowhere.yaml')
    expect(missing.exitCode).toBe(2)
    expect(missing.stderr).toContain('./nowhere.yaml:1:1: there is no such file')
    expect(await netns()).toEqual([])
  })
})

describe('the exercise of two namespaces and a veth', () => {
  test('fails before its lab is up, fails before the solution, turns task by task, and is done after it', async () => {
    const early = await lab('check', exercise)
    expect(early.exitCode).toBe(1)
    expect(early.stdout).toContain('node red is not running')

    expect((await lab('up', exercise)).exitCode).toBe(0)
    const before = JSON.parse((await lab('check', exercise, '--json')).stdout)
    expect(before.tasks.map(({ isDone }: { isDone: boolean }) => isDone)).toEqual([false, false, false, false])
    const told = await lab('check', exercise, '--hint')
    expect(told.exitCode).toBe(1)
    expect(told.stdout).toContain('✗ Lay the cable\n    red has no interface veth-red; it has: lo\n')
    expect(told.stdout).toContain('hint 1 of 3: "ip link add" makes an interface')

    await host.run([
      'ip',
      'link',
      'add',
      'veth-red',
      'netns',
      'red',
      'type',
      'veth',
      'peer',
      'name',
      'veth-blue',
      'netns',
      'blue',
    ])
    const halfway = await lab('check', exercise)
    expect(halfway.exitCode).toBe(1)
    expect(halfway.stdout).toContain('✓ Lay the cable\n')
    expect(halfway.stdout).toContain('✗ Set both ends up\n    veth-red in red is down\n')
    expect(halfway.stdout).toContain('1 of 4 tasks are done')
    await host.run(['ip', '-n', 'red', 'link', 'delete', 'veth-red'])

    const watching = host.trestle(['lab', 'check', exercise, '--watch'])
    await host.run(['sh', exercise.replace('.yaml', '.solution.sh')])
    const watched = await watching
    expect(watched.stderr).toContain('✓ Talk')
    expect(watched.stdout).toContain('all 4 tasks are done')

    expect(await lab('check', exercise)).toMatchObject({
      exitCode: 0,
      stdout: '✓ Lay the cable\n✓ Give both ends an address\n✓ Set both ends up\n✓ Talk\n\nall 4 tasks are done\n',
    })
    expect((await lab('down', exercise)).exitCode).toBe(0)
    expect(await netns()).toEqual([])
  })

  test('does not take the kernel’s word for a pair that ends elsewhere', async () => {
    await lab('up', exercise)
    await host.run(['ip', 'netns', 'add', 'green'])
    await host.run([
      'ip',
      'link',
      'add',
      'veth-red',
      'netns',
      'red',
      'type',
      'veth',
      'peer',
      'name',
      'veth-blue',
      'netns',
      'green',
    ])
    const { stdout } = await lab('check', exercise)
    expect(stdout).toContain('the other end of veth-red in red is in none of the nodes')
    await host.run(['ip', 'netns', 'delete', 'green'])
    await lab('down', exercise)
  })
})
