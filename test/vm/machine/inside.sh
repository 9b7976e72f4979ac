#!/bin/sh
# What the machine starts when it is up: the jobs, then a reboot if one is asked for, then off, however they ended.
cd /opt/trestle || exit
export TERM=dumb NO_COLOR=1 HOME=/root
was=$(ls rebooted 2>/dev/null)
node_modules/node/bin/node --disable-warning=ExperimentalWarning test/vm/machine/inside.ts
if [ "$(ls rebooted 2>/dev/null)" != "$was" ]; then exec systemctl reboot; fi
exec systemctl poweroff
