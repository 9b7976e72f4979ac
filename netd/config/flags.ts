/** The command line of netd: dockerd's flags wherever dockerd has the thing. https://docs.docker.com/reference/cli/dockerd/ */
import { Command, InvalidArgumentError, Option } from 'commander'
import { defaultConfigFile, type Settings } from './file.ts'
import { version } from '../version.ts'

export interface Invocation {
  configFile: string
  /** Take everything of the data root away instead of serving it. */
  isReset: boolean
  settings: Settings
}

const collect = (value: string, before: string[] = []): string[] => [...before, value]

function bool(value: string | undefined): boolean {
  if (value === undefined || value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw new InvalidArgumentError('expected true or false')
}

function bytesOrNumber(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('expected a whole number')
  return Number(value)
}

/** `base=10.0.0.0/8,size=24`. */
function pool(value: string, before: { base: string; size: number }[] = []): { base: string; size: number }[] {
  const fields = Object.fromEntries(value.split(',').map((field) => field.split('=', 2)))
  if (typeof fields['base'] !== 'string' || !/^\d+$/.test(fields['size'] ?? ''))
    throw new InvalidArgumentError('expected base=CIDR,size=PREFIX-LENGTH')
  return [...before, { base: fields['base'], size: Number(fields['size']) }]
}

/** Flag, key of the config file (dockerd's own, where they differ from the flag's name), argument parser. */
const options: [flags: string, description: string, key: string, parse?: (value: string, before: never) => unknown][] =
  [
    [
      '-H, --host <host>',
      'socket to listen on: unix:///PATH, or tcp://ADDRESS:PORT with --tlsverify (repeatable)',
      'hosts',
      collect,
    ],
    ['-G, --group <group>', 'group that may open the unix socket', 'group'],
    ['-p, --pidfile <path>', 'file for the process id of the daemon', 'pidfile'],
    ['--data-root <path>', 'persistent state: images, layers, logs, the database', 'data-root'],
    ['--exec-root <path>', 'state that does not outlive a reboot', 'exec-root'],
    ['--containerd <address>', 'socket of an existing containerd instead of a private one', 'containerd'],
    ['--bip <cidr>', 'address of the default bridge, such as 172.17.0.1/16', 'bip'],
    [
      '--default-address-pool <pool>',
      'where networks without a subnet get theirs: base=CIDR,size=PREFIX-LENGTH (repeatable)',
      'default-address-pools',
      pool,
    ],
    ['--ip <address>', 'host address of published ports that name none', 'ip'],
    ['--mtu <bytes>', 'MTU of networks that name none; from the default route when not given', 'mtu', bytesOrNumber],
    ['--dns <address>', 'DNS server of containers (repeatable)', 'dns', collect],
    ['--dns-search <domain>', 'DNS search domain of containers (repeatable)', 'dns-search', collect],
    ['--dns-opt <option>', 'resolver option of containers (repeatable)', 'dns-opts', collect],
    ['--icc [bool]', 'let containers of the default bridge reach one another', 'icc', bool],
    ['--ip-forward [bool]', 'switch on forwarding in the kernel', 'ip-forward', bool],
    ['--ip-masq [bool]', 'masquerade what leaves the host', 'ip-masq', bool],
    ['--userland-proxy [bool]', 'serve published ports that the kernel path cannot', 'userland-proxy', bool],
    ['-l, --log-level <level>', 'debug, info, warn, error', 'log-level'],
    ['--tls [bool]', 'use TLS; implied by --tlsverify', 'tls', bool],
    ['--tlsverify [bool]', 'use TLS and ask clients for a certificate', 'tlsverify', bool],
    ['--tlscacert <path>', 'certificates of the authorities that sign clients', 'tlscacert'],
    ['--tlscert <path>', "the daemon's certificate", 'tlscert'],
    ['--tlskey <path>', "the daemon's key", 'tlskey'],
    ['--toolbox-image <path>', 'archive of trestle/toolbox, loaded when the image is first asked for', 'toolbox-image'],
  ]

/** Ends the process on --help and --version, and with exit code 2 and one sentence on a flag that is wrong. */
export function parseFlags(argv: string[]): Invocation {
  const command = new Command('netd')
    .description('The Trestle daemon: networks and containers behind the Docker Engine API.')
    .version(`netd ${version}`, '-v, --version')
    .option('--config-file <path>', "settings as JSON, with the keys of dockerd's daemon.json", defaultConfigFile)
    .option(
      '--reset',
      'remove every container, network, rule and namespace of this data root from the machine, then end; images stay',
    )
    .option('-D, --debug [bool]', 'the same as --log-level debug', bool)
    .allowExcessArguments(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'netd: ')) })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  for (const [flags, description, , parse] of options) {
    const option = new Option(flags, description)
    if (parse !== undefined) option.argParser(parse as never)
    if (flags.includes('log-level')) option.choices(['debug', 'info', 'warn', 'error'])
    command.addOption(option)
  }
  command.parse(argv, { from: 'user' })
  const given = command.opts<Record<string, unknown>>()
  const settings: Settings = {}
  for (const [flags, , key] of options) {
    const attribute = new Option(flags).attributeName()
    if (given[attribute] !== undefined) settings[key] = given[attribute]
  }
  if (given['debug'] === true) settings['log-level'] ??= 'debug'
  return {
    configFile: given['configFile'] as string,
    isReset: given['reset'] === true,
    settings,
  }
}
