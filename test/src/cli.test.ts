/** Every command does its job on a real engine, as another client of that engine sees it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost } from '../support/host.ts'
import { run, type RunOptions, type RunResult } from '../support/run.ts'
import { startStockDockerd } from '../support/stock-dockerd.ts'

const cli = `${projectRoot}bin/trestle`
const image = 'trestle/toolbox'

interface TestedEngine extends AsyncDisposable {
  socket: string
  /** A folder that goes with it. */
  root: string
  docker(args: string[]): Promise<RunResult>
}

const engines: { name: string; start: () => Promise<TestedEngine> }[] = [
  { name: 'netd', start: () => startHost() },
  {
    name: 'stock dockerd',
    start: async () => {
      const dockerd = await startStockDockerd()
      return {
        socket: dockerd.socket,
        root: dockerd.host.root,
        docker: (args) => dockerd.docker(args),
        [Symbol.asyncDispose]: () => dockerd[Symbol.asyncDispose](),
      }
    },
  },
]

/** Docker's command line before version 27 writes `:::9000` for `[::]:9000`. */
const inBrackets = (ports: string): string => ports.replaceAll(':::', '[::]:')

describe.each(engines)('on $name', ({ start }) => {
  let engine: TestedEngine

  beforeAll(async () => {
    engine = await start()
    const { stdout } = await trestle(['image', 'load', '-i', `${projectRoot}dist/toolbox.tar`])
    expect(stdout).toContain(`Loaded image: ${image}:latest`)
  })

  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]()
  })

  const trestle = (args: string[], options?: RunOptions): Promise<RunResult> =>
    run([cli, '-H', `unix://${engine.socket}`, ...args], options)
  const fails = (args: string[], options?: RunOptions): Promise<RunResult> =>
    trestle(args, { ...options, allowFailure: true })
  const docker = async (...args: string[]): Promise<string> => (await engine.docker(args)).stdout.trim()
  const atTerminal = (line: string, keys: string): Promise<RunResult> =>
    typeAtTerminal(line.replaceAll('TRESTLE', `${cli} -H unix://${engine.socket}`), '# ', keys)

  describe('networks', () => {
    test('are created with their subnets, options and labels, and print their id', async () => {
      const { stdout } = await trestle([
        'network',
        'create',
        '--subnet',
        '10.77.0.0/24',
        '--gateway',
        '10.77.0.254',
        '--ip-range',
        '10.77.0.128/25',
        '--aux-address',
        'printer=10.77.0.9',
        '--internal',
        '-o',
        'com.docker.network.driver.mtu=1400',
        '--label',
        'role=test',
        'made',
      ])
      const [seen] = JSON.parse(await docker('network', 'inspect', 'made'))
      expect(stdout).toBe(`${seen.Id}\n`)
      expect(seen).toMatchObject({
        Driver: 'bridge',
        Internal: true,
        IPAM: {
          Config: [
            {
              Subnet: '10.77.0.0/24',
              Gateway: '10.77.0.254',
              IPRange: '10.77.0.128/25',
              AuxiliaryAddresses: { printer: '10.77.0.9' },
            },
          ],
        },
        Options: { 'com.docker.network.driver.mtu': '1400' },
        Labels: { role: 'test' },
      })
    })

    test('are listed as docker lists them', async () => {
      const { stdout } = await trestle(['network', 'ls'])
      expect(columns(stdout)).toEqual(columns(await docker('network', 'ls')))
      expect(
        (
          await trestle([
            'network',
            'ls',
            '--filter',
            'label=role=test',
            '--format',
            'table {{.Name}}\\t{{.Subnets}}\\t{{.Label "role"}}',
          ])
        ).stdout,
      ).toBe('NAME      SUBNETS        role\nmade      10.77.0.0/24   test\n')
      const [network] = JSON.parse((await trestle(['network', 'ls', '--json', '--filter', 'name=made'])).stdout)
      expect((await trestle(['network', 'ls', '-q', '--no-trunc', '--filter', 'name=made'])).stdout).toBe(
        `${network.Id}\n`,
      )
    })

    test('take a running container in, with address and alias, and let it go', async () => {
      await trestle(['network', 'create', '--subnet', '10.78.0.0/24', 'joined'])
      await trestle(['run', '-d', '--name', 'joiner', image, 'sleep', '1000'])
      await trestle(['network', 'connect', '--ip', '10.78.0.80', '--alias', 'www', 'joined', 'joiner'])
      expect(
        JSON.parse(await docker('inspect', '-f', '{{json .NetworkSettings.Networks.joined}}', 'joiner')),
      ).toMatchObject({
        IPAddress: '10.78.0.80',
        Aliases: expect.arrayContaining(['www']),
      })
      expect(
        (
          await trestle([
            'network',
            'inspect',
            '-f',
            '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}',
            'joined',
          ])
        ).stdout,
      ).toBe('joiner 10.78.0.80/24\n')
      await trestle(['network', 'disconnect', 'joined', 'joiner'])
      expect(await docker('inspect', '-f', '{{len .NetworkSettings.Networks}}', 'joiner')).toBe('1')
      await trestle(['rm', '-f', 'joiner'])
    })

    test('are removed, one failure stopping none of the others', async () => {
      const { stdout, stderr, exitCode } = await fails(['network', 'rm', 'nothere', 'made'])
      expect({ stdout, exitCode }).toEqual({ stdout: 'made\n', exitCode: 1 })
      expect(stderr).toMatch(/^trestle: .*nothere.*\n$/)
      expect((await fails(['network', 'rm', 'bridge'])).stderr).toBe(
        'trestle: bridge is a pre-defined network and cannot be removed\n',
      )
      expect((await trestle(['network', 'rm', '-f', 'nothere'])).stdout).toBe('nothere\n')
    })

    test('that nobody uses are pruned, after a question', async () => {
      expect((await trestle(['network', 'prune'], { input: 'n\n' })).stdout).toBe('')
      expect(await docker('network', 'ls', '-q', '--filter', 'name=joined')).not.toBe('')
      expect((await trestle(['network', 'prune'], { input: 'y\n' })).stdout).toBe('Deleted Networks:\njoined\n\n')
    })
  })

  describe('run', () => {
    test("joins our streams to the container's, and ends with its exit code", async () => {
      const { stdout, stderr, exitCode } = await fails(
        [
          'run',
          '--rm',
          '-i',
          '-e',
          'A=b',
          '-w',
          '/tmp',
          image,
          'sh',
          '-c',
          'cat; echo "$A $PWD"; echo bad >&2; exit 7',
        ],
        { input: 'typed\n' },
      )
      expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'typed\nb /tmp\n', stderr: 'bad\n', exitCode: 7 })
    })

    test('carries megabytes in and out whole', async () => {
      const input = Buffer.alloc(8 * 1024 * 1024, 'The quick brown fox jumps over the lazy dog.\n')
      const { stdout } = await trestle(['run', '--rm', '-i', image, 'cat'], { input })
      expect(stdout === input.toString()).toBe(true)
    })

    test('hands every flag to the engine', async () => {
      await run(['sh', '-c', `printf 'FROM_FILE=1\n# nothing\n' > ${engine.root}/env`])
      const { stdout } = await trestle([
        'run',
        '-d',
        '--name',
        'flagged',
        '-p',
        '127.0.0.1:8080:80',
        '-p',
        '9000-9001:90-91/udp',
        '--env-file',
        `${engine.root}/env`,
        '-e',
        'SAID=2',
        '-v',
        '/etc:/host:ro',
        '--mount',
        'type=tmpfs,target=/scratch,tmpfs-size=1m',
        '--tmpfs',
        '/t:size=64k',
        '--hostname',
        'flag',
        '-u',
        '1:1',
        '-l',
        'a=b',
        '--add-host',
        'other:10.0.0.9',
        '--dns',
        '10.0.0.53',
        '--cap-drop',
        'ALL',
        '--cap-add',
        'NET_RAW',
        '--read-only',
        '--memory',
        '64m',
        '--cpus',
        '0.5',
        '--restart',
        'on-failure:3',
        '--ulimit',
        'nofile=100:200',
        '--sysctl',
        'net.ipv4.ip_forward=1',
        '--mac-address',
        '02:00:00:00:00:07',
        '--entrypoint',
        'sleep',
        image,
        '1000',
      ])
      const [seen] = JSON.parse(await docker('inspect', 'flagged'))
      expect(stdout).toBe(`${seen.Id}\n`)
      expect(seen.Config).toMatchObject({
        Hostname: 'flag',
        User: '1:1',
        Env: expect.arrayContaining(['FROM_FILE=1', 'SAID=2']),
        Labels: { a: 'b' },
        Entrypoint: ['sleep'],
        Cmd: ['1000'],
      })
      expect(seen.HostConfig).toMatchObject({
        Binds: ['/etc:/host:ro'],
        Tmpfs: { '/t': 'size=64k' },
        Mounts: [{ Type: 'tmpfs', Target: '/scratch', TmpfsOptions: { SizeBytes: 1048576 } }],
        PortBindings: {
          '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }],
          '90/udp': [{ HostIp: '', HostPort: '9000' }],
          '91/udp': [{ HostIp: '', HostPort: '9001' }],
        },
        ExtraHosts: ['other:10.0.0.9'],
        Dns: ['10.0.0.53'],
        CapAdd: [expect.stringMatching(/NET_RAW$/)],
        CapDrop: ['ALL'],
        ReadonlyRootfs: true,
        Memory: 67108864,
        NanoCpus: 500000000,
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }],
        Sysctls: { 'net.ipv4.ip_forward': '1' },
      })
      expect(seen.NetworkSettings.MacAddress).toBe('02:00:00:00:00:07')
      const ports = ['ps', '--format', '{{.Ports}}', '--filter', 'name=flagged']
      expect((await trestle(ports)).stdout.trim()).toBe(inBrackets(await docker(...ports)))
      await trestle(['rm', '-f', 'flagged'])
    })

    test.each([
      [127, ['nosuchprogram']],
      [126, ['/etc']],
    ])('ends with %i for %j, which cannot be run', async (code, command) => {
      const { exitCode, stderr } = await fails(['run', '--rm', image, ...command])
      expect(exitCode).toBe(code)
      expect(stderr).toMatch(/^trestle: [^\n]+\n$/)
    })

    test('ends with 125 when the daemon or the command line is at fault', async () => {
      expect((await fails(['run', 'no/such/image'])).exitCode).toBe(125)
      expect((await fails(['run', '--nosuchflag', image])).exitCode).toBe(125)
      expect((await fails(['run', '-it', image])).stderr).toBe('trestle: the input device is not a TTY\n')
    })

    test('passes signals on', async () => {
      const script = 'trap "echo got it; exit 3" TERM; echo ready; while :; do sleep 0.05; done'
      const result = await run(
        [
          'sh',
          '-c',
          `
        ${cli} -H unix://${engine.socket} run --rm --name signalled ${image} sh -c '${script}' > ${engine.root}/signalled &
        until grep -q ready ${engine.root}/signalled; do sleep 0.05; done
        kill -TERM $!; wait $!; echo "code $?"; cat ${engine.root}/signalled`,
        ],
        { timeoutMs: 30_000 },
      )
      expect(result.stdout).toBe('code 3\nready\ngot it\n')
    })

    test('gives the container our terminal, its size too, and gives it back as it was', async () => {
      const { stdout, exitCode } = await atTerminal(
        `stty -a > ${engine.root}/before; TRESTLE run --rm -it ${image} sh; code=$?; stty -a > ${engine.root}/after; exit $code`,
        'stty size; tty; exit 5\n',
      )
      expect(stdout).toContain('33 77')
      expect(stdout).toContain('/dev/pts/0')
      expect(exitCode).toBe(5)
      expect((await run(['cat', `${engine.root}/after`])).stdout).toBe(
        (await run(['cat', `${engine.root}/before`])).stdout,
      )
    })

    test('leaves the container running after Ctrl-P Ctrl-Q', async () => {
      const { exitCode } = await atTerminal(
        `TRESTLE run -it --name left ${image} sh; stty -a | grep -q ' echo ' || exit 9`,
        '\u{10}\u{11}',
      )
      expect(exitCode).toBe(0)
      expect(await docker('inspect', '-f', '{{.State.Running}}', 'left')).toBe('true')
      await trestle(['rm', '-f', 'left'])
    })
  })

  describe('a container', () => {
    beforeAll(async () => {
      await trestle([
        'run',
        '-d',
        '--name',
        'web',
        image,
        'sh',
        '-c',
        'echo out; echo err >&2; trap "exit 0" TERM; while :; do sleep 0.05; done',
      ])
    })

    afterAll(async () => {
      await fails(['rm', '-f', 'web'])
    })

    test('is listed as docker lists it', async () => {
      const format = 'table {{.ID}}\\t{{.Image}}\\t{{.Command}}\\t{{.State}}\\t{{.Ports}}\\t{{.Names}}\\t{{.Networks}}'
      expect(columns((await trestle(['ps', '--format', format])).stdout)).toEqual(
        columns(inBrackets(await docker('ps', '--format', format.replaceAll('\\t', '\t')))),
      )
      expect((await trestle(['ps'])).stdout.split('\n')[0]!.split(/ {2,}/)).toEqual([
        'CONTAINER ID',
        'IMAGE',
        'COMMAND',
        'CREATED',
        'STATUS',
        'PORTS',
        'NAMES',
      ])
    })

    test('shows its output apart, and from some line on', async () => {
      await eventually(async () =>
        expect(await trestle(['logs', 'web'])).toMatchObject({ stdout: 'out\n', stderr: 'err\n' }),
      )
      const { stdout, stderr } = await trestle(['logs', '-n', '1', '-t', 'web'])
      expect(`${stdout}${stderr}`).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (out|err)\n$/)
      expect((await trestle(['logs', '--since', '0s', 'web'])).stdout).toBe('')
    })

    test('runs further commands with their input, variables and exit codes', async () => {
      const { stdout, stderr, exitCode } = await fails(
        ['exec', '-i', '-e', 'A=b', '-w', '/etc', 'web', 'sh', '-c', 'cat; echo "$A $PWD"; echo bad >&2; exit 4'],
        { input: 'in\n' },
      )
      expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'in\nb /etc\n', stderr: 'bad\n', exitCode: 4 })
      await trestle(['exec', '-d', 'web', 'touch', '/tmp/detached'])
      await eventually(() => trestle(['exec', 'web', 'test', '-e', '/tmp/detached']))
      expect((await fails(['exec', 'nothere', 'true'])).exitCode).toBe(125)
    })

    test('gives further commands a terminal', async () => {
      const { stdout, exitCode } = await atTerminal('TRESTLE exec -it web sh', 'stty size; exit 6\n')
      expect(stdout).toContain('33 77')
      expect(exitCode).toBe(6)
    })

    test('is shown whole, and by template', async () => {
      const [seen] = JSON.parse((await trestle(['inspect', 'web'])).stdout)
      expect(seen).toEqual(JSON.parse(await docker('inspect', 'web'))[0])
      for (const format of [
        '{{.Name}} {{.State.Pid}}',
        '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}={{$v.IPAddress}}{{end}}',
        '{{json .Config.Cmd}}',
        '{{index .Config.Cmd 0 | upper}}',
        '{{if .State.Running}}up{{else}}down{{end}}',
        '{{.Config.Env}} {{len .Mounts}}',
      ]) {
        expect((await trestle(['inspect', '-f', format, 'web'])).stdout.trim()).toBe(
          await docker('inspect', '-f', format, 'web'),
        )
      }
      expect((await trestle(['inspect', '-f', '{{.Name}}', 'bridge'])).stdout).toBe('bridge\n')
      expect((await trestle(['inspect', '--type', 'image', '-f', '{{.Os}}', image])).stdout).toBe('linux\n')
      expect(await fails(['inspect', 'nothere'])).toMatchObject({
        exitCode: 1,
        stderr: 'trestle: No such object: nothere\n',
      })
      expect(await fails(['inspect', '-f', '{{.Nope}}', 'web'])).toMatchObject({
        exitCode: 2,
        stderr: 'trestle: template parsing error: map has no entry for key "Nope"\n',
      })
    })

    test('stops, starts, is killed and goes', async () => {
      const state = (): Promise<string> => docker('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'web')
      expect((await trestle(['stop', '-t', '5', 'web'])).stdout).toBe('web\n')
      expect(await state()).toBe('exited 0')
      expect((await trestle(['start', 'web'])).stdout).toBe('web\n')
      expect(await state()).toBe('running 0')
      expect((await fails(['rm', 'web'])).exitCode).toBe(1)
      expect((await trestle(['kill', '-s', 'KILL', 'web'])).stdout).toBe('web\n')
      await eventually(async () => expect(await state()).toBe('exited 137'))
      expect((await trestle(['rm', 'web'])).stdout).toBe('web\n')
      expect(await docker('ps', '-aq', '--filter', 'name=web')).toBe('')
    })

    test('that has ended starts again with our streams', async () => {
      await fails(['run', '-i', '--name', 'again', image, 'sh', '-c', 'cat; exit 8'], { input: 'one\n' })
      expect(await fails(['start', '-ai', 'again'], { input: 'two\n' })).toMatchObject({ exitCode: 8, stdout: 'two\n' })
      await trestle(['rm', 'again'])
    })
  })

  describe('images', () => {
    test('are made from a root file system, listed and removed', async () => {
      const toolbox = `${projectRoot}dist/toolbox.tar`
      const [{ Layers }] = JSON.parse((await run(['tar', '-xOf', toolbox, 'manifest.json'])).stdout) as [
        { Layers: string[] },
      ]
      await run(['sh', '-c', `tar -xOf ${toolbox} ${Layers[0]} > ${engine.root}/root.tar`])
      const { stdout: id } = await trestle([
        'image',
        'import',
        '-c',
        'CMD ["true"]',
        '-m',
        'by hand',
        `${engine.root}/root.tar`,
        'mine:1',
      ])
      expect(await docker('image', 'inspect', '-f', '{{.Id}} {{.Config.Cmd}}', 'mine:1')).toBe(`${id.trim()} [true]`)
      await trestle(['run', '--rm', 'mine:1'])
      expect(columns((await trestle(['image', 'ls'])).stdout)).toEqual(columns(await docker('image', 'ls')))
      expect((await trestle(['image', 'rm', 'mine:1'])).stdout).toContain('Untagged: mine:1\n')
      expect(await docker('image', 'ls', '-q', 'mine')).toBe('')
    })

    test('are read from standard input too, and what is no archive is refused in one sentence', async () => {
      const { exitCode, stderr } = await fails(['image', 'load'], { input: 'this is not a tar archive' })
      expect(exitCode).toBe(1)
      expect(stderr).toMatch(/^trestle: [^\n]+\n$/)
      expect(await fails(['image', 'load', '-i', '/nonexistent'])).toMatchObject({
        exitCode: 2,
        stderr: 'trestle: open /nonexistent: no such file or directory\n',
      })
    })
  })

  describe('the daemon', () => {
    test('says who it is', async () => {
      expect((await trestle(['version', '-f', '{{.Server.Version}}'])).stdout.trim()).toBe(
        await docker('version', '-f', '{{.Server.Version}}'),
      )
      expect((await trestle(['version'])).stdout).toContain('API version:')
      expect((await trestle(['info', '-f', '{{.ID}}'])).stdout.trim()).toBe(await docker('info', '-f', '{{.ID}}'))
      expect((await trestle(['info'])).stdout).toContain('Kernel Version: ')
    })
  })

  test('a reader that goes away ends us without a word', async () => {
    const { stdout, stderr } = await run([
      'bash',
      '-c',
      `for i in 1 2 3; do ${cli} -H unix://${engine.socket} network ls | head -1; done`,
    ])
    expect(stdout.split('\n')[0]).toMatch(/^NETWORK ID/)
    expect(stderr).toBe('')
    expect(
      (await run(['bash', '-c', `${cli} -H unix://${engine.socket} run --rm ${image} yes | head -1`])).stderr,
    ).toBe('')
  })
})

describe('without a daemon', () => {
  test('one sentence says what to do', async () => {
    const { exitCode, stderr, stdout } = await run([cli, '-H', 'unix:///nonexistent.sock', 'ps'], {
      allowFailure: true,
    })
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toBe(
      'trestle: cannot reach netd at unix:///nonexistent.sock: is it running? Start it with `netd`, or set TRESTLE_HOST / -H\n',
    )
    expect(
      (await run([cli, 'ps'], { allowFailure: true, env: { TRESTLE_HOST: 'unix:///elsewhere.sock' } })).stderr,
    ).toContain('unix:///elsewhere.sock')
    expect(await run([cli, '-H', 'nonsense', 'ps'], { allowFailure: true })).toMatchObject({
      exitCode: 2,
      stderr: 'trestle: invalid host "nonsense": it must be unix:///path/to/socket or tcp://host:port\n',
    })
  })

  test('a daemon that hangs up in the middle of its answer is one sentence too', async () => {
    const server = createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[')),
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const result = await run([cli, '-H', `tcp://127.0.0.1:${port}`, 'ps'], { allowFailure: true })
    server.close()
    expect(result).toMatchObject({
      exitCode: 1,
      stderr: `trestle: netd at tcp://127.0.0.1:${port} closed the connection before it had answered\n`,
    })
  })

  test.each([
    ['netwrk', 'trestle: unknown command: netwrk; did you mean network?\n'],
    ['network lss', 'trestle: unknown command: lss; did you mean ls?\n'],
    ['network ls --fromat x', 'trestle: unknown flag: --fromat; did you mean --format?\n'],
    ['network rm', "trestle: missing required argument 'network'\n"],
  ])('%s is refused with 2 and what was meant', async (line, sentence) => {
    expect(await run([cli, ...line.split(' ')], { allowFailure: true })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: sentence,
    })
  })
})

/** A terminal of 33 rows and 77 columns (util-linux' script gives it): the line runs there, and once the prompt shows, the keys are typed. */
async function typeAtTerminal(line: string, prompt: string, keys: string): Promise<RunResult> {
  const child = spawn(
    '/usr/bin/script',
    ['--quiet', '--return', '--flush', '--command', `stty rows 33 cols 77; ${line}`, '/dev/null'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
  let stdout = ''
  let isTyped = false
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    if (isTyped || !stdout.includes(prompt)) return
    isTyped = true
    child.stdin.write(keys)
  })
  const [exitCode] = (await once(child, 'close')) as [number]
  return { exitCode, stdout, stderr: '' }
}

/** Rows of cells, without what changes from one second to the next. */
function columns(table: string): string[][] {
  return table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split(/ {2,}/)
        .map((cell) =>
          cell.replace(/^(About |Less than )?(an? |\d+ )?(second|minute|hour|day|week|month|year)s? ago$/, 'ago'),
        ),
    )
    .toSorted((a, b) => a.join().localeCompare(b.join()))
}
