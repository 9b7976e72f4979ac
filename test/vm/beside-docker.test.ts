/** The distribution's Docker and netd on one machine: each does its work, and neither meets the other's rules or bridges. */
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot } from '../support/host.ts'
import { run } from '../support/run.ts'
import { docker as netd, installUnits, machine, removeUnits } from './machine/service.ts'

const dockerd = (args: string[]): ReturnType<typeof run> => run(['docker', ...args])
const serve = (word: string): string[] => ['sh', '-c', `echo ${word} >/srv/index.html; exec httpd -f -p 80 -h /srv`]

/** All rules but netd's, without their counters. */
async function rules(): Promise<string> {
  const { stdout } = await machine('nft', '--stateless', 'list', 'ruleset')
  return stdout.replaceAll(/^table inet trestle[^]*?^}\n/gm, '')
}

async function answer(word: string, port: number): Promise<void> {
  await eventually(async () =>
    expect((await machine('curl', '-sf', `http://127.0.0.1:${port}`)).stdout.trim()).toBe(word),
  )
}

test('both run, each restarts, and each goes without harm to the other', async () => {
  await machine('systemctl', 'start', 'docker.service')
  await dockerd(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await dockerd(['run', '-d', '--name=theirs', '-p=8081:80', 'trestle/toolbox', ...serve('theirs')])
  await answer('theirs', 8081)
  const before = await rules()

  await installUnits()
  await netd(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  await netd(['run', '-d', '--name=ours', '-p=8080:80', 'trestle/toolbox', ...serve('ours')])
  await answer('ours', 8080)
  await answer('theirs', 8081)
  expect(await rules()).toBe(before)
  const { stdout: bridges } = await machine('ip', '-br', 'link', 'show', 'type', 'bridge')
  expect(bridges).toMatch(/docker0[^]*trestle0|trestle0[^]*docker0/)

  await machine('systemctl', 'restart', 'docker.service')
  await answer('ours', 8080)
  await machine('systemctl', 'restart', 'netd.service')
  expect((await netd(['ps', '--format', '{{.Names}} {{.State}}'])).stdout).toBe('ours running\n')
  await dockerd(['start', 'theirs'])
  await answer('theirs', 8081)

  await netd(['rm', '-f', 'ours'])
  await machine('systemctl', 'stop', 'netd.service')
  await answer('theirs', 8081)
  await dockerd(['rm', '-f', 'theirs'])
  await machine('systemctl', 'stop', 'docker.service', 'docker.socket', 'containerd.service')
  await machine('ip', 'link', 'delete', 'docker0')
  await removeUnits()
})
