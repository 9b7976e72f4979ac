/**
 * What can be set, whether by a flag or in the config file, and what a value may be. Keys are those of dockerd's
 * daemon.json: https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
 */
import { z } from 'zod'
import { isAddress } from '../../api/address/family.ts'
import { parseSubnet, prefixLength } from '../../api/address/subnet.ts'

const text = z.string('expected text').min(1, 'expected something, and it is empty')
const flag = z.boolean('expected true or false')
const address = z.string('expected an IP address').refine(isAddress, 'expected an IP address')

/** Of a device that carries Ethernet: ETH_MIN_MTU (linux/if_ether.h) to what 16 bits hold. */
const mtu = 'expected a whole number of bytes from 68 to 65535'

const bridgeAddress = z
  .string('expected an address with a prefix length, such as 172.17.0.1/16')
  .refine((value) => isIpv4Subnet(value), 'expected an IPv4 address with a prefix length, such as 172.17.0.1/16')
  .refine(
    (value) => prefixLength(value) <= 30,
    'a bridge and a container need two addresses: expected a prefix of at most 30',
  )

const poolWords = 'expected base=CIDR,size=PREFIX-LENGTH, such as base=10.0.0.0/8,size=24'
const pool = z
  .strictObject({ base: z.string(poolWords), size: z.int(poolWords) }, poolWords)
  .refine(({ base }) => parseSubnet(base) !== undefined, 'the base is not a subnet such as 10.0.0.0/8')
  .refine(
    ({ base, size }) => size >= prefixLength(base) && size <= (base.includes(':') ? 126 : 30),
    'the size is the prefix length of each network: at least that of the base, and at most 30 (126 for IPv6)',
  )

const label = z.string('expected NAME=VALUE').regex(/^[^=]+(=.*)?$/s, 'expected NAME=VALUE')

const runtime = z.strictObject(
  { path: z.string('expected the path of a program').min(1, 'expected NAME=PATH') },
  'expected the path of a program that has the command line of runc, as {"path": "/usr/bin/crun"}',
)

const runtimes = z
  .record(z.string(), runtime)
  .refine(
    everyName((name) => /^\w[\w.-]*$/.test(name)),
    'the name of a runtime has letters, digits, _ . and -',
  )
  // dockerd keeps these names to itself, too.
  .refine(
    everyName((name) => name !== 'runc' && !name.startsWith('io.containerd.')),
    'the names runc and io.containerd.… are reserved',
  )

const drivers = ['native.cgroupdriver=cgroupfs', 'native.cgroupdriver=systemd'] as const

export const schema = z
  .strictObject({
    hosts: z.array(text),
    group: text,
    pidfile: text,
    'data-root': text,
    'exec-root': text,
    containerd: text,
    bip: bridgeAddress,
    'default-address-pools': z.array(pool),
    ip: address,
    mtu: z.int(mtu).min(68, mtu).max(65535, mtu),
    dns: z.array(address),
    'dns-search': z.array(text),
    'dns-opts': z.array(text),
    runtimes,
    'default-runtime': text,
    'exec-opts': z.array(z.enum(drivers, `expected ${drivers.join(' or ')}`)),
    icc: flag,
    'ip-forward': flag,
    'ip-masq': flag,
    'userland-proxy': flag,
    labels: z.array(label),
    debug: flag,
    'log-level': z.enum(['debug', 'info', 'warn', 'error'], 'expected debug, info, warn or error'),
    tls: flag,
    tlsverify: flag,
    tlscacert: text,
    tlscert: text,
    tlskey: text,
    'toolbox-image': text,
  })
  .partial()

/** What was said; what was not said is absent. */
export type Settings = z.infer<typeof schema>

function everyName(holds: (name: string) => boolean): (values: object) => boolean {
  return (values) => Object.keys(values).every(holds)
}

function isIpv4Subnet(value: string): boolean {
  return !value.includes(':') && parseSubnet(value) !== undefined
}

/** A directive may stand in one place only: two that disagree are how a daemon ends up where nobody looks for it. */
export function mergeSettings(flags: Settings, file: Settings, path: string): Settings {
  const twice = (Object.keys(flags) as (keyof Settings)[]).filter((key) => key in file)
  if (twice.length === 0) return { ...file, ...flags }
  const shown = twice.map(
    (key) => `${key}: (from flag: ${JSON.stringify(flags[key])}, from file: ${JSON.stringify(file[key])})`,
  )
  throw new Error(
    `--config-file ${path}: the following directives are specified both as a flag and in the configuration file: ${shown.join(', ')}`,
  )
}
