#!/usr/bin/env bash
# Makes a fresh Debian machine ready: `setup.sh demo`, `setup.sh test` or `setup.sh vm`. Says what it installs; where everything is
# already there, it makes no apt call. Ends with one sentence and exit code 1 when this machine will not do.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "setup: $*" >&2; exit 1; }

purpose=${1:-demo}
runtime=(containerd runc busybox iproute2 iputils-ping tcpdump curl iperf3)
page=(chromium fonts-dejavu-core)
machine=(debootstrap qemu-system-x86 e2fsprogs util-linux)
peers=(docker.io debootstrap nftables iptables conntrack procps util-linux bash zsh fish)
case $purpose in
  demo) wanted=("${runtime[@]}" "${page[@]}") ;;
  test) wanted=("${runtime[@]}" "${page[@]}" "${peers[@]}") ;;
  vm) wanted=("${runtime[@]}" "${machine[@]}") ;;
  *) fail "say what for: demo, test or vm" ;;
esac

[ "$(uname -s)" = Linux ] || fail "Trestle builds Linux network objects; this is $(uname -s)"
[ "$(id -u)" = 0 ] || fail "namespaces, bridges and nftables need root; run it again with sudo"
release() { sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" /etc/os-release; }
[ "$(release ID)" = debian ] && [ "$(release VERSION_ID | cut -d. -f1)" -ge 12 ] 2>/dev/null ||
  fail "this set-up installs Debian packages and was made for Debian 12 or newer; this is $(release PRETTY_NAME)"
command -v npm >/dev/null || fail "npm is missing; install Node.js 20 or newer with npm first (apt-get install npm)"

missing=()
for package in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing Debian packages: ${missing[*]}"
  log=$(mktemp)
  # Installing must not start daemons on this machine: netd runs containerd itself, and the tests run dockerd in a namespace.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    trap 'rm -f $policy' EXIT
  fi
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
    { tail -n 5 "$log" >&2; fail "apt-get could not install them; its whole output is in $log"; }
  rm -f "$log"
  if [ -d /run/systemd/system ]; then
    for service in containerd docker; do
      case " ${missing[*]} " in *" $service"[\ .]*) systemctl disable --quiet "$service" 2>/dev/null || true ;; esac
    done
  fi
fi

# What the kernel must have, each tried for real in a namespace that ends with the trial.
try() { unshare --net --mount -- sh -c "$1" >/dev/null 2>&1; }
try true || fail "this kernel or container does not allow network namespaces (CONFIG_NET_NS, CAP_SYS_ADMIN)"
try 'ip link add name trial type bridge' || fail "this kernel has no bridges (CONFIG_BRIDGE, module bridge)"
try 'ip link add name trial type veth peer name other' || fail "this kernel has no veth pairs (CONFIG_VETH, module veth)"
try 'd=$(mktemp -d) && mount -t tmpfs t "$d" && mkdir "$d/l" "$d/u" "$d/w" "$d/m" && mount -t overlay o -o "lowerdir=$d/l,upperdir=$d/u,workdir=$d/w" "$d/m"' ||
  fail "this kernel has no overlay file system (CONFIG_OVERLAY_FS, module overlay)"

if [ ! node_modules/.package-lock.json -nt package-lock.json ] || [ ! -x node_modules/node/bin/node ]; then
  echo "setup: installing npm packages (npm ci)"
  log=$(mktemp)
  npm ci --no-audit --no-fund >"$log" 2>&1 || { head -n 12 "$log" >&2; fail "npm ci failed; its whole output is in $log"; }
  rm -f "$log"
fi

export PATH="$PWD/node_modules/.bin:$PATH"
newest() { find api src netd lab scripts package-lock.json -type f -newer "$1" -print -quit; }
if [ ! -e dist/netd.js ] || [ -n "$(newest dist/netd.js)" ]; then
  echo "setup: building"
  node scripts/build.ts
fi
if [ ! -e dist/toolbox.tar ] || [ scripts/toolbox.ts -nt dist/toolbox.tar ]; then
  echo "setup: building the toolbox image"
  node scripts/toolbox.ts
fi
if [ "$purpose" = test ]; then
  node --disable-warning=ExperimentalWarning scripts/docker26.ts
fi
