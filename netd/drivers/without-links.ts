/** The two networks that are made of nothing: `host`, where a container has the host's own links, and `none`, where it has only `lo`. */
import type { Driver } from './driver.ts'

function withoutLinks(name: string): Driver {
  const nothing = (): [] => []
  return {
    name,
    scope: 'local',
    endpointLimit: undefined,
    hasAddresses: false,
    validate: () => {},
    createNetwork: nothing,
    deleteNetwork: nothing,
    connect: nothing,
    disconnect: nothing,
    isolate: nothing,
  }
}

export const hostDriver = withoutLinks('host')

/** dockerd calls the driver of the network `none` so. */
export const nullDriver = withoutLinks('null')
