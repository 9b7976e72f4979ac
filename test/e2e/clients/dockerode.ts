/** Run inside a hermetic host, with DOCKER_HOST: dockerode's run, attach, exec and events, printed as JSON. */
import { buffer, text } from 'node:stream/consumers'
import { PassThrough } from 'node:stream'
import Docker from 'dockerode'

const docker = new Docker({ socketPath: process.env['DOCKER_HOST']!.replace('unix://', '') })

const output = new PassThrough()
const [ended, ran] = (await docker.run('trestle/toolbox', ['sh', '-c', 'echo out; exit 3'], output, { Tty: true })) as [
  { StatusCode: number },
  Docker.Container,
]
output.end()
await ran.remove()

const container = await docker.createContainer({
  Image: 'trestle/toolbox',
  Cmd: ['sleep', '60'],
  HostConfig: { AutoRemove: true },
})
await container.start()
const exec = await container.exec({ Cmd: ['cat'], AttachStdin: true, AttachStdout: true })
const stream = await exec.start({ hijack: true, stdin: true })
const [stdout, stderr] = [new PassThrough(), new PassThrough()]
docker.modem.demuxStream(stream, stdout, stderr)
stream.once('end', () => stdout.end())
stream.end('through exec')
const echoed = await text(stdout)
const removed = container.wait({ condition: 'removed' })
await container.kill()
await removed

console.log(JSON.stringify({ exitCode: ended.StatusCode, output: (await buffer(output)).toString().trim(), echoed }))
