#!/usr/bin/env bash
# The docker CLI as people use it, on whatever daemon DOCKER_HOST names. Every line is run and its output is checked;
# the first that is not as expected ends the transcript with exit code 1. $1: a `docker save` archive of trestle/toolbox.
set -uo pipefail
archive=$1
image=trestle/toolbox
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

# expect PATTERN COMMAND...: succeeds and prints something that matches.
expect() {
  local pattern=$1 output
  shift
  echo "\$ $*"
  output=$("$@" 2>&1) || fail "exit code $? from: $*"$'\n'"$output"
  grep -Eq -- "$pattern" <<<"$output" || fail "no \"$pattern\" from: $*"$'\n'"$output"
}

# refuse CODE PATTERN COMMAND...: fails with that exit code and says why.
refuse() {
  local code=$1 pattern=$2 output status=0
  shift 2
  echo "\$ $*   # refused"
  output=$("$@" 2>&1) || status=$?
  [ "$status" = "$code" ] || fail "exit code $status, not $code, from: $*"$'\n'"$output"
  grep -Eq -- "$pattern" <<<"$output" || fail "no \"$pattern\" from: $*"$'\n'"$output"
}

# typed INPUT PATTERN COMMAND...: on a terminal of its own (script(1)).
typed() {
  local input=$1 pattern=$2 output
  shift 2
  echo "\$ $*   # on a terminal"
  output=$(printf '%b' "$input" | timeout 30 script -qec "$(printf '%q ' "$@")" /dev/null) || fail "exit code $? on a terminal from: $*"$'\n'"$output"
  grep -Eq -- "$pattern" <<<"$output" || fail "no \"$pattern\" on a terminal from: $*"$'\n'"$output"
}

# --- system
expect 'Server' docker version
expect 'Containers: 0' docker info

# --- images
expect 'Loaded image: trestle/toolbox:latest' docker load -i "$archive"
expect 'trestle/toolbox +latest' docker images
mkdir "$work/rootfs" && tar -xOf "$archive" --wildcards '*/layer.tar' >"$work/layer.tar"
expect 'sha256:[0-9a-f]{64}' docker import -c 'CMD ["echo", "imported"]' "$work/layer.tar" mine:v1
expect '^imported' docker run --rm mine:v1
expect 'Untagged: mine:v1' docker rmi mine:v1
refuse 1 'No such image: nothere' docker rmi nothere

# --- run
expect '^hello$' docker run --rm $image echo hello
refuse 3 '' docker run --rm $image sh -c 'exit 3'
refuse 127 'executable file .*not found' docker run --rm $image no-such-program
refuse 125 '[Ii]nvalid (hostPort|port)' docker run --rm -p 70000:80 $image true
expect '^b$' docker run --rm -e A=b $image sh -c 'echo $A'
expect '^my-host$' docker run --rm --hostname my-host $image hostname
mkdir "$work/volume" && echo inside >"$work/volume/file"
expect '^inside$' docker run --rm -v "$work/volume:/data:ro" $image cat /data/file
refuse 1 'Read-only file system' docker run --rm -v "$work/volume:/data:ro" $image touch /data/other
expect '^piped$' bash -c "echo piped | docker run -i --rm $image cat"
typed 'echo $((6*7))\nexit\n' '42' docker run -it --rm $image sh
expect 'eth0' docker run --rm $image ip -br addr
expect '^lo' docker run --rm --network none $image ip -br addr
[ "$(docker run --rm --network none $image ip -br link | wc -l)" = 1 ] || fail 'none has more than lo'

# --- networks
expect '[0-9a-f]{64}' docker network create --subnet 10.88.0.0/24 front
expect '[0-9a-f]{64}' docker network create back
refuse 1 'network with name front already exists' docker network create front
expect 'front +bridge +local' docker network ls
expect '10.88.0.0/24' docker network inspect front
expect '[0-9a-f]{64}' docker run -d --name web --network front --ip 10.88.0.9 --network-alias www -p 127.0.0.1:8080:80 $image \
  sh -c 'echo page >/tmp/index.html; echo started; exec httpd -f -v -p 80 -h /tmp'
expect '10.88.0.9' docker inspect -f '{{.NetworkSettings.Networks.front.IPAddress}}' web
expect '127.0.0.1:8080' docker port web
expect '0.0.0.0.*->|127.0.0.1:8080->80/tcp' docker ps
expect '^page$' docker run --rm --network front $image curl -s http://web
expect '^page$' docker run --rm --network front $image curl -s http://www
refuse 6 '' docker run --rm --network back $image curl -s http://web
expect '[0-9a-f]{64}' docker run -d --name client --network back $image sleep 600
expect '^$' docker network connect front client
expect '^UID +PID' docker top client
expect '[0-9a-f]{64}' docker run -dt --name terminal $image sleep 601
expect '^[0-9]+ +sleep 601' docker top terminal -o pid,args
expect 'terminal' docker rm -f terminal
expect '^page$' docker exec client curl -s http://web
expect '^$' docker network disconnect front client
refuse 6 '' docker exec client curl -s http://web
refuse 1 'has active endpoints' docker network rm front
expect 'eth0' docker run --rm --network container:web $image ip -br addr
expect '^page$' docker run --rm --network container:web $image curl -s http://127.0.0.1

# --- exec, logs, attach
expect '^root$' docker exec web whoami
expect '^from stdin$' bash -c 'echo from stdin | docker exec -i web cat'
typed 'exit\n' '' docker exec -it web sh
refuse 4 '' docker exec web sh -c 'exit 4'
expect '^started' docker logs web
expect '^[0-9]{4}-[0-9T:.-]+Z started' docker logs -t web
expect 'response:200$' docker logs --tail 1 web
expect '[0-9a-f]{64}' docker run -d --name talker $image sh -c 'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done; exit 5'
expect '^line 5$' docker logs -f talker
expect '^5$' docker wait talker
[ "$(docker logs talker | wc -l)" = 5 ] || fail 'not five lines'
expect '[0-9a-f]{64}' docker run -d -i --name reader $image sh -c 'read line; echo got $line'
expect '' bash -c 'echo it | docker attach reader'
expect '^0$' docker wait reader
expect '^got it$' docker logs reader

# --- life cycle
expect 'talker' docker ps -a
expect 'Exited \(5\)' docker ps -a --filter name=talker
expect '^talker$' docker start talker
expect '^talker$' docker stop -t 0 talker
expect '^web$' docker kill web
expect 'exited' docker inspect -f '{{.State.Status}}' web
refuse 1 'is not running' docker kill web
expect '^web$' docker start web
refuse 1 'stop the container|running container' docker rm web
expect '^web$' docker rm -f web
refuse 1 'No such (container|object): web' docker inspect web
expect '^client' docker rm -f client talker reader
expect 'back' docker network prune -f
refuse 1 'network back not found|No such network: back' docker network inspect back

# --- events: the past of one container
since=$(date +%s)
docker run --rm --name quick $image true || fail 'quick did not run'
expect 'container start .*name=quick' docker events --since "$since" --until "$(($(date +%s) + 1))"
echo 'TRANSCRIPT COMPLETE'
