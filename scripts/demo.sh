#!/usr/bin/env bash
# The whole of Trestle in under a minute, on this machine: `npm run demo [-- --keep]`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh demo
exec node_modules/node/bin/node --disable-warning=ExperimentalWarning scripts/demo.ts "$@"
