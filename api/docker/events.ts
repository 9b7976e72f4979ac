/** Docker Engine API, "System monitor events": https://docs.docker.com/reference/api/engine/version/v1.47/#tag/System/operation/SystemEvents */

export interface EventMessage {
  /** `namespace` and `link` are Trestle's own. */
  Type: 'container' | 'network' | 'image' | 'volume' | 'daemon' | 'namespace' | 'link'
  Action: string
  Actor: { ID: string; Attributes: Record<string, string> }
  scope: 'local'
  /** Unix seconds. */
  time: number
  /** Unix nanoseconds; beyond 2^53, so serialised from a bigint. */
  timeNano: number
  /** The fields of the oldest clients. */
  status?: string
  id?: string
  from?: string
}
