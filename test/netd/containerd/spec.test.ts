/** What a process finds around itself in a container, seen from inside. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cgroupSupport } from '../../../netd/containerd/spec/cgroup-support.ts'
import { availableCapabilities } from '../../../netd/containerd/spec/capabilities.ts'
import { searchPath, startFixture, type LauncherFixture } from './fixture.ts'

let box: LauncherFixture
beforeAll(async () => {
  box = await startFixture()
})
afterAll(() => box[Symbol.asyncDispose]())

const status = async (
  ...[more, process]: Parameters<LauncherFixture['sh']> extends [string, ...infer Rest] ? Rest : never
): Promise<Record<string, string>> => {
  const { stdout } = await box.sh('cat /proc/self/status', more, process)
  return Object.fromEntries(stdout.split('\n').map((line) => line.split(/:\s*/) as [string, string]))
}

describe('capabilities', () => {
  test("are Docker's fourteen", async () => {
    expect(await status()).toMatchObject({
      CapBnd: '00000000a80425fb',
      CapEff: '00000000a80425fb',
      CapPrm: '00000000a80425fb',
      CapInh: '0000000000000000',
    })
  })

  test('are added and dropped', async () => {
    // CAP_NET_ADMIN is bit 12, CAP_CHOWN bit 0.
    expect((await status({ capAdd: ['CAP_NET_ADMIN'], capDrop: ['CAP_CHOWN'] })).CapEff).toBe('00000000a80435fa')
    expect((await status({ capDrop: ['ALL'], capAdd: ['CAP_KILL'] })).CapEff).toBe('0000000000000020')
  })

  test('of somebody who is not root are in the bounding set only', async () => {
    expect(await status({}, { user: 'web' })).toMatchObject({ CapEff: '0000000000000000', CapBnd: '00000000a80425fb' })
  })

  test('of a privileged container are all that the daemon has', async () => {
    const { CapEff = '' } = await status({}, { isPrivileged: true })
    expect(BigInt(`0x${CapEff}`).toString(2).replaceAll('0', '')).toHaveLength(availableCapabilities().length)
  })
})

describe('the seccomp filter', () => {
  test('is on, and keeps a container from making namespaces', async () => {
    expect((await status()).Seccomp).toBe('2')
    expect((await box.sh('unshare -m true')).stderr).toContain('Operation not permitted')
  })

  test('lets CAP_SYS_ADMIN mount', async () => {
    expect((await box.sh('mount -t tmpfs none /tmp && echo mounted', { capAdd: ['CAP_SYS_ADMIN'] })).stdout).toBe(
      'mounted\n',
    )
  })

  test('may be off', async () => {
    expect((await status({ seccomp: 'unconfined' })).Seccomp).toBe('0')
  })

  test("may be the user's own", async () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 13 }],
    }
    expect((await box.sh('mkdir /made', { seccomp: { profile: JSON.stringify(profile) } })).stderr).toContain(
      'Permission denied',
    )
  })
})

test('no-new-privileges holds', async () => {
  expect((await status({ isNoNewPrivileges: true })).NoNewPrivs).toBe('1')
})

describe('the file systems', () => {
  test('of the kernel are there, and what is not for containers is masked or read-only', async () => {
    const script =
      'wc -c < /proc/keys; ls /proc/acpi /sys/firmware; echo x > /proc/sys/kernel/domainname; mkdir /sys/x; mount | cut -d" " -f3,5'
    const { stdout, stderr } = await box.sh(script)
    expect(stdout.split('\n')[0]).toBe('0')
    expect(stderr.match(/Read-only file system/g)).toHaveLength(2)
    for (const mount of [
      '/proc proc',
      '/dev tmpfs',
      '/dev/pts devpts',
      '/dev/mqueue mqueue',
      '/dev/shm tmpfs',
      '/sys sysfs',
      '/ overlay',
    ])
      expect(stdout).toContain(mount)
  })

  test('cgroups are to be read', async () => {
    expect((await box.sh('mkdir $(ls -d /sys/fs/cgroup/memory /sys/fs/cgroup | tail -1)/x')).stderr).toContain(
      'Read-only file system',
    )
  })

  test('the root may be read-only', async () => {
    expect((await box.sh('touch /x', { isReadOnlyRootfs: true })).stderr).toContain('Read-only file system')
  })

  test('/dev/shm has the size asked for', async () => {
    expect((await box.sh('df -k /dev/shm | tail -1', { shmSizeBytes: 1024 * 1024 })).stdout).toMatch(/\s1024\s/)
  })

  test('bind mounts and tmpfs mounts are made, deeper ones over shallower ones', async () => {
    const source = `${box.root}/source`
    mkdirSync(source)
    writeFileSync(`${source}/file`, 'from outside\n')
    const mounts = [
      { type: 'tmpfs' as const, source: '', target: '/data/scratch', isReadOnly: false, options: ['size=65536'] },
      { type: 'bind' as const, source, target: '/data', isReadOnly: false },
      { type: 'bind' as const, source: `${source}/file`, target: '/etc/file', isReadOnly: true },
    ]
    const { stdout, stderr } = await box.sh(
      'cat /data/file /etc/file; echo x > /data/scratch/y && ls /data; echo x > /etc/file',
      { mounts },
    )
    expect(stdout).toBe('from outside\nfrom outside\nfile\nscratch\n')
    expect(stderr).toContain('Read-only file system')
  })

  test('a bind mount of nothing is refused', async () => {
    const mounts = [{ type: 'bind' as const, source: '/not/there', target: '/x', isReadOnly: false }]
    await expect(box.sh('true', { mounts })).rejects.toMatchObject({
      status: 400,
      message: 'invalid mount config for type "bind": bind source path does not exist: /not/there',
    })
  })

  test("a privileged container sees the host's devices and may write /sys", async () => {
    const { stdout } = await box.sh('ls /dev/kmsg; mount | grep " /sys "', {}, { isPrivileged: true })
    expect(stdout).toMatch(/\/dev\/kmsg\n.*\(rw/)
  })
})

describe('the user', () => {
  test.for([
    ['', 'uid=0(root) gid=0(root) groups=0(root),50(log)'],
    ['web', 'uid=1000(web) gid=1001(web) groups=50(log),1001(web)'],
    ['1000', 'uid=1000(web) gid=1001(web) groups=50(log),1001(web)'],
    ['1000:50', 'uid=1000(web) gid=50(log) groups=50(log)'],
    ['web:log', 'uid=1000(web) gid=50(log) groups=50(log)'],
    ['4321', 'uid=4321 gid=0(root) groups=0(root)'],
  ])('%j is %s', async ([user, identity]) => {
    expect((await box.sh('id', {}, { user: user as string })).stdout.trim()).toBe(identity)
  })

  test('unknown to the container is refused', async () => {
    await expect(box.sh('true', {}, { user: 'nobody-here' })).rejects.toMatchObject({
      status: 400,
      message: 'unable to find user nobody-here: no matching entries in passwd file',
    })
    await expect(box.sh('true', {}, { user: 'web:none' })).rejects.toMatchObject({
      status: 400,
      message: 'unable to find group none: no matching entries in group file',
    })
  })
})

describe('the process', () => {
  test('has its environment, its folder and the names of its host', async () => {
    const { stdout } = await box.sh(
      'echo $A; pwd; hostname; cat /proc/sys/kernel/domainname',
      { hostname: 'one', domainname: 'two' },
      { env: [searchPath, 'A=b'], cwd: '/tmp' },
    )
    expect(stdout).toBe('b\n/tmp\none\ntwo\n')
  })

  test('is the first of its own, or one of the host', async () => {
    expect((await box.sh('echo $$')).stdout).toBe('1\n')
    expect(Number((await box.sh('echo $$', { pidMode: 'host' })).stdout)).toBeGreaterThan(1)
  })

  test('may share the processes of another container', async () => {
    const id = await box.create()
    const { pid } = await box.launcher.tasks.start(box.spec(id, { args: ['sleep', '4242'] }))
    expect((await box.sh('ps -o args', { pidMode: { containerPid: pid } })).stdout).toContain('sleep 4242')
    await box.end(id)
  })

  test('has its limits, but never more than the daemon may give', async () => {
    expect(
      (await box.sh('ulimit -n; ulimit -Hn', { ulimits: [{ name: 'nofile', soft: 100, hard: 200 }] })).stdout,
    ).toBe('100\n200\n')
    expect((await box.sh('ulimit -Hn', { ulimits: [{ name: 'nofile', soft: -1, hard: -1 }] })).exit.exitCode).toBe(0)
  })

  test('has its resources limited, and the kernel ends it when it takes more memory', async () => {
    const resources = {
      memoryBytes: 16 * 1024 * 1024,
      memorySwapBytes: 16 * 1024 * 1024,
      pidsLimit: 20,
      nanoCpus: 500_000_000,
      cpuShares: 512,
    }
    const { exit } = await box.sh('x=a; while :; do x=$x$x; done', { resources })
    expect(exit).toMatchObject({ exitCode: 137, isOomKilled: true })
  })

  test("has every other limit, too, by the kernel's own files", async () => {
    const isUnified = cgroupSupport().version === 2
    const { stdout: numbers } = await box.sh('stat -c %t:%T /dev/given', {
      devices: [{ path: '/dev/loop0', target: '/dev/given', access: 'r' }],
    })
    const device = numbers
      .trim()
      .split(':')
      .map((digits) => Number.parseInt(digits, 16))
      .join(':')
    const resources = {
      memoryBytes: 32 << 20,
      memoryReservationBytes: 16 << 20,
      cpusetCpus: '0',
      cpusetMems: '0',
      cpuQuotaUs: 20_000,
      cpuPeriodUs: 50_000,
      pidsLimit: 20,
      throttles: [
        { kind: 'readBps' as const, path: '/dev/loop0', rate: 4096 },
        { kind: 'writeIops' as const, path: '/dev/loop0', rate: 7 },
      ],
      ...(!isUnified && { memorySwappiness: 10, isOomKillDisabled: true }),
    }
    const files: [string, string][] = isUnified
      ? [
          ['memory.max', String(32 << 20)],
          ['memory.low', String(16 << 20)],
          ['cpuset.cpus', '0'],
          ['cpuset.mems', '0'],
          ['cpu.max', '20000 50000'],
          ['pids.max', '20'],
          ['io.max', `${device} rbps=4096 wbps=max riops=max wiops=7`],
        ]
      : [
          ['memory/memory.limit_in_bytes', String(32 << 20)],
          ['memory/memory.soft_limit_in_bytes', String(16 << 20)],
          ['memory/memory.swappiness', '10'],
          ['memory/memory.oom_control', expect.stringContaining('oom_kill_disable 1') as string],
          ['cpuset/cpuset.cpus', '0'],
          ['cpuset/cpuset.mems', '0'],
          ['cpu/cpu.cfs_quota_us', '20000'],
          ['pids/pids.max', '20'],
          ['blkio/blkio.throttle.read_bps_device', `${device} 4096`],
          ['blkio/blkio.throttle.write_iops_device', `${device} 7`],
        ]
    const { stdout } = await box.run(
      {
        args: [
          'sh',
          '-c',
          'cd /sys/fs/cgroup; for file in "$@"; do cat $file; echo --; done',
          'sh',
          ...files.map(([path]) => path),
        ],
      },
      { resources },
    )
    expect(
      stdout
        .split('--\n')
        .map((text) => text.trim())
        .slice(0, -1),
    ).toEqual(files.map(([, content]) => content))
    const bad = { throttles: [{ kind: 'readBps' as const, path: '/dev/null', rate: 1 }] }
    await expect(box.sh('true', { resources: bad })).rejects.toThrow(
      'a limit on /dev/null cannot be set: it is not a block device',
    )
  })

  test('may have the name of the host, its cgroups to itself, and no shared memory', async () => {
    const { stdout } = await box.sh('hostname; cut -d: -f3 /proc/self/cgroup | sort -u; ls /dev/shm 2>&1', {
      utsMode: 'host',
      cgroupNamespace: 'private',
      ipcMode: 'none',
    })
    expect(stdout).toBe(`${hostname()}\n/\nls: /dev/shm: No such file or directory\n`)
    const { stdout: shown } = await box.sh('cat /proc/self/cgroup', { cgroupNamespace: 'host' })
    expect(shown).toContain(`/trestle-test-${box.root.slice(-6)}/`)
  })

  test('has its own sysctls, and none of the host', async () => {
    expect(
      (await box.sh('cat /proc/sys/net/ipv4/ip_forward', { sysctls: { 'net.ipv4.ip_forward': '1' } })).stdout,
    ).toBe('1\n')
    await expect(box.sh('true', { sysctls: { 'vm.swappiness': '1' } })).rejects.toMatchObject({
      status: 400,
      message: "sysctl 'vm.swappiness' is not allowed",
    })
  })
})
