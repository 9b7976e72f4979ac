/** Archives whose entries would like to be somewhere else: as an image, and as what a new volume is filled with. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { pack, type Header } from 'tar-stream'
import type { HermeticHost } from '../../support/host.ts'
import type { Report } from '../report.ts'
import { ask } from '../world.ts'

type Entry = Partial<Header> & { name: string; content?: string }

const link = (name: string, linkname: string): Entry => ({ name, type: 'symlink', linkname })
const file = (name: string): Entry => ({ name, content: 'escaped' })

/** Each is an archive; `mark` is the name of a file that must be nowhere outside. */
const archives: Record<string, (mark: string) => Entry[]> = {
  'a path with ..': (mark) => [file(`../../../../../../../../${mark}`), file(`a/../../../../../../../../tmp/${mark}`)],
  'an absolute path': (mark) => [file(`/tmp/${mark}`), file(`//tmp/${mark}`)],
  'a file through a link': (mark) => [link('up', '/tmp'), file(`up/${mark}`)],
  'a file through a link of ..': (mark) => [link('up', '../../../../../../../../tmp'), file(`up/${mark}`)],
  'a file through two links': (mark) => [link('a', 'b'), link('b', '/tmp'), file(`a/${mark}`)],
  'a folder that becomes a link': (mark) => [
    { name: 'a/', type: 'directory' },
    { name: 'a/b', content: 'b' },
    link('a', '/tmp'),
    file(`a/${mark}`),
  ],
  'a hard link to a file of the host': () => [{ name: 'hard', type: 'link', linkname: '/etc/passwd' }],
  'a hard link through a link': () => [link('up', '/etc'), { name: 'hard', type: 'link', linkname: 'up/passwd' }],
  'whiteouts of what is above': () => [
    { name: '../../../../.wh.tmp', content: '' },
    { name: '.wh...', content: '' },
    { name: 'a/.wh..wh..opq', content: '' },
  ],
  'fifos and devices in a folder that a volume is filled with': () => [
    { name: 'v/', type: 'directory' },
    { name: 'v/fifo', type: 'fifo' },
    { name: 'v/disk', type: 'block-device', devmajor: 8, devminor: 0 },
    { name: 'v/null', type: 'character-device', devmajor: 1, devminor: 3 },
    link('v/root', '/'),
    link('v/loop', 'loop'),
    { name: 'v/again', type: 'link', linkname: 'v/fifo' },
  ],
  'an entry twice, and a name of every length': () => [
    file('same'),
    { name: 'same/', type: 'directory' },
    file('same'),
    file('n'.repeat(255)),
    file(`${'d/'.repeat(500)}deep`),
  ],
}

/** Resolves with how many there are. */
export async function unpackHostileArchives(host: HermeticHost, report: Report): Promise<number> {
  const mark = `escaped-${host.tag}`
  for (const [name, entries] of Object.entries(archives)) {
    const path = `${host.root}/hostile.tar`
    await writeFile(path, await archive(entries(mark)))
    const imported = await host.docker(['import', path, 'hostile:1'], { allowFailure: true })
    if (imported.exitCode === 0) {
      // What is unpacked is looked at as a container's root, too, and copied into a volume.
      await host.docker(['create', '--name', 'hostile', '-v', 'tricks:/v', 'hostile:1', 'true'], { allowFailure: true })
      await host.docker(['start', 'hostile'], { allowFailure: true })
      const read = await host.docker(['inspect', 'hostile'], { allowFailure: true })
      if (/root:x:0/.test(imported.stdout + read.stdout)) report.isWrong(`${name}: a file of the host was read`)
    } else if (/rpc error|is not a function|undefined|\n.*\n/.test(imported.stderr)) {
      report.isWrong(`${name}: the import is refused with ${imported.stderr}`)
    }
    for (const folder of ['', '/tmp', '/etc', host.root, host.dataRoot, `${host.dataRoot}/volumes`])
      if (existsSync(`/proc/${host.pid}/root${folder}/${mark}`))
        report.isWrong(`${name}: ${folder}/${mark} was written`)
    await ask(host, 'DELETE', '/containers/hostile?force=1')
    await ask(host, 'DELETE', '/volumes/tricks')
    await ask(host, 'DELETE', '/images/hostile:1?force=1')
  }
  return Object.keys(archives).length
}

async function archive(entries: Entry[]): Promise<Buffer> {
  const packed = pack()
  for (const { content = '', ...header } of entries) packed.entry(header, content)
  packed.finalize()
  return buffer(packed)
}
