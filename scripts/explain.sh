#!/usr/bin/env bash
# `npm run test:explain [-- --situations N] [--seed FIRST] [--verbose]`: see test/explain/main.ts.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh test
export PATH="$PWD/node_modules/.bin:$PATH"
exec node --disable-warning=ExperimentalWarning test/explain/main.ts "$@"
