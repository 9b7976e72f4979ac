/** What `run` is told about resources, read back from cgroup v2, which the kernel alone writes there. */
import { expect } from 'vitest'
import { job, runDetached } from './machine/job.ts'

const megabyte = 2 ** 20

job('each limit is where cgroup v2 has it', async (host) => {
  const flags = `--memory=64m --memory-swap=96m --memory-reservation=32m --cpus=0.5 --cpu-shares=512 --cpuset-cpus=1
    --cpuset-mems=0 --pids-limit=50 --blkio-weight=300 --device-read-bps=/dev/vda:1mb --device-write-bps=/dev/vda:2mb
    --device-read-iops=/dev/vda:100 --device-write-iops=/dev/vda:200`.split(/\s+/)
  const folder = await runDetached(host, 'limited', ...flags, 'trestle/toolbox', 'sleep', '600')
  const read = async (file: string): Promise<string> => (await host.run(['cat', `${folder}/${file}`])).stdout.trim()
  const files = ['memory.max', 'memory.swap.max', 'memory.low', 'cpu.max', 'cpu.weight', 'cpuset.cpus', 'cpuset.mems']
  const seen = Object.fromEntries(await Promise.all(files.map(async (file) => [file, await read(file)] as const)))
  expect(seen).toEqual({
    'memory.max': String(64 * megabyte),
    // What is beyond the memory, as cgroup v2 counts it.
    'memory.swap.max': String(32 * megabyte),
    'memory.low': String(32 * megabyte),
    'cpu.max': '50000 100000',
    // 1 + (512 - 2) * 9999 / 262142, as runc turns shares into a weight.
    'cpu.weight': '20',
    'cpuset.cpus': '1',
    'cpuset.mems': '0',
  })
  expect(await read('pids.max')).toBe('50')
  expect(await read('io.max')).toMatch(/^\d+:\d+ rbps=1048576 wbps=2097152 riops=100 wiops=200$/)
  expect(await read('io.weight')).toBe('default 2930')
  await host.docker(['rm', '-f', 'limited'])
})

job('a limit that is enforced stops its container, and no other', async (host) => {
  await runDetached(host, 'neighbour', 'trestle/toolbox', 'sleep', '600')
  const { exitCode } = await host.docker(
    ['run', '--name', 'eater', '--memory=24m', '--memory-swap=24m', 'trestle/toolbox', 'tail', '/dev/zero'],
    { allowFailure: true },
  )
  expect(exitCode).toBe(137)
  const { body } = await host.http('GET', '/containers/eater/json')
  expect(body.State).toMatchObject({ OOMKilled: true, ExitCode: 137 })
  const now = String(Math.ceil(Date.now() / 1000))
  const { stdout: events } = await host.docker(['events', '--since=0', `--until=${now}`, '--filter=container=eater'])
  expect(events).toMatch(/container oom .*\n.*container die /)
  const { stderr } = await host.docker(
    ['run', '--rm', '--pids-limit=4', 'trestle/toolbox', 'sh', '-c', 'for i in 1 2 3 4 5 6; do sleep 9 & done'],
    { allowFailure: true },
  )
  expect(stderr).toMatch(/can't fork: Resource temporarily unavailable/)
  expect((await host.docker(['inspect', '-f', '{{.State.Status}}', 'neighbour'])).stdout.trim()).toBe('running')
  await host.docker(['rm', '-f', 'eater', 'neighbour'])
})
