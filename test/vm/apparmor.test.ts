/** What the profile `trestle-default` must stop, by a container that could do all of it without the profile; and what it must not. */
import { expect } from 'vitest'
import type { HermeticHost } from '../support/host.ts'
import { job } from './machine/job.ts'

const image = 'trestle/toolbox'
/** Nothing but AppArmor is left to stop it. */
const able = `--cap-add=SYS_ADMIN --cap-add=SYS_RAWIO --cap-add=SYS_PTRACE --security-opt=seccomp=unconfined
  --security-opt=systempaths=unconfined --pid=host`.split(/\s+/)

/** Each leaves the machine as it was, where it succeeds. */
const attempts = {
  mount: 'mount -t tmpfs none /srv',
  'write /proc/sys': 'cat /proc/sys/vm/swappiness >/tmp/same && cat /tmp/same >/proc/sys/vm/swappiness',
  'open /proc/sysrq-trigger': ': >/proc/sysrq-trigger',
  'read /proc/kcore': 'head -c 1 /proc/kcore >/dev/null',
  'read the firmware': 'set -- $(find /sys/firmware/memmap -type f) && cat $1',
  'signal the host': 'kill -CONT 1',
  'look into the host': 'cat /proc/1/environ >/dev/null',
}
const permitted = {
  'write its own /proc': 'echo 500 >/proc/self/oom_score_adj',
  'write kernel.shm*': 'cat /proc/sys/kernel/shmmni >/tmp/same && cat /tmp/same >/proc/sys/kernel/shmmni',
  'signal its own': 'sleep 9 & kill $!',
  'look into its own': 'sleep 9 & cat /proc/$!/environ >/dev/null; kill $!',
}

async function outcomes(host: HermeticHost, flags: string[], scripts: Record<string, string>) {
  const tried = Object.entries(scripts).map(
    ([name, script]) =>
      `if (${script}) <&- >/dev/null 2>&1; then echo "${name}: done"; else echo "${name}: stopped"; fi`,
  )
  const { stdout } = await host.docker(['run', '--rm', ...able, ...flags, image, 'sh', '-c', tried.join('\n')])
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(': ')),
  )
}

const all = (scripts: object, outcome: string) =>
  Object.fromEntries(Object.keys(scripts).map((name) => [name, outcome]))

job('the profile stops what docker-default stops, and nothing else', async (host) => {
  const { body } = await host.http('GET', '/info')
  expect(body.SecurityOptions).toEqual(['name=apparmor', 'name=seccomp,profile=default', 'name=cgroupns'])
  expect(JSON.stringify(body.Warnings)).not.toContain('AppArmor')
  expect(await outcomes(host, [], attempts)).toEqual(all(attempts, 'stopped'))
  expect(await outcomes(host, [], permitted)).toEqual(all(permitted, 'done'))
  expect(await outcomes(host, ['--security-opt=apparmor=unconfined'], attempts)).toEqual(all(attempts, 'done'))
})

job('each container has the profile it asks for, and inspect tells what the kernel says', async (host) => {
  const wanted: [profile: string, flags: string[]][] = [
    ['trestle-default', []],
    ['unconfined', ['--security-opt=apparmor=unconfined']],
    ['unconfined', ['--privileged']],
    ['trestle-default', ['--privileged', '--security-opt=apparmor=trestle-default']],
  ]
  for (const [at, [profile, flags]] of wanted.entries()) {
    const name = `c${at}`
    await host.docker(['run', '-d', '--name', name, ...flags, image, 'sleep', '600'])
    const said = profile === 'unconfined' ? profile : `${profile} (enforce)`
    expect((await host.docker(['exec', name, 'cat', '/proc/self/attr/current'])).stdout.trim()).toBe(said)
    expect((await host.docker(['inspect', '-f', '{{.AppArmorProfile}}', name])).stdout.trim()).toBe(profile)
    await host.docker(['rm', '-f', name])
  }
  const { stderr } = await host.docker(['create', '--security-opt=apparmor=nothere', image], { allowFailure: true })
  expect(stderr).toContain('apparmor=nothere: the profile cannot be applied: it is not loaded')
  // As `systemctl restart apparmor` may do.
  await host.run(['sh', '-c', 'echo "profile trestle-default {}" | apparmor_parser --remove'])
  expect((await host.docker(['run', '--rm', image, 'cat', '/proc/self/attr/current'])).stdout.trim()).toBe(
    'trestle-default (enforce)',
  )
})
