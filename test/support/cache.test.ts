/** What is made once is whole, or it is made again. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { afterAll, expect, test } from 'vitest'
import { cached, cacheRoot, findCached, inventory, type Recipe } from './cache.ts'

const name = `test-${process.pid}`
let made = 0
let failure: Error | undefined

const recipe: Recipe = {
  name,
  ingredients: ['one', 'two'],
  async make(folder) {
    made++
    expect(await readdir(folder)).toEqual([])
    await writeFile(`${folder}/file`, 'whole')
    if (failure !== undefined) throw failure
  },
  fingerprint: inventory,
}

const entries = async (): Promise<string[]> => (await readdir(cacheRoot)).filter((entry) => entry.startsWith(name))

afterAll(async () => {
  for (const entry of await entries()) await rm(`${cacheRoot}/${entry}`, { recursive: true })
})

test('one makes it for all who want it, and a damaged or half-made one is made again', async () => {
  const [folder, other] = await Promise.all([cached(recipe), cached(recipe)])
  expect([other, made]).toEqual([folder, 1])
  expect(await cached({ ...recipe, ingredients: ['one'] })).not.toBe(folder)

  await writeFile(`${folder}/file`, 'cut')
  expect(await findCached(recipe)).toBeUndefined()
  expect(await cached(recipe)).toBe(folder)
  expect(made).toBe(3)

  // What a kill in the middle leaves.
  await rm(`${folder}.made`)
  await mkdir(`${folder}/half`)
  await cached(recipe)
  expect(await readdir(folder)).toEqual(['file'])

  await rm(`${folder}/file`)
  failure = new Error('no room')
  await expect(cached(recipe)).rejects.toThrow('no room')
  expect((await entries()).filter((entry) => folder.endsWith(entry.replace('.made', '')))).toEqual([])
})
