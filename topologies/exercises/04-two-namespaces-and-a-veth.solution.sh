#!/bin/sh
# One way to solve the exercise; run it as root while the lab is up.
set -eu

# One end is born in red, the other in blue.
ip link add veth-red netns red type veth peer name veth-blue netns blue

ip netns exec red ip address add 10.0.0.1/24 dev veth-red
ip netns exec blue ip address add 10.0.0.2/24 dev veth-blue

ip netns exec red ip link set veth-red up
ip netns exec blue ip link set veth-blue up

ip netns exec red ping -c 1 10.0.0.2
