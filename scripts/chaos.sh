#!/usr/bin/env bash
# `npm run test:chaos [-- --only kills,clients,requests,hostile] [--seed N] [--minutes N]`: see test/chaos/main.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh test
export PATH="$PWD/node_modules/.bin:$PATH"
exec node --disable-warning=ExperimentalWarning test/chaos/main.ts "$@"
