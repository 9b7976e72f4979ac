#!/usr/bin/env bash
# `npm run test:vm [-- NAME…]`: jobs in a virtual machine with another kernel than this one's; see test/vm/main.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh vm
export PATH="$PWD/node_modules/.bin:$PATH"
exec node --disable-warning=ExperimentalWarning test/vm/main.ts "$@"
