/** Shims in the process table: programs of that name stand in for them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundlesFolder, containerdFiles } from '../../../netd/config/layout.ts'
import { restoreBundles } from '../../../netd/containerd/shims.ts'

let root: string
let roots: { dataRoot: string; execRoot: string }
const shims: ChildProcess[] = []

beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/trestle-shims-`)
  roots = { dataRoot: `${root}/data`, execRoot: `${root}/exec` }
})
afterEach(async () => {
  for (const shim of shims.splice(0)) {
    shim.stdin!.end()
    await once(shim, 'exit')
  }
  rmSync(root, { recursive: true })
})

/** Listens on a socket until its input ends. @param around what it is started by. */
async function standIn(id: string, around: string[] = []): Promise<string> {
  const socket = `${root}/${shims.length}.sock`
  const listen = `require('net').createServer().listen(process.argv[1], () => console.log('ready'))
    process.stdin.on('end', () => process.exit()).resume()`
  const words = ['-namespace', 'trestle', '-id', id, '-address', containerdFiles(roots).socket]
  const named = ['bash', '-c', 'exec -a containerd-shim-runc-v2 "$@"', 'bash', process.execPath, '-e', listen, '--']
  const [program, ...rest] = [...around, ...named, socket, ...words]
  const shim = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
  shims.push(shim)
  await once(shim.stdout, 'data')
  return socket
}

test('a shim whose bundle is gone is found by its address again', async () => {
  const socket = await standIn('web')
  expect(restoreBundles(roots)).toBe(1)
  expect(readFileSync(`${bundlesFolder(roots, 'trestle')}/web/address`, 'utf8')).toBe(`unix://${socket}`)
  expect(restoreBundles(roots)).toBe(0)
})

test.each([
  ['whose id leads out of the folder', '../../../../escaped', []],
  ['in a PID namespace of its own, as a container has', 'web', ['unshare', '--pid', '--fork', '--kill-child']],
  ['with another root, as a container of the PID namespace of the host has', 'web', otherRoot()],
])('a process that calls itself a shim, %s, is none', async (_what, id, around) => {
  await standIn(id, around)
  expect(restoreBundles(roots)).toBe(0)
  expect(existsSync(`${root}/escaped`)).toBe(false)
  expect(existsSync(containerdFiles(roots).state)).toBe(false)
})

/** With all that is in this one. */
function otherRoot(): string[] {
  const enter =
    'mount -t tmpfs none /mnt && for f in /*; do [ "$f" = /mnt ] || [ ! -d "$f" ] || { mkdir -p /mnt$f; mount --rbind $f /mnt$f; }; done'
  return ['unshare', '--mount', 'bash', '-c', `${enter}; exec chroot /mnt "$@"`, 'bash']
}
