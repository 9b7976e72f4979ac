/** The network modes, published ports in both families and names, on a distribution's kernel. */
import { expect } from 'vitest'
import { eventually } from '../support/eventually.ts'
import type { HermeticHost } from '../support/host.ts'
import { job } from './machine/job.ts'

const image = 'trestle/toolbox'
const out = async (host: HermeticHost, ...args: string[]): Promise<string> => (await host.docker(args)).stdout.trim()

job('none has loopback alone, host is the host, container is the other', async (host) => {
  expect(await out(host, 'run', '--rm', '--network=none', image, 'ip', '-br', 'link')).toMatch(/^lo .*$/)
  const own = (await host.run(['readlink', '/proc/self/ns/net'])).stdout.trim()
  expect(await out(host, 'run', '--rm', '--network=host', image, 'readlink', '/proc/self/ns/net')).toBe(own)
  await host.docker(['run', '-d', '--name', 'one', image, 'sleep', '600'])
  const address = await out(host, 'exec', 'one', 'ip', '-br', 'addr', 'show', 'eth0')
  expect(address).toContain('172.17.')
  expect(await out(host, 'run', '--rm', '--network=container:one', image, 'ip', '-br', 'addr', 'show', 'eth0')).toBe(
    address,
  )
  await host.docker(['rm', '-f', 'one'])
})

job('a published port answers in both families, and names are known', async (host) => {
  await host.docker(['network', 'create', '--ipv6', '--subnet=10.61.0.0/24', '--subnet=fd61::/64', 'lan'])
  const serve = 'mkdir /srv/www; echo page >/srv/www/index.html; exec httpd -f -p 80 -h /srv/www'
  await host.docker([
    'run',
    '-d',
    '--name=web',
    '--network=lan',
    '--network-alias=www',
    '-p=8080:80',
    image,
    'sh',
    '-c',
    serve,
  ])
  for (const url of ['http://127.0.0.1:8080', 'http://[::1]:8080', 'http://10.61.0.1:8080', 'http://[fd61::1]:8080'])
    await eventually(async () => expect((await host.run(['curl', '-sf', url])).stdout.trim()).toBe('page'))
  await host.docker(['run', '-d', '--name=client', '--network=lan', image, 'sleep', '600'])
  for (const name of ['web', 'www'])
    expect(await out(host, 'exec', 'client', 'curl', '-s', `http://${name}`)).toBe('page')
  expect(await out(host, 'exec', 'client', 'nslookup', '-type=aaaa', 'web')).toContain('fd61::2')
  await host.docker(['rm', '-f', 'web', 'client'])
  await host.docker(['network', 'rm', 'lan'])
})
