/** Command lines that docker CLI 28.2 refuses before it asks any daemon, and the sentence it does it with. */
export const refused: Record<string, string> = {
  // Ports
  'run -p abc x': 'invalid containerPort: abc',
  'run -p 80:abc x': 'invalid containerPort: abc',
  'run -p abc:80 x': 'invalid hostPort: abc',
  'run -p 1.2.3:80:80 x': 'invalid IP address: 1.2.3',
  'run -p 80-82:90-91 x': 'invalid ranges specified for container and host Ports: 90-91 and 80-82',
  'run -p 80/foo x': 'invalid proto: foo',
  'run -p : x': 'no port specified: :<empty>',
  'run -p 80: x': 'no port specified: 80:<empty>',
  'run -p 70000:80 x': 'invalid hostPort: 70000',
  'run -p 82-80:80 x': 'invalid hostPort: 82-80',
  'run -p [::1:80:80 x': `invalid IP address [::1: address [::1:: missing ']' in address`,
  'run -p a:b:c:d x': 'invalid IP address: a:b',
  'run -p 80:80:80 x': 'invalid IP address: 80',
  'run -p target=80,published x': `invalid publish opts format (should be name=value but got 'published')`,
  'run --expose x x': 'invalid range format for --expose: x, error: strconv.ParseUint: parsing "x": invalid syntax',
  // Mounts
  'run -v :/x x': 'invalid spec: :/x: empty section between colons',
  'run --mount foo x': `invalid argument "foo" for "--mount" flag: invalid field 'foo' must be a key=value pair`,
  'run --mount type=bind x': 'invalid argument "type=bind" for "--mount" flag: target is required',
  'run --mount target=/x,foo=bar x': `invalid argument "target=/x,foo=bar" for "--mount" flag: unexpected key 'foo' in 'foo=bar'`,
  'run --mount type=tmpfs,target=/x,tmpfs-size=q x':
    'invalid argument "type=tmpfs,target=/x,tmpfs-size=q" for "--mount" flag: invalid value for tmpfs-size: q',
  'run --mount type=tmpfs,target=/x,tmpfs-mode=9 x':
    'invalid argument "type=tmpfs,target=/x,tmpfs-mode=9" for "--mount" flag: invalid value for tmpfs-mode: 9',
  'run --mount type=bind,src=/a,target=/x,readonly=maybe x':
    'invalid argument "type=bind,src=/a,target=/x,readonly=maybe" for "--mount" flag: invalid value for readonly: maybe',
  'run --mount type=tmpfs,target=/x,bind-propagation=shared x': `invalid argument "type=tmpfs,target=/x,bind-propagation=shared" for "--mount" flag: cannot mix 'bind-*' options with mount type 'tmpfs'`,
  // Values
  'run --memory 4q x': `invalid argument "4q" for "-m, --memory" flag: invalid suffix: 'q'`,
  'run --memory x x': `invalid argument "x" for "-m, --memory" flag: invalid size: 'x'`,
  'run --cpus a x': 'invalid argument "a" for "--cpus" flag: failed to parse a as a rational number',
  'run --shm-size x x': `invalid argument "x" for "--shm-size" flag: invalid size: 'x'`,
  'run --pids-limit x x': 'invalid argument "x" for "--pids-limit" flag: strconv.ParseInt: parsing "x": invalid syntax',
  'run --restart on-failure:x x': 'invalid restart policy format: maximum retry count must be an integer',
  'run --restart :3 x': 'invalid restart policy format: no policy provided before colon',
  'run --rm --restart always x': 'conflicting options: cannot specify both --restart and --rm',
  'run -d -a stdin x': 'conflicting options: cannot specify both --attach and --detach',
  'run -a foo x': 'invalid argument "foo" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR',
  'run --add-host foo x': 'invalid argument "foo" for "--add-host" flag: bad format for add-host: "foo"',
  'run --add-host foo:1.2.3 x':
    'invalid argument "foo:1.2.3" for "--add-host" flag: invalid IP address in add-host: "1.2.3"',
  'run --dns x x': 'invalid argument "x" for "--dns" flag: IP address is not correctly formatted: x',
  'run -e =x x': 'invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x',
  'run --env-file /nonexistent x': 'open /nonexistent: no such file or directory',
  'run -l =x x': `invalid argument "=x" for "-l, --label" flag: invalid label '=x': empty name`,
  'run --sysctl foo x': `invalid argument "foo" for "--sysctl" flag: sysctl 'foo' is not allowed`,
  'run --sysctl kernel.panic=1 x': `invalid argument "kernel.panic=1" for "--sysctl" flag: sysctl 'kernel.panic=1' is not allowed`,
  'run --ulimit foo x': 'invalid argument "foo" for "--ulimit" flag: invalid ulimit argument: foo',
  'run --ulimit nofile=2:1 x':
    'invalid argument "nofile=2:1" for "--ulimit" flag: ulimit soft limit must be less than or equal to hard limit: 2 > 1',
  // Networks
  'run --mac-address zz x': 'zz is not a valid mac address',
  'run --network name=a,foo=b x': 'invalid argument "name=a,foo=b" for "--network" flag: invalid field key foo',
  'run --network ip=1.2.3.4 x': 'invalid argument "ip=1.2.3.4" for "--network" flag: network name/id is not specified',
  'run --network name=a,gw-priority=x x':
    'invalid argument "name=a,gw-priority=x" for "--network" flag: invalid gw-priority (x): invalid syntax',
  'run --network host --network a x':
    'conflicting options: cannot attach both user-defined and non-user-defined network-modes',
  'run --network a --network a x': 'network "a" is specified multiple times',
  'run --network name=a,ip=1.2.3.4 --ip 1.2.3.5 x':
    'conflicting options: cannot specify both --ip and per-network IPv4 address',
  'run --network name=a,alias=b --network-alias c x':
    'conflicting options: cannot specify both --network-alias and per-network alias',
  'run --network-alias a x': 'network-scoped aliases are only supported for user-defined networks',
  'run --network bridge --network-alias a x': 'network-scoped aliases are only supported for user-defined networks',
  'network create --gateway 1.2.3.4 x': 'every ip-range or gateway must have a corresponding subnet',
  'network create --subnet 10.0.0.0/24 --gateway 1.2.3.4 x': 'no matching subnet for gateway 1.2.3.4',
  'network create --subnet 10.0.0.0/24 --gateway x x': 'no matching subnet for gateway x',
  'network create --subnet 10.0.0.0/24 --gateway 10.0.0.1 --gateway 10.0.0.2 x':
    'every ip-range or gateway must have a corresponding subnet',
  'network create --ip-range 10.0.0.0/25 x': 'every ip-range or gateway must have a corresponding subnet',
  'network create --subnet 10.0.0.0/24 --ip-range 10.1.0.0/25 x': 'no matching subnet for range 10.1.0.0/25',
  'network create --subnet 10.0.0.0/24 --ip-range x x': 'invalid CIDR address: x',
  'network create --subnet 10.0.0.0/24 --aux-address a=1.2.3.4 x': 'no matching subnet for aux-address 1.2.3.4',
  'network create --subnet 10.0.0.0/24 --aux-address a x': 'no matching subnet for aux-address',
  'network create --subnet 10.0.0.0/24 --subnet 10.0.0.0/25 x':
    'multiple overlapping subnet configuration is not supported',
  'network create --label =x x': `invalid argument "=x" for "--label" flag: invalid label '=x': empty name`,
  'network connect --gw-priority x a b':
    'invalid argument "x" for "--gw-priority" flag: strconv.ParseInt: parsing "x": invalid syntax',
  'network connect --driver-opt x a b': 'invalid key/value pair format in driver options',
  'network ls --filter foo':
    'invalid argument "foo" for "-f, --filter" flag: bad format of filter (expected name=value)',
  'stop -t x a': 'invalid argument "x" for "-t, --timeout" flag: strconv.ParseInt: parsing "x": invalid syntax',
}
