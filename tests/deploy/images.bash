# Images for tests/deploy/run, where no registry can be reached: all from Debian packages and Maven Central. Sourced.
# shellcheck shell=bash

kafka_version=4.3.1

# The real image where it can be had, else the name of our stand-in. What is fetched goes when the test ends.
image_or() { # IMAGE STAND-IN
    if docker image inspect "$1" >/dev/null 2>&1; then
        echo "$1"
    elif [ "$own_engine" = no ] && timeout 300 docker pull --quiet "$1" >/dev/null 2>&1; then
        echo "$1" | tee -a "$work/pulled"
    else
        echo "$2"
    fi
}

# The base image, as `debootstrap` makes it: kept in the build directory for a week.
base_tar() { # FILE
    local root mirror

    [ -z "$(find "$1" -mtime -7 2>/dev/null)" ] || return 0
    root=$(mktemp -d "$work/base.XXXXXX")
    # shellcheck disable=SC2016
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' 'Component: main' | head -n 1)
    debootstrap --variant=minbase bookworm "$root" "$mirror" || return 1
    # apt in a container shall work as it does here.
    cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" && rm "$root/etc/apt/sources.list"
    cp /etc/apt/apt.conf.d/docker-* /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    # Not the directory man1: packages of Java link into it.
    find "$root/usr/share/doc" "$root/usr/share/man" "$root/var/lib/apt/lists" "$root/var/cache/apt" -type f -delete
    mkdir -p "$(dirname "$1")"
    tar -C "$root" --numeric-owner -cf "$1.part" . && mv "$1.part" "$1"
    rm -rf "$root"
}

base_image() { # TAG
    base_tar "$cache/base.tar" && docker import "$cache/base.tar" "$1"
}

classic_build() { # TAG BASE DIRECTORY
    DOCKER_BUILDKIT=0 docker build --network host --build-arg "BASE=$2" -t "$1" "$3"
}

broker_image() { # TAG
    local context=$work/broker

    tests/kafka/broker install "$kafka_version" || return 1
    mkdir "$context"
    cp -r "${PLEXSYNC_KAFKA:-build/kafka}/$kafka_version/libs" "$context/libs"
    cp tests/deploy/broker/* tests/kafka/4/log4j2.properties "$context/"
    classic_build "$1" "$BASE_IMAGE" "$context"
}

simulators_image() { # TAG; plexsync's image is there
    local context=$work/simulators

    mkdir "$context"
    cp "$bin/sim/plexsim" "$bin/sim/stashsim" tests/sim/data/*.json tests/deploy/simulators/* "$context/"
    classic_build "$1" "$PLEXSYNC_IMAGE" "$context"
}
