/** systemd starts netd at the first request, stops it and starts it again, and what runs in containers notices nothing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { projectRoot } from '../support/host.ts'
import { docker, installUnits, machine, removeUnits, stateOf } from './machine/service.ts'

const megabytes = 8
const serve = `dd if=/dev/zero of=/srv/blob bs=1M count=${megabytes} 2>/dev/null; exec httpd -f -p 80 -h /srv`
const url = 'http://127.0.0.1:8080/blob'

test('socket activation, restart and stop with traffic going on', async () => {
  await installUnits()
  expect(await stateOf('netd.service')).toBe('inactive')
  await docker(['load', '-i', `${projectRoot}dist/toolbox.tar`])
  expect(await stateOf('netd.service')).toBe('active')
  await docker(['run', '-d', '--name=web', '-p=8080:80', 'trestle/toolbox', 'sh', '-c', serve])
  await eventually(() => machine('curl', '-sfI', url), { timeoutMs: 60_000 })

  const flags = ['-s', '--limit-rate', '256k', '-o', '/dev/null', '-w', '%{size_download}']
  const download = spawn('curl', [...flags, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let downloaded = ''
  download.stdout.on('data', (chunk: Buffer) => (downloaded += chunk.toString()))
  const ended = once(download, 'close')
  await machine('systemctl', 'restart', 'netd.service')
  expect((await docker(['exec', 'web', 'echo', 'inside'])).stdout).toBe('inside\n')
  await machine('systemctl', 'stop', 'netd.service')
  await machine('curl', '-sfI', url)
  // The next request starts it again.
  expect((await docker(['ps', '--format', '{{.Names}} {{.State}}'])).stdout).toBe('web running\n')
  expect(await stateOf('netd.service')).toBe('active')
  await ended
  expect(Number(downloaded)).toBe(megabytes * 2 ** 20)
  await docker(['rm', '-f', 'web'])
  await removeUnits()
})
