/**
 * Builds trestle/toolbox, the image that the demo and the labs use, from the Debian packages on this machine, so that
 * neither needs a registry: dist/toolbox.tar, an archive as `docker save` writes it. The daemon loads it when asked
 * for an image it does not have.
 */
import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { arch } from 'node:process'
import { fileURLToPath } from 'node:url'
import { buffer } from 'node:stream/consumers'
import { pack, type Header } from 'tar-stream'

/** Program and the package that brings it. busybox gives every name that none of the others gives. */
const programs: Record<string, string> = {
  busybox: 'busybox',
  ip: 'iproute2',
  bridge: 'iproute2',
  ss: 'iproute2',
  tc: 'iproute2',
  ping: 'iputils-ping',
  tcpdump: 'tcpdump',
  curl: 'curl',
  iperf3: 'iperf3',
}

const directories: [path: string, mode: number][] = [
  ['dev', 0o755],
  ['etc', 0o755],
  ['proc', 0o755],
  ['root', 0o700],
  ['run', 0o755],
  ['srv', 0o755],
  ['sys', 0o755],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['usr/bin', 0o755],
  ['usr/lib', 0o755],
  ['usr/lib64', 0o755],
  ['usr/sbin', 0o755],
  ['var', 0o755],
  ['var/www', 0o755],
]

const textFiles: Record<string, string> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'etc/os-release': 'NAME="Trestle toolbox"\nID=trestle-toolbox\nPRETTY_NAME="Trestle toolbox"\n',
}

const output = fileURLToPath(new URL('../dist/toolbox.tar', import.meta.url))

function find(program: string): string {
  for (const folder of ['/usr/bin', '/usr/sbin', '/bin', '/sbin']) {
    if (existsSync(`${folder}/${program}`)) return realpathSync(`${folder}/${program}`)
  }
  throw new Error(`toolbox: ${program} is not on this machine; install it with: apt-get install ${programs[program]}`)
}

/** The shared libraries of a program as [path in the image, file here], the loader among them; none for a static one. */
function libraries(file: string): [string, string][] {
  const listing = execFileSync('ldd', [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return [...listing.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => {
    const inImage = path!.startsWith('/lib64/') ? `usr${path}` : `usr/lib/${basename(path!)}`
    return [inImage, realpathSync(path!)]
  })
}

/** A tar of what was built is the same bytes for the same packages: owner root, no time of its own. */
function entry(name: string, rest: Partial<Header>): Partial<Header> & Pick<Header, 'name'> {
  return { name, uid: 0, gid: 0, uname: 'root', gname: 'root', mtime: new Date(0), ...rest }
}

async function rootFileSystem(): Promise<Buffer> {
  const tar = pack()
  const bytes = buffer(tar)
  for (const [path, mode] of directories) tar.entry(entry(path, { type: 'directory', mode }))
  for (const name of ['bin', 'lib', 'lib64', 'sbin'])
    tar.entry(entry(name, { type: 'symlink', linkname: `usr/${name}`, mode: 0o777 }))
  for (const [path, text] of Object.entries(textFiles)) tar.entry(entry(path, { mode: 0o644 }), text)
  const found = Object.keys(programs).map((program) => ({ program, file: find(program) }))
  const needed = new Map(found.flatMap(({ file }) => (isDynamic(file) ? libraries(file) : [])))
  for (const [path, file] of needed) tar.entry(entry(path, { mode: 0o755 }), readFileSync(file))
  for (const { program, file } of found) tar.entry(entry(`usr/bin/${program}`, { mode: 0o755 }), readFileSync(file))
  const applets = execFileSync(find('busybox'), ['--list'], { encoding: 'utf8' }).trim().split('\n')
  for (const applet of applets.filter((name) => !(name in programs))) {
    tar.entry(entry(`usr/bin/${applet}`, { type: 'symlink', linkname: 'busybox', mode: 0o777 }))
  }
  tar.finalize()
  return bytes
}

/** PT_INTERP is there or it is not; ldd exits 1 on a static program, which is no error here. */
function isDynamic(file: string): boolean {
  return readFileSync(file).subarray(0, 4096).includes('/ld-linux')
}

async function archive(layer: Buffer): Promise<Buffer> {
  const digest = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')
  const layerDigest = digest(layer)
  const config = JSON.stringify({
    architecture: arch === 'x64' ? 'amd64' : arch,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['sh'],
      WorkingDir: '/root',
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'trestle toolbox' }],
  })
  const configName = `${digest(config)}.json`
  const tar = pack()
  const bytes = buffer(tar)
  tar.entry(entry(`${layerDigest}/`, { type: 'directory', mode: 0o755 }))
  tar.entry(entry(`${layerDigest}/layer.tar`, { mode: 0o644 }), layer)
  tar.entry(entry(configName, { mode: 0o644 }), config)
  tar.entry(
    entry('manifest.json', { mode: 0o644 }),
    JSON.stringify([
      { Config: configName, RepoTags: ['trestle/toolbox:latest'], Layers: [`${layerDigest}/layer.tar`] },
    ]),
  )
  tar.finalize()
  return bytes
}

mkdirSync(fileURLToPath(new URL('../dist', import.meta.url)), { recursive: true })
const tar = await archive(await rootFileSystem())
writeFileSync(`${output}.partial`, tar)
renameSync(`${output}.partial`, output)
console.log(
  `trestle/toolbox: ${(tar.length / 1e6).toFixed(1)} MB from ${new Set(Object.values(programs)).size} packages`,
)
