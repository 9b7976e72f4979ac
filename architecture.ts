/**
 * The architecture as a table: what a folder may import of the folders beside it, and why no more. Lint holds the sources to
 * it (./oxlint.config.ts), and a test holds the table to the tree (test/netd/architecture.test.ts).
 */

export interface Wall {
  folder: string
  /** Names of folders beside it, or of the one file that is the door of such a folder. */
  mayImport: string[]
  because: string
}

const below = 'kernel -> netlink -> native: what is below knows nothing of what is above'
const part = 'parts are used by the engine and know nothing of it, nor of HTTP'
const oneWay = 'inside the engine imports go one way: containers -> sandbox -> networks'

export const walls: Wall[] = [
  { folder: 'api', mayImport: [], because: 'api is the contract that src, netd and lab share; it knows none of them' },
  {
    folder: 'src',
    mayImport: ['api', 'lab/index.ts'],
    because: 'the command line speaks to the daemon through api/client only',
  },
  { folder: 'lab', mayImport: ['api'], because: 'the lab is a client like any other, and src mounts it' },
  { folder: 'netd', mayImport: ['api'], because: 'the daemon knows its clients by api only' },

  { folder: 'netd/native', mayImport: [], because: below },
  { folder: 'netd/netlink', mayImport: ['native'], because: below },
  { folder: 'netd/kernel', mayImport: ['netlink', 'native'], because: below },
  { folder: 'netd/config', mayImport: [], because: 'settings are read before anything is there' },
  { folder: 'netd/process', mayImport: ['config', 'native'], because: 'the process is there before its engine' },
  { folder: 'netd/store', mayImport: [], because: 'desired state is data; nobody acts in there' },
  { folder: 'netd/ipam', mayImport: ['store'], because: 'addresses are reckoned, and nothing is asked' },
  { folder: 'netd/firewall', mayImport: ['kernel', 'store'], because: part },
  { folder: 'netd/drivers', mayImport: ['config', 'firewall', 'ipam', 'kernel', 'store'], because: part },
  {
    folder: 'netd/explain',
    mayImport: ['kernel'],
    because: 'the way of a packet is what the kernel has, whoever made it, and between any two namespaces',
  },
  {
    folder: 'netd/dataplane',
    mayImport: ['kernel', 'process', 'store'],
    because: 'it is a process of its own and outlives netd',
  },
  { folder: 'netd/control', mayImport: ['config', 'dataplane', 'kernel', 'store'], because: part },
  { folder: 'netd/containerd', mayImport: ['config'], because: part },
  {
    folder: 'netd/engine',
    mayImport: [
      'config',
      'containerd',
      'control',
      'dataplane',
      'drivers',
      'explain',
      'firewall',
      'ipam',
      'kernel',
      'process',
      'store',
    ],
    because: 'a use case knows nothing of HTTP, and speaks to the kernel in steps, so that each can be undone',
  },
  {
    folder: 'netd/http',
    mayImport: ['config', 'containerd', 'engine', 'kernel', 'store'],
    because: 'a route turns a request into a use case: http -> engine -> parts',
  },

  { folder: 'netd/engine/life', mayImport: [], because: 'everything else asks a life what may be done' },
  { folder: 'netd/engine/namespaces', mayImport: [], because: oneWay },
  { folder: 'netd/engine/volumes', mayImport: [], because: oneWay },
  { folder: 'netd/engine/networks', mayImport: [], because: oneWay },
  { folder: 'netd/engine/sandbox', mayImport: ['networks'], because: oneWay },
  { folder: 'netd/engine/links', mayImport: ['namespaces', 'sandbox'], because: oneWay },
  { folder: 'netd/engine/images', mayImport: [], because: oneWay },
  { folder: 'netd/engine/exec', mayImport: ['containers', 'life', 'sandbox'], because: oneWay },
  {
    folder: 'netd/engine/containers',
    mayImport: ['images', 'life', 'networks', 'sandbox', 'volumes'],
    because: oneWay,
  },
  { folder: 'netd/engine/graph', mayImport: ['namespaces', 'networks', 'sandbox'], because: oneWay },
  {
    folder: 'netd/engine/explain',
    mayImport: ['graph/network-namespaces.ts', 'namespaces', 'networks', 'sandbox'],
    because: oneWay,
  },
  {
    folder: 'netd/engine/system',
    mayImport: ['containers', 'life', 'namespaces', 'networks', 'sandbox', 'volumes'],
    because: oneWay,
  },
]

/** Modules of api that mean Docker's JSON, which one folder of the daemon alone may import. */
export const dockerTypes = {
  modules: ['api/docker/containers.ts', 'api/docker/networks.ts'],
  folder: 'netd/http',
  because: "Docker's types of containers and networks end there: requests are parsed once, and records rendered",
}

/** Packages that one folder alone may import. */
export const homes: { packageName: string; folder: string; because: string }[] = [
  { packageName: 'koffi', folder: 'netd/native', because: 'it is the only libc boundary' },
  {
    packageName: 'node:worker_threads',
    folder: 'netd/kernel',
    because: 'setns moves a thread; the others stay at home',
  },
  { packageName: 'node:sqlite', folder: 'netd/store', because: 'what is stored goes through its schema' },
  { packageName: '@grpc/grpc-js', folder: 'netd/containerd', because: 'containerd is behind the launcher' },
  { packageName: 'dns-packet', folder: 'netd/dataplane', because: 'names are answered in the data plane' },
  { packageName: 'fastify', folder: 'netd/http', because: 'HTTP ends there' },
  { packageName: 'ip6addr', folder: 'api/address', because: 'it is the only address arithmetic' },
]
