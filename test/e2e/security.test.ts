/** What a container can see and do is what Docker lets it; what reaches the daemon is root's, or has a certificate. */
import { connect as connectSocket } from 'node:net'
import { once } from 'node:events'
import { lstat, readFile, readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot, startHost, type HermeticHost } from '../support/host.ts'
import { run } from '../support/run.ts'

let host: HermeticHost

beforeAll(async () => {
  host = await startHost({ flags: ['--group=daemon'] })
  await host.docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
})
afterAll(() => host[Symbol.asyncDispose]())

const inside = async (script: string, ...options: string[]): Promise<string> =>
  (await host.docker(['run', '--rm', ...options, 'trestle/toolbox', 'sh', '-c', script])).stdout

describe('the container', () => {
  test('has no descriptor but its own three', async () => {
    expect((await inside('ls /proc/self/fd')).trim().split('\n')).toEqual(['0', '1', '2', '3']) // 3 is the folder that ls reads.
    // Of the shell: pipes and the null device (1:3), by its number, because its path is one of another mount namespace.
    const others = await inside(
      'for fd in /proc/1/fd/*; do case $(readlink $fd) in pipe:*) ;; *) stat -L -c %t:%T $fd ;; esac; done',
    )
    expect(new Set(others.trim().split('\n'))).toEqual(new Set(['1:3']))
  })

  test('has no variable of the daemon', async () => {
    const names = (await inside('env'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
      .filter((name) => !['PWD', 'SHLVL', '_'].includes(name!))
    expect(new Set(names)).toEqual(new Set(['HOME', 'HOSTNAME', 'PATH']))
  })

  test("has Docker's capabilities, the seccomp filter, and new privileges only as asked", async () => {
    const status = async (...options: string[]): Promise<Record<string, string>> =>
      Object.fromEntries(
        (await inside('cat /proc/self/status', ...options))
          .trim()
          .split('\n')
          .map((line) => line.split(':\t') as [string, string]),
      )
    expect(await status()).toMatchObject({
      CapEff: '00000000a80425fb',
      CapBnd: '00000000a80425fb',
      CapInh: '0000000000000000',
      CapAmb: '0000000000000000',
      Seccomp: '2',
      NoNewPrivs: '0',
    })
    expect(await status('--security-opt', 'no-new-privileges')).toMatchObject({ NoNewPrivs: '1', Seccomp: '2' })
    expect(await status('--user', '1000')).toMatchObject({ CapEff: '0000000000000000', CapPrm: '0000000000000000' })
    expect(await status('--cap-drop', 'ALL')).toMatchObject({ CapEff: '0000000000000000', CapBnd: '0000000000000000' })
  })

  test("cannot write to the kernel's own files, nor read what is masked", async () => {
    for (const path of [
      '/proc/sys/kernel/hostname',
      '/proc/sysrq-trigger',
      '/sys/kernel/mm/ksm/run',
      '/proc/irq/default_smp_affinity',
    ]) {
      expect(await inside(`(echo 1 > ${path}) 2>&1 || true`), path).toMatch(
        /Read-only file system|Permission denied|nonexistent/,
      )
    }
    expect(await inside('wc -c < /proc/kcore; ls /proc/acpi /sys/firmware | grep -v : | wc -w')).toMatch(
      /^0\s+(0\s*)?$/,
    )
    expect(await inside('mount -t tmpfs tmpfs /mnt 2>&1 || true')).toMatch(/denied|not permitted/)
    expect(await inside('unshare -Ur true 2>&1 || true')).toMatch(/not permitted/)
  })

  test("sees no process and no other container's files of the host, and no path of the host but those of its own mounts", async () => {
    expect(Number((await inside('ls /proc | grep -c "^[0-9]"')).trim())).toBeLessThan(6)
    const points = (await inside('cut -d" " -f5 /proc/self/mountinfo'))
      .trim()
      .split('\n')
      .filter((point) => !/^\/(proc|sys|dev)(\/|$)/.test(point))
    expect(new Set(points)).toEqual(new Set(['/', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf']))
  })

  test('a device that it was not given cannot be opened, even by its number', async () => {
    expect(await inside('mknod /tmp/disk b 8 0 && (head -c1 /tmp/disk) 2>&1 || true')).toMatch(/not permitted/i)
    expect(await inside('mknod /tmp/kmsg c 1 11 && (head -c1 /tmp/kmsg) 2>&1 || true')).toMatch(/not permitted/i)
  })
})

describe('the host', () => {
  test('the socket is for root and the group', async () => {
    const { mode, uid, gid } = await lstat(host.socket)
    expect([mode & 0o777, uid, gid]).toEqual([0o660, 0, 1])
  })

  test("nobody but root reads the daemon's files", async () => {
    await host.docker(['create', '--name', 'kept', '-e', 'SECRET=1', 'trestle/toolbox'])
    const { stdout } = await run([
      'find',
      host.dataRoot,
      host.execRoot,
      '-maxdepth',
      '2',
      '-not',
      '-type',
      'l',
      '-perm',
      '/o+r',
      '-not',
      '-path',
      '*/containerd/*',
      '-not',
      '-path',
      '*/exec/netns',
    ])
    expect(stdout).toBe('')
    expect(
      (
        await run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'cat', `${host.dataRoot}/netd.db`], {
          allowFailure: true,
        })
      ).exitCode,
    ).not.toBe(0)
    await host.docker(['rm', 'kept'])
  })

  test('an unknown group is refused with a sentence', async () => {
    const { exitCode, stderr } = await host.run(
      [
        `${projectRoot}bin/netd`,
        `--data-root=${host.root}/o`,
        `--exec-root=${host.root}/e`,
        `--host=unix://${host.root}/o.sock`,
        '--group=nosuch',
        `--pidfile=${host.root}/o.pid`,
      ],
      { allowFailure: true },
    )
    expect(exitCode).toBe(1)
    expect(stderr).toContain('netd: --group nosuch: there is no such group')
  })
})

describe('a slow client', () => {
  test('half a request keeps nobody waiting', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connectSocket(host.socket)
        await once(socket, 'connect')
        socket.write(
          'POST /containers/create HTTP/1.1\r\nHost: netd\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"Image":',
        )
        return socket
      }),
    )
    const before = performance.now()
    expect((await host.http('GET', '/info')).status).toBe(200)
    expect(performance.now() - before).toBeLessThan(2000)
    for (const socket of sockets) socket.destroy()
    await eventually(async () => expect((await readdir(`/proc/${await host.netdPid()}/fd`)).length).toBeLessThan(100))
  })

  test("who reads no log holds up neither the container nor the daemon's memory", async () => {
    await host.docker([
      'run',
      '-d',
      '--name',
      'noisy',
      'trestle/toolbox',
      'sh',
      '-c',
      'head -c 60000000 /dev/zero | tr "\\0" "x" | fold -w 1000; echo end; sleep 600',
    ])
    const socket = connectSocket(host.socket)
    await once(socket, 'connect')
    socket.pause()
    socket.write('GET /containers/noisy/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: netd\r\n\r\n')
    await eventually(
      async () => expect((await host.docker(['logs', '--tail', '1', 'noisy'])).stdout).toContain('end'),
      { timeoutMs: 30_000, intervalMs: 200 },
    )
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${await host.netdPid()}/status`, 'utf8'))![1])
    expect(resident).toBeLessThan(250_000)
    socket.destroy()
    await host.docker(['rm', '-f', 'noisy'])
  }, 90_000)
})

describe('TCP', () => {
  test('with mutual TLS the docker CLI works, and a client without a certificate does not get as far as HTTP', async () => {
    await using bare = await startHost({ hasNetd: false })
    const dir = `${bare.root}/tls`
    const openssl = (script: string): Promise<unknown> =>
      bare.run(['sh', '-ec', `mkdir -p ${dir}; cd ${dir}; ${script}`])
    await openssl(`
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca-key.pem -out ca.pem
      for name in server client; do openssl req -newkey rsa:2048 -nodes -subj /CN=$name -keyout $name-key.pem -out $name.csr; done
      printf 'subjectAltName=IP:127.0.0.1\\nextendedKeyUsage=serverAuth\\n' > server.ext; printf 'extendedKeyUsage=clientAuth\\n' > client.ext
      for name in server client; do openssl x509 -req -days 2 -in $name.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -extfile $name.ext -out $name.pem; done
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=stranger -keyout stranger-key.pem -out stranger.pem
    `)
    const netd = bare.spawn([
      `${projectRoot}bin/netd`,
      `--data-root=${bare.root}/tls-data`,
      `--exec-root=${bare.root}/tls-exec`,
      `--pidfile=${bare.root}/tls.pid`,
      '--host=tcp://127.0.0.1:2376',
      '--tlsverify',
      `--tlscacert=${dir}/ca.pem`,
      `--tlscert=${dir}/server.pem`,
      `--tlskey=${dir}/server-key.pem`,
    ])
    let output = ''
    netd.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const docker = (name: string): ReturnType<HermeticHost['run']> =>
      bare.run(
        [
          'docker',
          '-H',
          'tcp://127.0.0.1:2376',
          '--tlsverify',
          `--tlscacert=${dir}/ca.pem`,
          `--tlscert=${dir}/${name}.pem`,
          `--tlskey=${dir}/${name}-key.pem`,
          'version',
          '-f',
          '{{.Server.APIVersion}}',
        ],
        { allowFailure: true },
      )
    try {
      await eventually(async () => expect((await docker('client')).stdout, output).toContain('1.47'), {
        timeoutMs: 30_000,
        intervalMs: 200,
      })
      expect(await docker('stranger')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/certificate|tls/i) })
      const curl = (...args: string[]): ReturnType<HermeticHost['run']> =>
        bare.run(['curl', '-sS', '--max-time', '5', ...args], { allowFailure: true })
      expect((await curl('--cacert', `${dir}/ca.pem`, 'https://127.0.0.1:2376/_ping')).stdout).toBe('')
      expect((await curl('http://127.0.0.1:2376/_ping')).stdout).toBe('')
    } finally {
      const ended = netd.exitCode === null ? once(netd, 'exit') : undefined
      await bare.run(['sh', '-c', `kill "$(cat ${bare.root}/tls.pid)"`], { allowFailure: true })
      await ended
    }
  }, 90_000)
})
