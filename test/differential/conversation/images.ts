/** Images: read, tagged, loaded, imported. */
import { readFileSync } from 'node:fs'
import { projectRoot } from '../../support/host.ts'
import { filter, image, type Step } from './step.ts'

const tar = { 'content-type': 'application/x-tar' }
/** A root file system with nothing in it: tar's two empty blocks, tar(5). */
const emptyArchive = Buffer.alloc(1024)

export const images: Step[] = [
  { name: 'image list', method: 'GET', path: '/images/json' },
  { name: 'image inspect', method: 'GET', path: `/images/${image}/json` },
  { name: 'image inspect, unknown', method: 'GET', path: '/images/nothere/json' },
  { name: 'image inspect, bad reference', method: 'GET', path: '/images/UPPER/json' },
  { name: 'image rm, unknown', method: 'DELETE', path: '/images/nothere' },
  { name: 'image tag', method: 'POST', path: `/images/${image}/tag?repo=other&tag=v1` },
  { name: 'image rm, a tag', method: 'DELETE', path: '/images/other:v1' },
  {
    name: 'image load',
    method: 'POST',
    path: '/images/load?quiet=1',
    body: readFileSync(`${projectRoot}dist/toolbox.tar`),
    headers: tar,
    values: (body) => body,
  },
  {
    name: 'image load, not an archive',
    method: 'POST',
    path: '/images/load?quiet=1',
    body: 'what is this',
    headers: tar,
  },
  {
    name: 'image import',
    method: 'POST',
    path: '/images/create?fromSrc=-&repo=empty&tag=v1&changes=CMD%20true',
    body: emptyArchive,
    headers: tar,
  },
  {
    name: 'image import, bad reference',
    method: 'POST',
    path: '/images/create?fromSrc=-&repo=UPPER',
    body: emptyArchive,
    headers: tar,
  },
  {
    name: 'image import, bad change',
    method: 'POST',
    path: '/images/create?fromSrc=-&repo=empty&tag=v2&changes=FLY%20away',
    body: emptyArchive,
    headers: tar,
  },
  {
    name: 'image inspect, imported',
    method: 'GET',
    path: '/images/empty:v1/json',
    values: ({ Config, Os, RepoTags }) => [Config.Cmd, Os, RepoTags],
  },
  {
    name: 'image list, by reference',
    method: 'GET',
    path: `/images/json?filters=${filter({ reference: ['empty'] })}`,
    values: ([{ RepoTags }]) => RepoTags,
  },
  {
    name: 'image rm, imported',
    method: 'DELETE',
    path: '/images/empty:v1',
    values: (body) => body.map((item: object) => Object.keys(item)[0]),
  },
  { name: 'image tag, bad reference', method: 'POST', path: `/images/${image}/tag?repo=UPPER&tag=v1` },
  { name: 'image tag, unknown image', method: 'POST', path: '/images/nothere/tag?repo=other&tag=v1' },
]
