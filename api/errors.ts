/**
 * The one catalogue of errors that cross the wire: each entry fixes the HTTP status and the sentence, both as
 * Docker has them where Docker has the thing, because programs match on them.
 */

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly status: number

  constructor(code: ErrorCode, status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.status = status
  }
}

const catalogue = {
  // 400
  invalidParameter: [400, (message: string) => message],
  sharedNetworkMode: [
    400,
    () => 'container sharing network namespace with another container or host cannot be connected to any other network',
  ],
  hostNetworkMode: [400, () => 'container cannot be disconnected from host network or connected to host network'],
  privateNetworkMode: [
    400,
    () => 'container cannot be connected to multiple networks with one of the networks in private (none) mode',
  ],
  // 403
  networkPredefined: [403, (name: string) => `${name} is a pre-defined network and cannot be removed`],
  networkInUse: [
    403,
    (name: string, id: string) => `error while removing network: network ${name} id ${id} has active endpoints`,
  ],
  poolOverlap: [
    403,
    (subnet: string, by: string) => `Pool overlaps with other one on this address space: ${subnet} overlaps with ${by}`,
  ],
  addressInUse: [403, (address: string, by: string) => `Address already in use: ${address} is ${by}`],
  alreadyConnected: [
    403,
    (container: string, network: string) => `endpoint with name ${container} already exists in network ${network}`,
  ],
  forbidden: [403, (message: string) => message],
  // 404
  networkNotFound: [404, (name: string) => `network ${name} not found`],
  configNetworkNotFound: [404, (name: string) => `configuration network "${name}" does not exist`],
  portNotPublished: [404, (container: string, port: string) => `container ${container} does not publish ${port}`],
  volumeNotFound: [404, (name: string) => `get ${name}: no such volume`],
  volumeDriverNotFound: [
    404,
    (volume: string, driver: string) =>
      `create ${volume}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
  ],
  pluginNotFound: [404, (name: string) => `plugin "${name}" not found`],
  noFreeSubnet: [
    404,
    (pools: string) =>
      `could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network: every subnet of ${pools} overlaps with a network or a route of this host; give the network a --subnet, or netd another --default-address-pool`,
  ],
  containerNotFound: [404, (name: string) => `No such container: ${name}`],
  imageNotFound: [404, (name: string) => `No such image: ${name}`],
  execNotFound: [404, (id: string) => `No such exec instance: ${id}`],
  namespaceNotFound: [404, (name: string) => `namespace ${name} not found`],
  nodeNotFound: [404, (name: string) => `No such node: ${name} is neither a namespace nor a container`],
  partyNotFound: [
    404,
    (word: string) =>
      `No such party: ${word} is no container, lab node or namespace, no address that one of them has, and neither host nor outside`,
  ],
  linkNotFound: [404, (id: string) => `link ${id} not found`],
  pageNotFound: [404, () => 'page not found'],
  // 409
  networkNameInUse: [409, (name: string) => `network with name ${name} already exists`],
  containerNameInUse: [
    409,
    (name: string, id: string) =>
      `Conflict. The container name "/${name}" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
  ],
  tooManyEndpoints: [
    409,
    (network: string, limit: number, reason: string) =>
      `network ${network} has ${limit} endpoint${limit === 1 ? '' : 's'}, and ${reason}; connect the container to another network`,
  ],
  volumeInUse: [
    409,
    (name: string, containers: string[]) => `remove ${name}: volume is in use - [${containers.join(', ')}]`,
  ],
  conflict: [409, (message: string) => message],
  // 413
  bodyTooLarge: [413, (limitBytes: number) => `request body is larger than the limit of ${limitBytes} bytes`],
  // 500
  internal: [500, (message: string) => message],
  noSpace: [
    500,
    (path: string, fileSystem: string) =>
      `no space left on device: ${path} (file system ${fileSystem}); free some first`,
  ],
  noFreeAddress: [
    500,
    (family: string, network: string, id: string, pool: string) =>
      `no available ${family} addresses on this network's address pools: ${network} (${id}): every address of ${pool} is held by a container, or kept for one that is stopped`,
  ],
  notConnected: [
    500,
    (containerId: string, network: string) => `container ${containerId} is not connected to ${network}`,
  ],
  externalConnectivity: [
    500,
    (name: string, endpointId: string, reason: string) =>
      `driver failed programming external connectivity on endpoint ${name} (${endpointId}): ${reason}`,
  ],
  // 501
  notSupported: [501, (message: string) => message],
  // 503
  unavailable: [503, (message: string) => message],
  noSwarmManager: [
    503,
    () =>
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  ],
  notInSwarm: [503, () => 'This node is not part of a swarm'],
} as const satisfies Record<string, readonly [number, (...values: never[]) => string]>

export type ErrorCode = keyof typeof catalogue

type Makers = { [Code in ErrorCode]: (...values: Parameters<(typeof catalogue)[Code][1]>) => ApiError }

/** `errors.networkNotFound('web')` is an ApiError with Docker's status and sentence. */
export const errors = Object.fromEntries(
  Object.entries(catalogue).map(([code, [status, sentence]]) => [
    code,
    (...values: never[]) => new ApiError(code as ErrorCode, status, Reflect.apply(sentence, undefined, values)),
  ]),
) as Makers
