/** Where netd differs from Docker 26.1 alone; see accepted.ts. */
import type { AcceptedDifference } from './accepted.ts'

const of = '26.1'

const fields: AcceptedDifference[] = [
  {
    of,
    steps: 'info',
    difference:
      /^(CDISpecDirs: missing \/ list|RegistryConfig\.(AllowNondistributableArtifacts(CIDRs|Hostnames)|Mirrors): list \/ null)$/,
    reason: 'netd has no CDI; its empty lists are lists, as in the dockerd before and after.',
  },
  {
    of,
    steps: 'info',
    difference: /^Runtimes\.[\w.]+\.status: missing \/ object$/,
    reason: "The runtime's features are not asked for.",
  },
  {
    of,
    steps: 'info',
    difference: /^KernelMemory: boolean \/ missing$/,
    reason: 'Clients of the API before 1.42 read it.',
  },
  {
    of,
    steps: ['image inspect', 'image inspect, imported'],
    difference: /^(Container: string|ContainerConfig: object|VirtualSize: number) \/ missing$/,
    reason: 'Clients of the API before 1.44 and 1.45 read them, and one answer serves all versions.',
  },
  {
    of,
    steps: ['image list', 'image list, by reference'],
    difference: /^\[\]\.VirtualSize: number \/ missing$/,
    reason: 'The same as Size, for clients of the API before 1.44.',
  },
  {
    of,
    steps: ['container inspect, created', 'container list, all', 'container list', 'container list, by label'],
    difference: /^(\[\]\.)?NetworkSettings\.Networks\.front\.DNSNames: list \/ null$/,
    reason:
      'The names are known from the record, whether the container runs or not, and lists of containers have them, too.',
  },
  {
    of,
    steps: ['container wait', 'container wait, talking', 'container wait, on a terminal', 'container wait, stopped'],
    difference: /^Error: null \/ missing$/,
    reason: '20.10 has null, which means the same.',
  },
  {
    of,
    steps: 'events, of one container',
    difference: /^(\[\]\.Actor\.Attributes\.execDuration: missing \/ string|values: .*)$/,
    reason:
      'dockerd 26 tells how long a process has run when it dies, and tells of the stop before it; 20.10 the other way round.',
  },
]

const streams: AcceptedDifference[] = [
  {
    of,
    steps: 'any',
    difference: /^content-type: application\/vnd\.docker\.multiplexed-stream \/ application\/vnd\.docker\.raw-stream$/,
    reason: 'What both send is multiplexed. The API from 1.42 on calls it so; dockerd does for logs, and not yet here.',
  },
  {
    of,
    steps: 'exec start, not a program',
    difference: /^bytes: .*permission denied: unknown.* \/ .*is a directory: unknown: permission denied/,
    reason: "The words of the runtime, which is another release of runc in the reference's root.",
  },
]

/** Docker 26 says the same in other words; which are 20.10's, word for word, unless a reason is given. */
const sentences: AcceptedDifference[] = [
  {
    of,
    steps: 'any',
    difference: /^message: "[IC](nvalid filter '[^']+'|ontainer <id> is not running)" \/ "[ic]\1"$/,
    reason: 'Capital letters of 20.10.',
  },
  {
    of,
    steps: 'any',
    difference:
      /^message: "(fly is not a valid|C(onfig cannot be empty in|annot kill container: )).*" \/ "(FLY is not a valid|c(onfig cannot be empty in|annot kill container: )).*"$/,
    reason: 'Letters of 20.10.',
  },
  {
    of,
    steps: 'container kill, bad signal',
    difference: /^message: "Invalid signal: NOPE" \/ "cannot kill container: <id>: invalid signal: NOPE"$/,
    reason: 'As 20.10; the container is not to blame.',
  },
  {
    of,
    steps: 'container rm, running',
    difference:
      /^message: "You cannot remove a running container <id>\. [^"]+" \/ "cannot remove container \\"\/web\\": container is running: [^"]+"$/,
    reason: "20.10's, which programs look for.",
  },
  {
    of,
    steps: 'container start, no such command',
    difference: /^message: "(failed to create shim task: .+)" \/ "failed to create task for container: \1"$/,
    reason: "containerd's sentence, without the daemon's own name for the same step.",
  },
  {
    of,
    steps: ['network list, bad filters', 'network create, malformed JSON', 'network create, wrong type'],
    difference: /^message: "invalid (filter|JSON in the request body|parameter): .+" \/ "invalid (filter|JSON: .+)"$/,
    reason: 'Ours say where the mistake is.',
  },
  {
    of,
    steps: 'network create, not JSON',
    difference:
      /^message: "Content-Type specified \(text\/plain\) must be 'application\/json'" \/ "unsupported Content-Type header \(text\/plain\): must be 'application\/json'"$/,
    reason: "20.10's.",
  },
  {
    of,
    steps: [
      'network create, malformed subnet',
      'network create, not a subnet',
      'network create, gateway outside',
      'network create, range outside',
      'network create, gateway without subnet',
    ],
    difference: /^message: ".+" \/ "invalid network config:\\ninvalid .+"$/,
    reason: 'dockerd 26 collects all mistakes of a network as a list, line by line; ours names the first, in one line.',
  },
  {
    of,
    steps: [
      'network connect, address outside',
      'network connect, malformed address',
      'network connect, static address on a network without a subnet',
    ],
    difference: /^message: ".+" \/ "invalid endpoint settings:\\n.+"$/,
    reason:
      'dockerd 26 collects all mistakes of an endpoint as a list, line by line; ours names the first, in one line.',
  },
]

export const accepted26: AcceptedDifference[] = [...fields, ...streams, ...sentences]
