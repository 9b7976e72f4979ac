#!/usr/bin/env bash
# Every test, from a fresh clone: set-up, static checks, then vitest; ends with a line `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh test
export PATH="$PWD/node_modules/.bin:$PATH"
npm run --silent check
# What the properties draw is the same in every run; another seed draws others.
export TRESTLE_SEED=${TRESTLE_SEED:-20260101}
echo "properties draw with TRESTLE_SEED=$TRESTLE_SEED"
report=$(mktemp)
trap 'rm -f "$report"' EXIT
status=0
vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" || status=$?
node -e '
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(require("node:fs").readFileSync(process.argv[1]))
  console.log(`${numPassedTests} passed, ${numFailedTests} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ""}`)
' "$report"
exit $status
