/** Container names: what may be one, and one for those who give none. */
import { errors } from '../../../api/errors.ts'
import type { ContainerRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { findByName } from './find.ts'

const allowed = '[a-zA-Z0-9][a-zA-Z0-9_.-]'
const pattern = new RegExp(`^/?${allowed}+$`)

/** The name without its slash; 400 for what Docker does not take, 409 for one that another container has. */
export function claimName(engine: Engine, name: string): string {
  if (!pattern.test(name))
    throw errors.invalidParameter(`Invalid container name (${name}), only ${allowed} are allowed`)
  const bare = name.replace(/^\//, '')
  const holder = holderOf(engine, bare)
  if (holder !== undefined) throw errors.containerNameInUse(bare, holder.id)
  return bare
}

/** One that is being made has its name already. */
function holderOf(engine: Engine, name: string): ContainerRecord | undefined {
  return findByName(engine, name) ?? engine.store.drafts.find((draft) => draft.name === name)
}

const adjectives = (
  'able agile amber ample bold brave brisk bright calm candid clear clever cosmic crisp daring deft eager earnest elastic fair fluent ' +
  'frank gentle golden happy hardy honest humble jolly keen kind lively loyal lucid mellow modest nimble noble patient placid polite ' +
  'proud quiet quick ready robust serene sharp silent sober solid steady sunny swift tidy tranquil trusty upbeat vivid warm wise witty'
).split(' ')

/** People who made networks what they are. */
const surnames = (
  'abramson baran bellovin berners_lee boggs braden cerf cheriton clark cohen crocker davies deering diffie elz engelbart estrin feinler ' +
  'floyd hamming hellman hopper huitema jacobson kahn karn katz kleinrock kent lamport lampson licklider liskov lynch mahdavi mcquillan ' +
  'mathis metcalfe mockapetris mogul moy nagle oran partridge perlman paxson postel pouzin rekhter rexford roberts rosen saltzer shannon ' +
  'shenker shoch stevens sunshine taylor thacker tomlinson turing van_jacobson varghese vixie zhang zimmermann'
).split(' ')

/** `brave_perlman`; with a digit behind it once the first tries are taken. `random` yields numbers in [0, 1). */
export function generateName(engine: Engine, random: () => number): string {
  const pick = (words: string[]): string => words[Math.floor(random() * words.length)]!
  for (let attempt = 0; ; attempt += 1) {
    const name = `${pick(adjectives)}_${pick(surnames)}${attempt < 3 ? '' : Math.floor(random() * 10 ** (attempt - 2))}`
    if (holderOf(engine, name) === undefined) return name
  }
}
