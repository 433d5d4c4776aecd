#!/bin/sh
# Starts the hook that was built for this machine. It becomes that program, so that Stash, which stops
# only what it has started itself, can stop it.
case $(uname -m) in
x86_64 | amd64) architecture=amd64 ;;
aarch64 | arm64 | armv8b) architecture=arm64 ;;
armv7* | armv8l) architecture=armv7 ;;
*) architecture=$(uname -m) ;;
esac

directory=${0%/*}
hook=$directory/plexsync-hook-$architecture
[ -f "$hook" ] && exec "$hook" "$@"

cat >/dev/null
echo "{\"error\":\"plexsync: this package has no hook for the processor $architecture; install the\
 plugin from a plexsync-producer that was built with all of them (PLEXSYNC_HOOKS)\"}"
