#!/usr/bin/env bash
# scaling.sh -- forecast and dry run against real ranks, strong and weak scaling, dry runs
# of up to 65,536 ranks; sourced by bench/run.sh.
#
# One process at a time, but for the ranks of a job. Where ranks are more than cores, the
# processor's time of each rank counts, not the wall's; they still share caches.

SCALING_PARTS=${SCALING_PARTS:-validate strong weak dry}
SCALING_RANKS=${SCALING_RANKS:-1 2 4 8}
SCALING_ROUNDS=${SCALING_ROUNDS:-3}
DRY_POWERS=${DRY_POWERS:-0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16}
DRY_SCALE=${DRY_SCALE:-1}         # of 11,250 neurons a rank
DRY_INDEGREE=${DRY_INDEGREE:-9000} # excitatory; a fourth more are inhibitory
DRY_DURATION=${DRY_DURATION:-50}  # ms
DRY_RATE=${DRY_RATE:-10}          # Hz, of the other ranks' neurons
MPIRUN=${MPIRUN:-mpirun}

# scaling_run PART RANKS OPTION ...: every line that the program prints is kept. Ranks
# that wait must not hold up those that work.
scaling_run() {
    local part=$1 ranks=$2 line launcher=()
    shift 2
    [ "$ranks" = 1 ] || launcher=("$MPIRUN" -n "$ranks")
    if ! OMP_WAIT_POLICY=passive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 \
        OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none \
        OMPI_MCA_mpi_yield_when_idle=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe \
        "${launcher[@]}" "$BUILD/bench/scaling" "$@" >"$work/scaling.out" 2>"$work/run.err"; then
        echo "bench: the run failed: $(tail -n 1 "$work/run.err")" >&2
        return 1
    fi
    while IFS= read -r line; do
        keep scaling "\"part\": \"$part\", \"round\": ${round:-1}, \"load\": \
$(cut -d' ' -f1 /proc/loadavg), \"run\": $line"
    done <"$work/scaling.out"
}

# scaling_case RATE NAME CONFIG ...: real ranks, and the last of them imitated. RATE
# "config": that of the forecast is what the config says, and imitated ranks fire as the own
# one does. "measured": first a run tells the rate, for both.
scaling_case() {
    local how=$1 name=$2 ranks rate=()
    shift 2
    if [ "$how" = measured ]; then
        rate=(--rate "$("$BUILD/bench/scaling" "$@" | sed -E 's/.*"model_s": ([0-9.]+).*"neurons": ([0-9]+).*"spikes": ([0-9]+).*/\3 \2 \1/' |
            awk '{ print $1 / $2 / $3 }')")
    fi
    for ranks in $SCALING_RANKS; do
        scaling_run validate "$ranks" "$@" --name "$name" "${rate[@]}"
        [ "$ranks" = 1 ] ||
            scaling_run validate 1 "$@" --name "$name" --rank $((ranks - 1)) --of "$ranks" "${rate[@]}"
    done
}

scaling_validate() {
    local round balanced=scenarios/balanced_stdp.cfg
    for ((round = 1; round <= SCALING_ROUNDS; round++)); do
        scaling_case config microcircuit_0.1 scenarios/microcircuit.cfg network.scale=0.1
        scaling_case config microcircuit_0.3 scenarios/microcircuit.cfg network.scale=0.3
        scaling_case config brunel scenarios/brunel.cfg
        scaling_case config vogels_abbott scenarios/vogels_abbott.cfg network.variant=nest \
            network.duration=3000
        scaling_case measured balanced $balanced network.scale=0.2 network.plastic=no
        scaling_case measured balanced_stdp $balanced network.scale=0.2
    done
}

scaling_strong() {
    local ranks
    for ranks in $SCALING_RANKS; do
        scaling_run strong "$ranks" scenarios/balanced_stdp.cfg network.scale=0.8 \
            network.plastic=no network.duration=500 --name balanced
    done
}

scaling_weak() {
    local ranks
    for ranks in $SCALING_RANKS; do
        scaling_run weak "$ranks" scenarios/balanced_stdp.cfg \
            network.scale="$(awk -v r="$ranks" 'BEGIN { print 0.1 * r }')" \
            network.plastic=no network.duration=500 --name balanced
    done
}

scaling_dry() {
    local power ranks one
    for power in $DRY_POWERS; do
        ranks=$((1 << power))
        one=(--rank $((ranks / 2)) --of "$ranks" --rate "$DRY_RATE")
        [ "$ranks" != 1 ] || one=()
        scaling_run dry 1 scenarios/balanced_stdp.cfg network.plastic=no network.settle=0 \
            network.scale="$(awk -v r="$ranks" -v s="$DRY_SCALE" 'BEGIN { print r * s }')" \
            network.indegree="$DRY_INDEGREE" network.duration="$DRY_DURATION" --name balanced \
            "${one[@]}"
    done
}

bench_scaling() {
    local part curves=$work/curves.csv
    for part in $SCALING_PARTS; do "scaling_$part"; done
    "$PYTHON" bench/scaling_table.py "$RESULTS/scaling.jsonl" "$curves"
    if [ -x "$BUILD/bench/scaling_plot" ]; then
        "$BUILD/bench/scaling_plot" "$curves" docs/figures
    fi
}
