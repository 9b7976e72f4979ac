/** The flags of `run`, with docker's names. Each value is parsed as it is read, so that a bad one is refused where it stands. */
import { Option, type Command } from 'commander'
import { parseMount, parseTmpfs } from '../../request/mounts.ts'
import { parseNetwork } from '../../request/networks.ts'
import {
  parseBytes,
  parseDevice,
  parseExtraHost,
  parseIpAddress,
  parseLabel,
  parseNanoCpus,
  parseRestartPolicy,
  parseSysctl,
  parseUlimit,
  parseVariable,
} from '../../request/values.ts'
import { addExamples } from '../examples.ts'
import { integer, list, map, value } from '../flags.ts'

export function declareRunFlags(command: Command, environment: Record<string, string | undefined>): Command {
  command
    .argument('<image>', 'Image to run')
    .argument('[command...]', "Command and arguments, in place of the image's own")
    // What follows the image belongs to the command; -h is docker's hostname.
    .passThroughOptions()
    .helpOption('--help', 'Print help and quit')
    .option('-d, --detach', 'Run in the background and print the id')
    .option('-i, --interactive', 'Keep the input open')
    .option('-t, --tty', 'Give the process a terminal')
    .addOption(list('-a, --attach <stream>', 'Attach to stdin, stdout or stderr only'))
    .option('--rm', 'Remove the container when it has ended')
    .option('--name <name>', 'Name of the container')
    .option('--entrypoint <command>', "In place of the image's entry point")
    .option('-w, --workdir <path>', 'Working directory')
    .option('-u, --user <user>', 'user[:group], names or numbers')
    .addOption(
      list('-e, --env <name=value>', 'Set an environment variable', (text) => parseVariable(text, environment)),
    )
    .addOption(list('--env-file <file>', 'Set environment variables from a file'))
    .addOption(map('-l, --label <key=value>', 'Put a label on the container', parseLabel))
  addNetworkFlags(command)
  addStorageFlags(command)
  addLimitFlags(command)
  return addExamples(
    command,
    'trestle run --rm -it trestle/toolbox sh',
    'trestle run -d --name web --network lan --network-alias www -p 8080:80 trestle/toolbox httpd -f',
    'trestle run --rm -v data:/data trestle/toolbox ls /data',
    'trestle run --rm --network container:web trestle/toolbox ip addr',
  )
}

function addNetworkFlags(command: Command): void {
  command
    .addOption(list('--network <network>', 'bridge, none, host, container:NAME, or a network of yours', parseNetwork))
    .addOption(list('--network-alias <name>', 'A further name on the network'))
    .addOption(list('-p, --publish <ports>', 'Publish ports on the host: [[ip:]host:]container[/protocol]'))
    .option('-P, --publish-all', 'Publish every exposed port, on ports that are free')
    .addOption(list('--expose <port>', 'Expose a port or a range'))
    .option('--ip <address>', 'IPv4 address')
    .option('--ip6 <address>', 'IPv6 address')
    .addOption(list('--link-local-ip <address>', 'A link-local address'))
    .option('--mac-address <address>', 'Hardware address')
    .option('-h, --hostname <name>', 'Host name')
    .option('--domainname <name>', 'Domain name')
    .addOption(
      list('--add-host <name:address>', 'A line in /etc/hosts; host-gateway stands for the host', parseExtraHost),
    )
    .addOption(list('--dns <address>', 'DNS server', parseIpAddress))
    .addOption(list('--dns-option <option>', 'DNS option'))
    .addOption(list('--dns-search <domain>', 'DNS search domain'))
    .addOption(list('--link <container:alias>', 'Link to another container'))
    .addOption(map('--sysctl <name=value>', "Kernel parameter of the container's namespaces", parseSysctl))
}

function addStorageFlags(command: Command): void {
  command
    .addOption(
      list(
        '-v, --volume <source:target>',
        'Mount a volume or a path of the host: source:target[:ro]; a target alone is an anonymous volume',
      ),
    )
    .addOption(
      list('--mount <fields>', 'Mount: type=volume|bind|tmpfs,source=data,target=/data[,readonly]', (text) =>
        parseMount(text, process.cwd()),
      ),
    )
    .addOption(list('--volumes-from <container>', 'Mount what another container has: name[:ro]'))
    .addOption(map('--tmpfs <path:options>', 'Mount an empty file system in memory', parseTmpfs))
    .option('--read-only', 'Mount the root file system read-only')
    .addOption(value('--shm-size <bytes>', 'Size of /dev/shm', parseBytes))
}

function addLimitFlags(command: Command): void {
  command
    .option('--privileged', 'Every capability and device')
    .addOption(list('--device <node>', 'Give it a device of the host: host[:container][:rwm]', parseDevice))
    .addOption(list('--group-add <group>', 'A further group of the user, by name or number'))
    .addOption(list('--cap-add <capability>', 'Add a Linux capability'))
    .addOption(list('--cap-drop <capability>', 'Drop a Linux capability'))
    .addOption(list('--security-opt <option>', 'Security option'))
    .addOption(value('-m, --memory <bytes>', 'Memory limit: 512m, 1g', parseBytes))
    .addOption(
      value('--memory-swap <bytes>', 'Limit of memory and swap; -1 for no limit of swap', (text) =>
        text === '-1' ? -1 : parseBytes(text),
      ),
    )
    .addOption(value('--cpus <number>', 'CPUs, whole or parts of one', parseNanoCpus))
    .addOption(integer('-c, --cpu-shares <number>', 'Share of CPU beside others'))
    .option('--cpuset-cpus <list>', 'CPUs to run on: 0-3, 0,1')
    .addOption(integer('--oom-score-adj <number>', 'How soon the kernel ends it when memory is short: -1000 to 1000'))
    .addOption(integer('--pids-limit <number>', 'Processes at most; -1 for no limit'))
    .addOption(list('--ulimit <name=soft:hard>', 'Resource limit', parseUlimit))
    .option('--cgroup-parent <path>', 'Parent of the control group')
    .addOption(
      new Option(
        '--restart <policy>',
        'When to start it again: no, on-failure[:retries], always, unless-stopped',
      ).argParser(parseRestartPolicy),
    )
    .option('--init', 'Run an init that passes signals on and reaps')
    .option('--pid <mode>', 'PID namespace: host or container:NAME')
    .option('--ipc <mode>', 'IPC namespace: private, host or container:NAME')
    .option('--stop-signal <signal>', 'Signal that stops the container')
    .addOption(integer('--stop-timeout <seconds>', 'How long to wait before it is killed'))
}
