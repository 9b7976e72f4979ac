/** What is there before the machine reboots; reboot.after.test.ts looks at what came back. */
import { expect, test } from 'vitest'
import { projectRoot } from '../support/host.ts'
import { docker, installUnits, machine } from './machine/service.ts'

test('containers of every restart policy, with a static address and a published port', async () => {
  await installUnits()
  await machine('systemctl', 'enable', 'netd.socket', 'netd.service')
  await docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await docker(['network', 'create', '--subnet=10.62.0.0/24', 'lan'])
  const start = (name: string, ...flags: string[]): Promise<unknown> =>
    docker(['run', '-d', `--name=${name}`, '--network=lan', ...flags, 'trestle/toolbox', 'httpd', '-f', '-p', '80'])
  await start('always', '--restart=always', '--ip=10.62.0.50', '-p=8080:80')
  await start('unless-stopped', '--restart=unless-stopped')
  await start('stopped', '--restart=unless-stopped')
  await start('on-failure', '--restart=on-failure')
  await start('no')
  await docker(['stop', '-t', '1', 'stopped'])
  expect((await docker(['ps', '-q'])).stdout.trim().split('\n')).toHaveLength(4)
})
