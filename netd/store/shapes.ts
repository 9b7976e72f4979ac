/** What a record must have for the daemon to work with it at all. More may be in it: ./records.ts is the whole of it. */
import { z } from 'zod'
import { containerStatuses } from './records.ts'
import type { Table } from './tables.ts'

const text = z.string()
const named = { id: text.min(1), name: text.min(1) }
const some = z.looseObject({})
const date = text.refine((value) => !Number.isNaN(Date.parse(value)), 'not a date')

const container = z.looseObject({
  ...named,
  createdAt: date,
  imageId: text,
  options: z.looseObject({
    process: some,
    network: z.looseObject({ mode: z.looseObject({ kind: text }) }),
    security: some,
    limits: some,
  }),
  verbatim: z.looseObject({ config: some, hostConfig: some }),
  mounts: z.array(z.looseObject({ type: text, target: text })),
  state: z.looseObject({ status: z.enum(containerStatuses), exitCode: z.number() }),
})

export const shapes: Record<Table, z.ZodType> = {
  networks: z.looseObject({
    ...named,
    createdAt: date,
    driver: text,
    driverState: z.record(text, text),
    pools: z.array(z.looseObject({ subnet: text, gateway: text })),
    options: z.record(text, text),
    labels: z.record(text, text),
  }),
  sandboxes: z.looseObject({
    ...named,
    namespace: z.looseObject({ kind: z.enum(['own', 'host', 'shared']) }),
    hostname: text,
    endpoints: z.record(text, z.looseObject({ networkId: text, request: some })),
    portBindings: z.array(some),
    ports: z.array(some),
    links: z.array(some),
    extraHosts: z.array(some),
    resolver: z.looseObject({ nameservers: z.array(text), search: z.array(text), options: z.array(text) }),
  }),
  containers: container,
  drafts: container,
  namespaces: z.looseObject({ name: text.min(1), labels: z.record(text, text) }),
  links: z.looseObject({ id: text.min(1), ends: z.tuple([some, some]), labels: z.record(text, text) }),
  volumes: z.looseObject({ name: text.min(1), createdAt: date }),
}
