#!/usr/bin/env bash
# `npm run bench -- QUESTION [--rounds N]`: one file of bench/ per question, without arguments the list of them.
set -euo pipefail
cd "$(dirname "$0")/.."
question=${1:-}
if [ -z "$question" ] || [ ! -e "bench/$question.ts" ]; then
  [ -z "$question" ] || echo "bench: there is no question \"$question\"" >&2
  echo "Questions:"
  for file in bench/*.ts; do echo "  $(basename "$file" .ts)"; done
  [ -z "$question" ] && exit 0 || exit 2
fi
bash scripts/setup.sh test
export PATH="$PWD/node_modules/.bin:$PATH"
shift
exec node --disable-warning=ExperimentalWarning "bench/$question.ts" "$@"
