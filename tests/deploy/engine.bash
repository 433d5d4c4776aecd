# A Docker engine for tests/deploy/run: the one that is there, or one of our own that leaves no trace. Sourced.
# shellcheck shell=bash

engine_dir='' # of our own engine; empty: it is not ours

engine_answers() {
    timeout 20 docker version --format '{{.Server.Version}}' 2>/dev/null
}

# Sets DOCKER_HOST when it starts one. DIR is new and ours.
engine_open() { # DIR
    if engine_answers >/dev/null; then
        return
    fi
    [ "$(id -u)" -eq 0 ] || die "no Docker engine answers, and only root can start one"
    engine_dir=$1
    mkdir "$engine_dir"
    export DOCKER_HOST=unix://$engine_dir/socket
    # Without these three it would write rules and switch on forwarding, and undo neither when it ends.
    # Published ports work through its proxy; containers reach each other, but nothing outside.
    # Should we be killed, it ends, too, and its containers with it.
    setsid setpriv --pdeathsig TERM dockerd --data-root "$engine_dir/data" --exec-root "$engine_dir/exec" --host "$DOCKER_HOST" \
        --pidfile "$engine_dir/pid" --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
        >"$engine_dir/log" 2>&1 </dev/null &
    wait_until 60 engine_answers >/dev/null || {
        tail -n 20 "$engine_dir/log" >&2
        die "dockerd did not start"
    }
}

engine_gone() {
    [ ! -e "$engine_dir/pid" ] || ! kill -0 "$(cat "$engine_dir/pid")" 2>/dev/null
}

engine_mounts() { # the deepest first
    awk -v dir="$engine_dir/" 'index($2, dir) == 1 { print $2 }' /proc/self/mounts | sort -r
}

# Containers and networks are gone before: see the caller.
engine_close() {
    local mount

    [ -n "$engine_dir" ] || return 0
    [ ! -e "$engine_dir/pid" ] || kill -TERM "$(cat "$engine_dir/pid")" 2>/dev/null || true
    wait_until 60 engine_gone || kill -KILL "$(cat "$engine_dir/pid")"
    [ -n "$engine_bridge" ] || ip link delete docker0 2>/dev/null || true
    for mount in $(engine_mounts); do
        umount "$mount" || umount --lazy "$mount"
    done
    rm -rf "$engine_dir"
    # It also makes a key and some empty directories in places of its own choosing.
    comm -13 <(echo "$engine_places") <(engine_list_places) | sort -r | while read -r place; do
        rmdir "$place" 2>/dev/null || rm -f "$place"
    done
    unset DOCKER_HOST
}

# What our own engine could leave behind.
machine_state() {
    echo "links: $(ip -o link | awk -F': ' '{ print $2 }' | sort | xargs)"
    echo "routes: $(ip route | sort)"
    echo "forwarding: $(cat /proc/sys/net/ipv4/ip_forward)"
    echo "rules: $(iptables-save 2>/dev/null | grep -v '^#' | sed 's/\[[0-9:]*\]//')"
    echo "mounts: $(awk '{ print $2 }' /proc/self/mounts | grep -E 'docker|containerd|plexsync' | sort | xargs)"
    echo "places: $(engine_list_places)"
    echo "processes: $(ps -eo pid,args | grep -E '(dockerd|containerd|docker-proxy|docker-init) ' | grep -v grep)"
}

# What we could leave behind in an engine that is not ours.
engine_state() {
    docker ps --all --quiet --no-trunc | sort
    docker volume ls --quiet | sort
    docker network ls --quiet --no-trunc | sort
    docker image ls --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' | sort
}

engine_list_places() {
    find /etc/docker /run/docker /run/containerd /var/lib/docker /var/lib/containerd 2>/dev/null | sort
}

engine_places=$(engine_list_places)
engine_bridge=$(ip -o link show docker0 2>/dev/null || true)
