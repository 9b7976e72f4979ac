/** The command line of netd: dockerd's flags wherever dockerd has the thing. https://docs.docker.com/reference/cli/dockerd/ */
import { Command, Option } from 'commander'
import { parseBool } from '../../api/docker/bool.ts'
import { version } from '../version.ts'
import { defaultConfigFile } from './file.ts'
import { schema, type Settings } from './settings.ts'

export interface Invocation {
  configFile: string
  /** Take everything of the data root away instead of serving it. */
  isReset: boolean
  settings: Settings
}

/** What a text means, or the text itself when it means nothing: then the schema has the words for it. */
type Read = (text: string) => unknown

const asText: Read = (text) => text
const asBool: Read = (text) => parseBool(text) ?? text
const asNumber: Read = (text) => (/^\d+$/.test(text) ? Number(text) : text)
/** `base=10.0.0.0/8,size=24`. */
const asPool: Read = (text) => {
  const fields = new Map(
    text.split(',').map((field): [string, string] => [field.split('=', 1)[0]!, field.replace(/^[^=]*=?/, '')]),
  )
  return Object.fromEntries(fields.entries().map(([name, value]) => [name, name === 'size' ? asNumber(value) : value]))
}

/** `crun=/usr/bin/crun`. */
const asRuntime: Read = (text) => [text.split('=', 1)[0], { path: text.replace(/^[^=]*=?/, '') }]
const asObject = (entries: unknown[]): object => Object.fromEntries(entries as [string, unknown][])

/** Flag, key of the settings, how its text is read; a list when the flag is repeatable, with what the list makes together. */
const options: [
  flags: string,
  description: string,
  key: keyof Settings,
  read: Read | [each: Read, together?: (values: unknown[]) => unknown],
][] = [
  [
    '-H, --host <host>',
    'socket to listen on: unix:///PATH, tcp://ADDRESS:PORT with --tlsverify, or fd:// for those of systemd (repeatable)',
    'hosts',
    [asText],
  ],
  ['-G, --group <group>', 'group that may open the unix socket', 'group', asText],
  ['-p, --pidfile <path>', 'file for the process id of the daemon', 'pidfile', asText],
  ['--data-root <path>', 'persistent state: images, layers, logs, the database', 'data-root', asText],
  ['--exec-root <path>', 'state that does not outlive a reboot', 'exec-root', asText],
  ['--containerd <address>', 'socket of an existing containerd instead of a private one', 'containerd', asText],
  [
    '--add-runtime <runtime>',
    'another program that makes containers: NAME=PATH (repeatable)',
    'runtimes',
    [asRuntime, asObject],
  ],
  [
    '--default-runtime <name>',
    'what makes containers that name none: runc, crun, or one that is added',
    'default-runtime',
    asText,
  ],
  ['--exec-opt <option>', 'native.cgroupdriver=cgroupfs or =systemd (repeatable)', 'exec-opts', [asText]],
  ['--bip <cidr>', 'address of the default bridge, such as 172.17.0.1/16', 'bip', asText],
  [
    '--default-address-pool <pool>',
    'where networks without a subnet get theirs: base=CIDR,size=PREFIX-LENGTH (repeatable)',
    'default-address-pools',
    [asPool],
  ],
  ['--ip <address>', 'host address of published ports that name none', 'ip', asText],
  ['--mtu <bytes>', 'MTU of networks that name none; from the default route when not given', 'mtu', asNumber],
  ['--dns <address>', 'DNS server of containers (repeatable)', 'dns', [asText]],
  ['--dns-search <domain>', 'DNS search domain of containers (repeatable)', 'dns-search', [asText]],
  ['--dns-opt <option>', 'resolver option of containers (repeatable)', 'dns-opts', [asText]],
  ['--icc [bool]', 'let containers of the default bridge reach one another', 'icc', asBool],
  ['--ip-forward [bool]', 'switch on forwarding in the kernel', 'ip-forward', asBool],
  ['--ip-masq [bool]', 'masquerade what leaves the host', 'ip-masq', asBool],
  ['--userland-proxy [bool]', 'serve published ports that the kernel path cannot', 'userland-proxy', asBool],
  ['--label <label>', 'NAME=VALUE that docker info shows (repeatable)', 'labels', [asText]],
  ['-D, --debug [bool]', 'the same as --log-level debug', 'debug', asBool],
  ['-l, --log-level <level>', 'debug, info, warn, error', 'log-level', asText],
  ['--tls [bool]', 'use TLS; implied by --tlsverify', 'tls', asBool],
  ['--tlsverify [bool]', 'use TLS and ask clients for a certificate', 'tlsverify', asBool],
  ['--tlscacert <path>', 'certificates of the authorities that sign clients', 'tlscacert', asText],
  ['--tlscert <path>', "the daemon's certificate", 'tlscert', asText],
  ['--tlskey <path>', "the daemon's key", 'tlskey', asText],
  [
    '--toolbox-image <path>',
    'archive of trestle/toolbox, loaded when the image is first asked for',
    'toolbox-image',
    asText,
  ],
]

/** Ends the process on --help and --version, and with exit code 2 on a flag that is unknown. Throws one sentence for a wrong value. */
export function parseFlags(argv: string[]): Invocation {
  const command = new Command('netd')
    .description('The Trestle daemon: networks and containers behind the Docker Engine API.')
    .version(`netd ${version}`, '-v, --version')
    .option('--config-file <path>', "settings as JSON, with the keys of dockerd's daemon.json", defaultConfigFile)
    .option(
      '--reset',
      'remove every container, network, rule and namespace of this data root from the machine, then end; images stay',
    )
    .allowExcessArguments(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'netd: ')) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  for (const [flags, description, , read] of options) {
    const option = new Option(flags, description)
    if (Array.isArray(read)) option.argParser((text: string, before?: string[]) => [...(before ?? []), text])
    command.addOption(option)
  }
  command.parse(argv, { from: 'user' })
  const given = command.opts<Record<string, string | true | string[]>>()
  return {
    configFile: given['configFile'] as string,
    isReset: given['reset'] === true,
    settings: Object.assign({}, ...options.map((option) => settingOf(option, given))) as Settings,
  }
}

/** Nothing when the flag was not given; without a value it says true. */
function settingOf([flags, , key, read]: (typeof options)[number], given: Record<string, unknown>): Settings {
  const option = new Option(flags)
  const value = given[option.attributeName()]
  if (value === undefined) return {}
  const texts = [value === true ? 'true' : (value as string | string[])].flat()
  const values = texts.map((text) => (Array.isArray(read) ? read[0](text) : read(text)))
  const [, together = (list: unknown[]): unknown => list] = Array.isArray(read) ? read : []
  const result = schema.safeParse({ [key]: Array.isArray(read) ? together(values) : values[0] })
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new Error(`${option.long} ${texts[Number(path[1] ?? 0)] ?? texts[0]}: ${message}`)
}
