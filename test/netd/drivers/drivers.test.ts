/** A driver is a folder and a line in the registry: nobody else knows it. docs/architecture.md says the same. */
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openDrivers } from '../../../netd/drivers/drivers.ts'

const root = new URL('../../../netd/', import.meta.url).pathname
const folders = readdirSync(`${root}drivers`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const settings = { bip: '172.17.0.1/16', isIcc: true, isIpMasquerade: true, ip: '0.0.0.0' }
const drivers = Object.values(openDrivers({ bridgeSteps: () => [], guardSteps: () => [] }, settings))

test('every folder is a driver, and those with links have the same few files', () => {
  expect(drivers.length).toBe(folders.length)
  for (const folder of folders) expect(readdirSync(`${root}drivers/${folder}`)).toContain('index.ts')
  for (const { name } of drivers.filter(({ hasSubnets }) => hasSubnets))
    expect(readdirSync(`${root}drivers/${name}`)).toEqual(
      expect.arrayContaining(['endpoint.ts', 'index.ts', 'network.ts', 'options.ts']),
    )
})

test('only the registry imports one', () => {
  const importer = new RegExp(`from '[^']*(drivers|\\.)/(${folders.join('|')})/`)
  const importers = globSync('**/*.ts', { cwd: root }).filter((file) =>
    importer.test(readFileSync(`${root}${file}`, 'utf8')),
  )
  expect(importers).toEqual(['drivers/drivers.ts'])
})

test('the networks that are always there are theirs', () => {
  expect(drivers.flatMap(({ predefined }) => predefined?.name ?? [])).toEqual(['bridge', 'host', 'none'])
})
