# lib.sh -- what ./dev and the check scripts share; sourced in the project's root.

build_root=${DEV_BUILD:-build}
logs=$build_root/log
jobs=${DEV_JOBS:-$(nproc 2>/dev/null || echo 2)}

# Debian packages: to build and run, for ./dev check, for ./dev test --full.
packages_build=(gcc libc6-dev cmake make pkg-config libgsl-dev libopenblas-dev liblapacke-dev libhdf5-dev
    libconfig-dev libudunits2-dev librandom123-dev libjansson-dev libcunit1-dev libplplot-dev
    plplot-driver-cairo python3-h5py libopenmpi-dev openmpi-bin)
packages_check=(clang-format universal-ctags)
packages_full=(clang clang-tidy libclang-rt-dev libomp-dev valgrind)

# A container is often one core and root; ranks started by tests must not mind.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none

say() { printf '%s\n' "$*"; }

# Our C sources, one path a line.
sources() {
    local folder
    for folder in engine neurons plasticity memory scenarios analysis mpi tests bench examples; do
        [ ! -d "$folder" ] || find "$folder" -name '*.[ch]' -type f
    done | LC_ALL=C sort
}

missing() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s ' "$package"
    done
}

# need PACKAGE...: install what is not there. Without apt-get or the right to
# use it, say what is missing and go on: it may be installed in another way.
need() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || return 0
    local lacking as_root=()
    lacking=$(missing "$@")
    [ -n "$lacking" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo -n)
        if [ -t 0 ] && [ -z "${CI-}" ]; then as_root=(sudo); fi
        if ! command -v sudo >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
            say "missing; please install: apt-get install ${lacking% }" >&2
            return 0
        fi
    fi
    mkdir -p "$logs"
    say "installing: ${lacking% }"
    # shellcheck disable=SC2086 # one word a package
    install_packages $lacking >"$logs/apt.log" 2>&1 </dev/null || {
        tail -n 20 "$logs/apt.log" >&2
        say "apt-get failed for: ${lacking% } ($logs/apt.log)" >&2
        return 1
    }
}

install_packages() {
    local try
    for try in 1 2; do
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends "$@" && return 0
        if [ "$try" = 1 ]; then "${as_root[@]}" apt-get update; fi
    done
    return 1
}

# quiet LOG COMMAND...: run with the output in a log, shown when it fails.
quiet() {
    local log=$1 began=$SECONDS
    shift
    if "$@" >"$logs/$log.log" 2>&1 </dev/null; then
        say "$(printf '%-28s ok  (%d s)' "$log" $((SECONDS - began)))"
        return 0
    fi
    grep -nE '(error|Error|FAILED)[: ]' "$logs/$log.log" | head -n 20 || true
    tail -n 40 "$logs/$log.log"
    say "$(printf '%-28s FAIL (%s)' "$log" "$logs/$log.log")"
    return 1
}

# With MPI where there is one.
mpi_option() { if command -v mpicc >/dev/null; then say -DECP_MPI=ON; else say -DECP_MPI=OFF; fi; }

# build NAME [cmake options] [-- targets]: configure and build $build_root/NAME.
build() {
    local name=$1 options=() targets=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    if [ $# -gt 1 ]; then
        shift
        targets=(--target "$@")
    fi
    mkdir -p "$logs"
    quiet "build_$name" configure_and_build
}

# Of build, with its locals.
configure_and_build() {
    CC=${CC:-gcc} cmake -S . -B "$build_root/$name" -DECP_WERROR=ON "${options[@]}" &&
        cmake --build "$build_root/$name" -j "$jobs" "${targets[@]}"
}
