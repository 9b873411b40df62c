# full.sh -- what `./dev test --full` does after `./dev test`; sourced by dev.
# Each part prints one line (its output is in $logs) and the rest go on after a failure.

full_test() {
    local failed=0 part
    for part in full_selftest full_clang full_no_plot full_no_mpi full_ranks full_sanitizers \
        full_races full_fuzz full_valgrind full_tidy full_install full_recipes full_scenarios; do
        "$part" || failed=1
    done
    return "$failed"
}

quiet_ctest() {
    local name=$1
    shift
    quiet "ctest_$name" ctest --test-dir "$build_root/$name" --output-on-failure --timeout 1800 \
        -j "$jobs" "$@"
}

full_selftest() {
    quiet selftest cmake/checks/selftest.sh
}

full_clang() {
    CC=clang build clang -DCMAKE_BUILD_TYPE=Release && quiet_ctest clang
}

full_no_plot() {
    build noplot -DCMAKE_BUILD_TYPE=Release -DECP_PLOT=OFF -DECP_TESTS=OFF -DECP_BENCH=OFF
}

# The usual build has MPI where there is one.
full_no_mpi() {
    build no_mpi -DCMAKE_BUILD_TYPE=Release -DECP_MPI=OFF -DECP_BENCH=OFF && quiet_ctest no_mpi
}

# Ranks, restarts and kills, in full.
full_ranks() {
    quiet ctest_ranks ctest --test-dir "$build_root/release" --output-on-failure --timeout 3600 \
        -C Full -R '^(ranks|restart|numbers|faults|kill|stop|failure|test_damage)'
}

# Leaks count, too; the suppressions name libraries that keep what they were given. A program
# that MPI launched cannot say at its end what MPI lost: kill and stop run without that, and
# the tests of ranks look before they leave MPI. The sanitizer needs more address space than
# `failure` allows.
full_sanitizers() {
    local without_leaks='^(kill|stop)$'
    build sanitize -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 "$(mpi_option)" \
        "-DECP_SANITIZE=address,undefined" -DECP_BENCH=OFF || return 1
    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1 \
        quiet_ctest sanitize -R "$without_leaks" || return 1
    ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
        UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
        LSAN_OPTIONS=suppressions=$PWD/cmake/checks/leaks.txt \
        quiet_ctest sanitize -E "$without_leaks|^failure$"
}

# The thread sanitizer knows what OpenMP orders from Archer, which comes with clang's OpenMP.
# Libraries that were not built with it (MPI, HDF5, OpenMP itself) are not looked into: that
# is all that is left out. Tests of ranks x threads on all specimens, of restarts, of what
# workers write together, and of memories in networks.
full_races() {
    local archer tests='^(ranks|restart|numbers|test_(run|store|plastic_weights|passing|memory))'
    archer=$(dirname "$(readlink -f "$(command -v clang)")")/../lib/libarcher.so
    if [ ! -e "$archer" ]; then
        say "races: no libarcher.so; it comes with clang's OpenMP (libomp-dev)"
        return 1
    fi
    CC=clang build races -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DECP_SANITIZE=thread \
        "$(mpi_option)" -DECP_PLOT=OFF -DECP_BENCH=OFF || return 1
    OMP_TOOL_LIBRARIES=$archer OMP_WAIT_POLICY=passive \
        TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=0 \
        quiet_ctest races -R "$tests"
}

# One minute a target, beginning from the stored corpus.
full_fuzz() {
    local target name failed=0 found
    CC=clang build fuzz -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DECP_FUZZ=ON \
        "-DECP_SANITIZE=address,undefined" -DECP_BENCH=OFF || return 1
    while read -r target; do
        name=$(basename "$target")
        found=$build_root/fuzz/found/$name
        mkdir -p "$found"
        quiet "$name" "$target" -max_total_time="${DEV_FUZZ_SECONDS:-60}" -timeout=10 \
            -rss_limit_mb=4096 -artifact_prefix="$found/" "$found" \
            "tests/fuzz/corpus_${name#fuzz_}" || failed=1
    done < <(find "$build_root/fuzz" -type f -name 'fuzz_*' -perm -u+x)
    return "$failed"
}

# Valgrind knows AVX2 and not AVX-512; a short run of a small network.
full_valgrind() {
    quiet valgrind valgrind --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
        "$build_root/release/ecphory" run scenarios/microcircuit.cfg -s network.scale=0.01 \
        -s seed=1 --isa baseline --threads 1 --quiet --out "$build_root/valgrind"
}

full_tidy() {
    sources | grep -E '^(engine|neurons|plasticity|memory|scenarios|analysis)/.*\.c$' |
        grep -v '^engine/main' >"$logs/tidy.files"
    quiet tidy xargs -r -a "$logs/tidy.files" -n 8 -P "$jobs" clang-tidy --quiet \
        -p "$build_root/release"
}

full_install() {
    quiet install cmake/checks/install.sh
}

full_recipes() {
    quiet recipes cmake/checks/recipes.sh
}

full_scenarios() {
    local config name failed=0
    for config in scenarios/*.cfg; do
        name=$(basename "$config" .cfg)
        quiet "scenario_$name" "$build_root/release/ecphory" run "$config" \
            --out "$build_root/scenarios/$name" || failed=1
    done
    # The sizes of Schlag, Irie & Schmidhuber 2021; one training a point, some 30 min of processor
    # time. With seed 1 that of elu at S = 38 ends in a local minimum.
    quiet scenario_fast_weights_capacity_64 "$build_root/release/ecphory" run \
        scenarios/fast_weights_capacity.cfg --seed 2 -s network.d=64 -s network.maps=4 -s network.seeds=1 \
        -s network.steps=3000 -s network.steps_replace=3000 -s network.batch_replace=16 \
        --out "$build_root/scenarios/fast_weights_capacity_64" || failed=1
    # The table of Luboeinski & Tetzlaff 2021: 100 networks, some 20 min of processor time.
    quiet scenario_consolidation_table "$build_root/release/ecphory" run \
        scenarios/silent_engram_consolidation.cfg -s network.story=off -s network.table=full \
        -s network.trials=10 --out "$build_root/scenarios/consolidation_table" || failed=1
    return "$failed"
}
