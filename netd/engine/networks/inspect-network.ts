import { errors } from '../../../api/errors.ts'
import type { EndpointLease, NetworkRecord, SandboxRecord } from '../../store/records.ts'
import type { Engine } from '../engine.ts'
import { activeEndpointsOn } from './endpoints-on.ts'
import { findNetwork } from './resolve-network.ts'

export interface NetworkView {
  network: NetworkRecord
  /** Of the containers that are on it now. */
  endpoints: { sandbox: SandboxRecord; lease: EndpointLease }[]
}

/** 404 also for one of another scope than is asked for. */
export function inspectNetwork(engine: Engine, reference: string, scope?: string): NetworkView {
  const network = findNetwork(engine, reference)
  if (scope && scope !== 'local') throw errors.networkNotFound(reference)
  const endpoints = activeEndpointsOn(engine, network).filter(({ lease }) => lease.isLost !== true)
  return { network, endpoints }
}
