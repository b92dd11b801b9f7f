#!/bin/sh
# Follows what happens, with kcat (Debian: apt install kcat) and nothing of Waymark's: headers and payload of every event.
# Usage: subscribe_kcat.sh <broker> [topic prefix] [more options of kcat, such as -e to end at the topic's end]
set -eu
broker=$1
prefix=${2:-}
shift "$(($# < 2 ? $# : 2))"
exec kcat -C -b "$broker" -t "${prefix}waymark.events.v1" -o beginning -u -q -f '%k\t%h\t%s\n' "$@"
