/**
 * Every place where netd's answer differs from stock dockerd's (26.1, API 1.45, or 20.10, API 1.41), each with its reason. A
 * difference that is not here fails the test, and so does an entry that no longer occurs.
 */
import { accepted26 } from './accepted-26.ts'

export interface AcceptedDifference {
  /** Names of the steps, or `any`: then the pattern names a place. */
  steps: string | string[]
  /** As the test prints it: `place: ours / theirs`. */
  difference: RegExp
  reason: string
  /** The dockerd that it is a difference to; without it, both. */
  of?: '20.10' | '26.1'
}

const newerFields: AcceptedDifference[] = [
  { steps: 'any', difference: /^(\[\]\.)?EnableIPv4: boolean \/ missing$/, reason: 'A field of API 1.47.' },
  {
    steps: 'any',
    difference: /NetworkSettings\.Networks\.\w+\.GwPriority: number \/ missing$/,
    reason: 'A field of API 1.48, where the priority of a gateway is shown.',
  },
  {
    steps: 'any',
    difference: /NetworkSettings\.Networks\.\w+\.DNSNames: (list|null) \/ missing$/,
    of: '20.10',
    reason: 'A field of API 1.44: the names that the resolver knows.',
  },
  {
    steps: 'info',
    difference: /^DefaultAddressPools: list \/ missing$/,
    reason: '20.10 shows the pools only when they are configured; they are worth seeing when they are not.',
  },
]

const otherParts: AcceptedDifference[] = [
  {
    of: '20.10',
    steps: 'any',
    difference: /^HostConfig\.KernelMemory(TCP)?: missing \/ number$/,
    reason: 'Gone from the API with 1.42.',
  },
  {
    steps: 'version',
    difference: /^Components\[\]\.Details\.NodeVersion: string \/ missing$/,
    reason: "What netd runs on, where dockerd has Go's version.",
  },
  {
    steps: 'any',
    difference: /^GraphDriver\.Data: null \/ object$/,
    reason:
      "Layers are containerd's snapshots: there are no folders of a graph driver to name, as in newer dockerd with containerd's image store.",
  },
  {
    steps: 'info',
    difference: /^Runtimes\.io\.containerd\.runtime\.v1\.linux: missing \/ object$/,
    of: '20.10',
    reason: 'The first shim protocol is gone from containerd and from newer dockerd.',
  },
  {
    steps: 'info',
    difference: /^Warnings: list \/ null$/,
    reason: 'netd warns that no AppArmor profile confines containers on a kernel without AppArmor, such as this one.',
  },
  {
    steps: 'a version from the future',
    difference: /^message: "(client version 9\.99 is too new\. Maximum supported API version is )1\.47" \/ "\1/,
    reason: 'Each daemon names the newest version it speaks.',
  },
  {
    steps: ['network list', 'network list, by name'],
    difference: /^\[\]\.IPAM\.Config\[\]\.Gateway: string \/ missing$/,
    of: '20.10',
    reason: 'dockerd learns the gateway of its default bridge only at its second start.',
  },
]

const statuses: AcceptedDifference[] = [
  {
    steps: [
      'image tag, bad reference',
      'network list, bad filters',
      'network create, malformed subnet',
      'network create, not a subnet',
      'network create, gateway outside',
      'network create, gateway without subnet',
      'network create, no name',
      'network create, bad option',
      'network connect, address outside',
      'network connect, malformed address',
      'container list, bad limit',
      'logs, bad since',
      'events, bad since',
      'container create, bad security option',
      'container create, bad security option without a value',
      'container create, bad isolation',
      'container create, bad link of nothing',
    ],
    difference: /^status: 400 \/ 500$/,
    reason: "The caller's mistake is a 400, as in newer dockerd; 20.10 calls it its own.",
  },
  {
    steps: 'container unpause, again',
    difference: /^status: 409 \/ 500$/,
    reason: 'A conflict like the pause of a paused one, which dockerd, too, calls so.',
  },
  {
    steps: 'network create, range outside',
    difference:
      /^(status: 400 \/ 201|(Id|Warning): missing \/ string|message: string \/ missing|message: "invalid ip-range 10\.69\.0\.0\/25: [^"]+" \/ )$/,
    of: '20.10',
    reason: '20.10 makes a network that can give out no address; newer dockerd refuses it.',
  },
  {
    steps: 'container wait, bad condition',
    difference:
      /^(status: 400 \/ 200|Error: missing \/ null|StatusCode: missing \/ number|message: string \/ missing|message: "invalid condition: [^/]+" \/ )$/,
    of: '20.10',
    reason: '20.10 waits for something else than was asked for; newer dockerd refuses.',
  },
  {
    steps: 'exec start, again',
    difference:
      /^(status: 409 \/ 200|content-type: application\/json \/ application\/vnd\.docker\.raw-stream|: object \/ null|message: "Error: Exec command <id> has already run" \/ )$/,
    reason: 'dockerd has sent its 200 before it finds out, and tells in the stream; we find out first.',
  },
  {
    steps: 'events, unknown filter',
    difference: /^(status: 400 \/ 200|: object \/ null|message: "Invalid filter 'colour'" \/ )$/,
    reason:
      'dockerd ignores a mistyped filter here, and only here; a stream that silently shows everything helps nobody.',
  },
]

const sentences: AcceptedDifference[] = [
  {
    steps: 'a version from the past',
    difference:
      /^(content-type: application\/json \/ text\/plain; charset=utf-8|: object \/ null|message: "client version 1\.1 is too old\. Minimum supported API version is 1\.24, please upgrade your client to a newer version" \/ )$/,
    of: '20.10',
    reason: 'The same sentence as JSON, as newer dockerd has it; 20.10 sends plain text to clients this old.',
  },
  {
    steps: 'image inspect, unknown',
    difference: /^message: "(No such image: nothere:latest)" \/ "no such image: nothere: \1"$/,
    of: '20.10',
    reason: 'Said once, as newer dockerd does.',
  },
  {
    steps: ['image inspect, bad reference', 'image tag, bad reference', 'image import, bad reference'],
    difference:
      /^message: "invalid reference format: repository name \(library\/UPPER\) must be lowercase" \/ "(no such image: UPPER: )?invalid reference format: repository name must be lowercase"$/,
    of: '20.10',
    reason: 'The sentence of newer dockerd, which names the repository.',
  },
  {
    steps: ['network list, bad filters', 'network create, malformed JSON', 'network create, wrong type'],
    difference: /^message: "invalid (filter|JSON in the request body|parameter): [^/]+" \/ "(unexpected|json:) [^/]+"$/,
    of: '20.10',
    reason: "20.10 passes on the words of Go's JSON decoder; ours say where the mistake is.",
  },
  {
    steps: ['logs, bad since', 'events, bad since'],
    difference: /^message: "invalid time \\"yesterday\\": [^/]+" \/ "strconv\.ParseInt: [^/]+"$/,
    reason: "20.10 passes on the words of Go's number parser; ours say what is expected.",
  },
  {
    steps: ['network create, overlapping', 'network connect, address taken'],
    difference: /^message: "(.+ space|Address already in use): [^"]+" \/ "\1"$/,
    reason: "Docker's sentence goes on with the value and the network or container that it conflicts with.",
  },
  {
    steps: 'network connect, address outside',
    difference: /^message: "(.+ does not belong to any of this network's subnets) \(10\.66\.0\.0\/24\)" \/ "\1"$/,
    of: '20.10',
    reason: "Docker's sentence goes on with the subnets.",
  },
  {
    steps: 'network connect, malformed address',
    difference: /^message: "(Invalid IPv4 address: 10\.66\.0\.999)" \/ "\1\)"$/,
    of: '20.10',
    reason: 'Without the stray bracket at the end.',
  },
]

const streams: AcceptedDifference[] = [
  {
    steps: 'any',
    difference: /^content-type: application\/vnd\.docker\.raw-stream \/ undefined$/,
    of: '20.10',
    reason: '20.10 gives logs no type; newer dockerd does.',
  },
  {
    steps: ['attach, unknown container', 'attach, bad keys', 'attach, paused'],
    difference:
      /^(content-type: application\/json \/ application\/vnd\.docker\.raw-stream|: object \/ null|message: "(No such container: nothere|Invalid detach keys \(ctrl-ä\) provided|container <id> is paused, unpause the container before attach)" \/ )$/,
    reason: 'dockerd, too, answers with JSON here, and calls it a stream.',
  },
]

const behaviour: AcceptedDifference[] = [
  {
    steps: ['image list', 'image list, by reference'],
    difference: /^\[\]\.RepoDigests: list \/ null$/,
    of: '20.10',
    reason: 'Newer dockerd has an empty list where 20.10 has null.',
  },
  {
    steps: 'container inspect, not exposed',
    difference: /^NetworkSettings\.Ports\.81\/tcp: list \/ missing$/,
    reason:
      'A port that is to be published is published, even if the request does not list it as exposed; dockerd drops it without a word.',
  },
  {
    steps: 'events, of one network',
    difference:
      /^values: \[("network create: name type"),("network connect: container name type"),("network disconnect: container name type"),("network destroy: name type")\] \/ \[\1,\2,\3,\3,\3,\4\]$/,
    reason: 'dockerd tells of a disconnection also after a connection that it refused and never told of.',
  },
]

export const accepted: AcceptedDifference[] = [
  ...newerFields,
  ...otherParts,
  ...statuses,
  ...sentences,
  ...streams,
  ...behaviour,
  ...accepted26,
]
