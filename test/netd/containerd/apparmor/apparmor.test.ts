/** What a machine says of AppArmor, from a folder that stands for its files, with a parser that notes what it is given. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { KernelAppArmor } from '../../../../netd/containerd/apparmor/apparmor.ts'
import { silent } from '../fixture.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(`${tmpdir()}/trestle-apparmor-`)
  const made = root
  onTestFinished(() => rmSync(made, { recursive: true }))
})

const open = (parserLimitMs = 60_000) =>
  new KernelAppArmor(silent, {
    parameter: `${root}/enabled`,
    securityfs: `${root}/security`,
    parsers: [`${root}/apparmor_parser`],
    abiFile: `${root}/abi`,
    proc: `${root}/proc`,
    parserLimitMs,
  })

function switchOn(...profiles: string[]): void {
  writeFileSync(`${root}/enabled`, 'Y\n')
  mkdirSync(`${root}/security`, { recursive: true })
  writeFileSync(
    `${root}/security/profiles`,
    ['docker-default', ...profiles].map((name) => `${name} (enforce)\n`).join(''),
  )
}

function installParser(
  script = `cat >> ${root}/loaded; echo 'trestle-default (enforce)' >> ${root}/security/profiles`,
) {
  writeFileSync(`${root}/apparmor_parser`, `#!/bin/sh\n${script}\n`)
  chmodSync(`${root}/apparmor_parser`, 0o755)
}

test('without AppArmor nothing is told to a process, and a profile that is asked for is refused', async () => {
  const appArmor = open()
  expect(appArmor.shortcoming()).toBe('the kernel has no AppArmor (CONFIG_SECURITY_APPARMOR)')
  expect(await appArmor.prepare(undefined)).toBeUndefined()
  expect(await appArmor.prepare('unconfined')).toBeUndefined()
  for (const name of ['mine', 'trestle-default'])
    await expect(appArmor.prepare(name)).rejects.toThrow(
      `apparmor=${name}: the profile cannot be applied: the kernel has no`,
    )
  writeFileSync(`${root}/enabled`, 'N\n')
  expect(appArmor.shortcoming()).toContain('switched off')
})

test('without its parser containers are unconfined, and it says what to install', async () => {
  switchOn()
  expect(open().shortcoming()).toContain('apt install apparmor')
  expect(await open().prepare(undefined)).toBe('unconfined')
  switchOn('trestle-default')
  expect(open().shortcoming()).toBeUndefined()
  expect(await open().prepare(undefined)).toBe('trestle-default')
})

test('the default profile is loaded once, by each daemon anew, and again when somebody has unloaded it', async () => {
  switchOn('trestle-default')
  installParser()
  writeFileSync(`${root}/abi`, '')
  const loads = (): number => readFileSync(`${root}/loaded`, 'utf8').match(/^profile trestle-default /gm)!.length
  const appArmor = open()
  expect(await Promise.all([appArmor.prepare(undefined), appArmor.prepare(undefined)])).toEqual(
    Array(2).fill('trestle-default'),
  )
  expect(loads()).toBe(1)
  switchOn()
  expect(await appArmor.prepare(undefined)).toBe('trestle-default')
  await appArmor.prepare(undefined)
  expect(loads()).toBe(2)
  expect(readFileSync(`${root}/loaded`, 'utf8')).toMatch(/^abi <abi\/3.0>,/)
})

test('a profile that cannot be loaded fails the start, with what the parser says', async () => {
  switchOn()
  installParser('echo Warning >&2; echo "syntax error in line 3" >&2; exit 1')
  await expect(open().prepare(undefined)).rejects.toThrow(
    /^the AppArmor profile trestle-default could not be loaded: .*: syntax error in line 3$/,
  )
  expect(await open().prepare('unconfined')).toBe('unconfined')
})

test('another profile has to be loaded already', async () => {
  switchOn()
  expect(await open().prepare('docker-default')).toBe('docker-default')
  await expect(open().prepare('mine')).rejects.toThrow('apparmor=mine: the profile cannot be applied: it is not loaded')
})

test('what confines a process is what the kernel says', () => {
  switchOn()
  mkdirSync(`${root}/proc/7/attr/apparmor`, { recursive: true })
  writeFileSync(`${root}/proc/7/attr/current`, 'of another module\n')
  writeFileSync(`${root}/proc/7/attr/apparmor/current`, 'docker-default (enforce)\n')
  expect(open().profileOf(7)).toBe('docker-default')
  expect(open().profileOf(8)).toBeUndefined()
})

test('a parser that never ends is ended, and that is one start that fails', async () => {
  switchOn()
  installParser('exec sleep 600')
  await expect(open(50).prepare(undefined)).rejects.toThrow(
    `could not be loaded: ${root}/apparmor_parser: SIGKILL after at most 50 ms`,
  )
})
