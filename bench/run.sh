#!/usr/bin/env bash
# run.sh -- measure, print markdown tables, keep the raw lines: ./dev bench [NAME ...]
#
# Each bench is described in bench/README.md. Runs that are compared are taken
# in turn, never one kind after the other: a machine drifts by more than what
# they differ. Nothing is asserted; tests hold answers, this holds times.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C

usage() {
    cat <<'TEXT'
usage: ./dev bench [NAME ...]     (bench/run.sh, with BUILD=folder of the build)

  kernels        hot loops by themselves, floors beside them
  models         every neuron model and scheme while it fires, floors beside them
  plasticity     every plasticity rule at 3, 10 and 30 Hz, beside static delivery
  scores         measures of data sets: bootstraps, regressions, RDMs, spike-train distances
  microcircuit   full scale, Poisson and DC drive: best of RUNS seeds
  threads        1 and 2 threads (THREADS_LIST)
  isa            AVX-512, AVX2, baseline: what this machine has of them
  scale          0.1, 0.3, 1 (SCALES)
  busy           alone and beside one busy process a core
  peers          recalls of memories here and in NumPy (python3-numpy); Vogels & Abbott's networks
                 here and in Brian 2 (python3-brian), in turn
  all            all of these (default)
  scaling        forecast and dry run against real ranks; dry runs of 1 to 65,536 ranks (an hour)

environment: BUILD (build/release), RUNS (5), DURATION (10000, ms of model time), SETTLE (500),
             SCALE (1), THREADS (2), THREADS_LIST ("1 2"), SCALES ("0.1 0.3 1"),
             RESULTS (bench/results: one .jsonl a bench, lines are appended)
             MODEL (models: only this one), RULE (plasticity: only this one)
             SCALING_PARTS ("validate strong weak dry"), SCALING_RANKS ("1 2 4 8"), SCALING_ROUNDS (3),
             DRY_POWERS ("0 1 ... 16"), DRY_SCALE (1), DRY_INDEGREE (9000), DRY_DURATION (50)
             VARIANTS (peers: "coba brian"), BRIAN_THREADS ("0 1 2";
             0: without OpenMP), PRECISIONS ("double single"), PYTHON (/usr/bin/python3)
TEXT
}

BUILD=${BUILD:-build/release}
RUNS=${RUNS:-5}
DURATION=${DURATION:-10000}
SETTLE=${SETTLE:-500}
SCALE=${SCALE:-1}
THREADS=${THREADS:-2}
THREADS_LIST=${THREADS_LIST:-1 2}
SCALES=${SCALES:-0.1 0.3 1}
RESULTS=${RESULTS:-bench/results}
VARIANTS=${VARIANTS:-coba brian}
BRIAN_THREADS=${BRIAN_THREADS:-0 1 2}
PRECISIONS=${PRECISIONS:-double single}
PYTHON=${PYTHON:-/usr/bin/python3}
cores=$(getconf _NPROCESSORS_ONLN)
work=$(mktemp -d)
rivals=()

# Only processes that this script started, by their numbers.
stop_rivals() {
    local pid
    for pid in "${rivals[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rivals=()
}
trap 'stop_rivals; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# ---- what is measured on -------------------------------------------------

model_name() {
    local name
    name=$(lscpu 2>/dev/null | sed -n 's/^Model name: *//p' | sed -n 1p)
    echo "${name:-$(uname -m)}"
}

version_of() { "$BUILD/ecphory" version | sed -n "s/^ *$1 *//p" | sed -n 1p; }

print_machine() {
    machine=$(model_name)
    version=$(version_of ecphory)
    compiler=$(version_of compiler)
    date=$(date -u +%Y-%m-%dT%H:%MZ)
    echo "| machine | cores | date | compiler | ecphory | load before |"
    echo "|---|---|---|---|---|---|"
    echo "| $machine | $cores | $date | $compiler | $version | $(cut -d' ' -f1 /proc/loadavg 2>/dev/null) |"
    echo
}

quoted() { printf '"%s"' "$(sed 's/\\/\\\\/g; s/"/\\"/g' <<<"$1")"; }

# One raw line of bench $1; $2 is the rest of its JSON members.
keep() {
    mkdir -p "$RESULTS"
    printf '{"bench": %s, "date": %s, "machine": %s, "cores": %d, "compiler": %s, "version": %s, %s}\n' \
        "$(quoted "$1")" "$(quoted "$(date -u +%Y-%m-%dT%H:%M:%SZ)")" "$(quoted "$machine")" "$cores" \
        "$(quoted "$compiler")" "$(quoted "$version")" "$2" >>"$RESULTS/$1.jsonl"
}

# ---- one run of the program ----------------------------------------------

# First number or word of a JSON member in the last run.
field() { grep -oE "\"$1\": *[^,}]*" "$work/run.json" | sed -nE '1 { s/^[^:]*: *//; s/"//g; p; }'; }

# Bandwidth and latency of this moment: sets read_gb_s and load_ns.
memory_now() {
    local line
    line=$("$BUILD/bench/kernel_memory" "$THREADS" | sed -n 1p)
    read_gb_s=$(sed -E 's/.*read ([0-9.]+).*/\1/' <<<"$line")
    load_ns=$(sed -E 's/.*load ([0-9.]+).*/\1/' <<<"$line")
}

# microcircuit BENCH CASE SEED OPTION ...: memory lines, then the run; keeps the
# raw line; sets rtf, wall, build, peak, neurons, synapses, sum, missed.
microcircuit() {
    local bench=$1 case=$2 seed=$3 status=0
    shift 3
    memory_now
    "$BUILD/ecphory" run scenarios/microcircuit.cfg --json --quiet --no-files --seed "$seed" \
        -s network.record=off -s network.settle="$SETTLE" -s network.duration="$DURATION" "$@" \
        >"$work/run.out" 2>"$work/run.err" || status=$?
    tail -n 1 "$work/run.out" >"$work/run.json"
    # 1 says that a claim failed: times are as good, and the table shows it.
    if [ "$status" -gt 1 ] || ! grep -q '"real_time_factor"' "$work/run.json"; then
        echo "bench: the run failed ($status): $(tail -n 1 "$work/run.err")" >&2
        return 1
    fi
    rtf=$(field real_time_factor)
    wall=$(field wall_s)
    build=$(field build_s)
    peak=$(field peak_memory_mb)
    neurons=$(field neurons)
    synapses=$(field synapses)
    sum=$(field checksum)
    missed=$(awk '{ print gsub(/"pass": false/, "") }' "$work/run.json")
    keep "$bench" "\"case\": $(quoted "$case"), \"memory\": {\"read_gb_s\": $read_gb_s, \
\"load_ns\": $load_ns}, \"run\": $(cat "$work/run.json")"
}

# Numbers of column $1 in the rows of case $2 in $work/rows: best, or in the middle.
best_of() { awk -F'\t' -v c="$1" -v k="$2" '$1 == k { print $c }' "$work/rows" | sort -g | sed -n 1p; }
middle_of() {
    awk -F'\t' -v c="$1" -v k="$2" '$1 == k { print $c }' "$work/rows" | sort -g |
        awk '{ x[NR] = $1 } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

row() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$rtf" "$wall" "$build" "$peak" >>"$work/rows"; }

print_row() {
    printf '| %s | %s | %.3f | %.3f | %.2f | %.0f | %s | %s | %s |\n' "$1" "$2" "$rtf" "$wall" \
        "$build" "$peak" "$read_gb_s" "$load_ns" "$missed"
}

print_head() {
    echo "| $1 | seed | RTF | wall s | build s | memory MB | read GB/s a core | load ns | claims missed |"
    echo "|---|---|---|---|---|---|---|---|---|"
    : >"$work/rows"
}

# All runs of one bench must give the same spikes, whatever they differ in.
print_sums() {
    if [ "$(sort -u "$work/sums" | wc -l)" = 1 ]; then
        echo "Spikes of all runs: equal (checksum $(sed -n 1p "$work/sums"))."
    else
        echo "Spikes DIFFER between runs: $(sort -u "$work/sums" | tr '\n' ' ')"
    fi
    echo
}

# ---- the benches -----------------------------------------------------------

bench_microcircuit() {
    local drive seed
    echo "### microcircuit, scale $SCALE, $THREADS threads, $SETTLE + $DURATION ms"
    echo
    print_head drive
    for ((seed = 1; seed <= RUNS; seed++)); do
        for drive in poisson dc; do
            microcircuit microcircuit "$drive" "$seed" --threads "$THREADS" \
                -s network.scale="$SCALE" -s network.drive="$drive"
            print_row "$drive" "$seed"
            row "$drive"
        done
    done
    echo
    echo "| drive | best RTF | middle RTF | best build s | memory MB | seeds |"
    echo "|---|---|---|---|---|---|"
    for drive in poisson dc; do
        printf '| %s | %.3f | %.3f | %.2f | %.0f | 1-%d |\n' "$drive" "$(best_of 2 "$drive")" \
            "$(middle_of 2 "$drive")" "$(best_of 4 "$drive")" "$(middle_of 5 "$drive")" "$RUNS"
    done
    echo
}

bench_threads() {
    local n round first=${THREADS_LIST%% *}
    echo "### threads: microcircuit, scale $SCALE, Poisson drive"
    echo
    print_head threads
    : >"$work/sums"
    for ((round = 1; round <= RUNS; round++)); do
        for n in $THREADS_LIST; do
            microcircuit threads "$n" 1 --threads "$n" -s network.scale="$SCALE"
            print_row "$n" 1
            row "$n"
            echo "$sum" >>"$work/sums"
        done
    done
    echo
    echo "| threads | best RTF | best build s | times faster than $first |"
    echo "|---|---|---|---|"
    for n in $THREADS_LIST; do
        printf '| %s | %.3f | %.2f | %s |\n' "$n" "$(best_of 2 "$n")" "$(best_of 4 "$n")" \
            "$(ratio "$(best_of 2 "$first")" "$(best_of 2 "$n")")"
    done
    echo
    print_sums
}

bench_isa() {
    local isa round here
    here=$("$BUILD/ecphory" version | sed -n 's/.*this machine has //p')
    echo "### instruction sets: microcircuit, scale $SCALE, Poisson drive, $THREADS threads"
    echo
    print_head set
    : >"$work/sums"
    for ((round = 1; round <= RUNS; round++)); do
        for isa in $here; do
            microcircuit isa "$isa" 1 --threads "$THREADS" --isa "$isa" -s network.scale="$SCALE"
            print_row "$isa" 1
            row "$isa"
            echo "$sum" >>"$work/sums"
        done
    done
    echo
    echo "| set | best RTF | best build s |"
    echo "|---|---|---|"
    for isa in $here; do
        printf '| %s | %.3f | %.2f |\n' "$isa" "$(best_of 2 "$isa")" "$(best_of 4 "$isa")"
    done
    echo
    print_sums
}

bench_scale() {
    local scale round
    echo "### scale: microcircuit, Poisson drive, $THREADS threads"
    echo
    print_head scale
    for ((round = 1; round <= RUNS; round++)); do
        for scale in $SCALES; do
            microcircuit scale "$scale" 1 --threads "$THREADS" -s network.scale="$scale"
            print_row "$scale" 1
            row "$scale"
            echo "$neurons $synapses" >"$work/size.$scale"
        done
    done
    echo
    echo "| scale | neurons | synapses | best RTF | best RTF / scale | best build s | memory MB |"
    echo "|---|---|---|---|---|---|---|"
    for scale in $SCALES; do
        read -r neurons synapses <"$work/size.$scale"
        printf '| %s | %s | %s | %.4f | %s | %.2f | %.0f |\n' "$scale" "$neurons" "$synapses" \
            "$(best_of 2 "$scale")" "$(ratio "$(best_of 2 "$scale")" "$scale")" \
            "$(best_of 4 "$scale")" "$(middle_of 5 "$scale")"
    done
    echo
}

# One busy process a core; each ends by itself should this script be killed.
start_rivals() {
    local k
    for ((k = 0; k < cores; k++)); do
        timeout 900 sh -c 'while :; do :; done' &
        rivals+=($!)
    done
}

bench_busy() {
    local round case
    echo "### busy: microcircuit, scale $SCALE, Poisson drive, $THREADS threads, $cores busy processes"
    echo
    print_head machine
    : >"$work/sums"
    for ((round = 1; round <= RUNS; round++)); do
        for case in alone busy; do
            [ "$case" = alone ] || start_rivals
            microcircuit busy "$case" 1 --threads "$THREADS" -s network.scale="$SCALE"
            stop_rivals
            print_row "$case" 1
            row "$case"
            echo "$sum" >>"$work/sums"
        done
    done
    echo
    echo "| wall s | alone | busy | ratio |"
    echo "|---|---|---|---|"
    printf '| best | %.2f | %.2f | %s |\n' "$(best_of 3 alone)" "$(best_of 3 busy)" \
        "$(ratio "$(best_of 3 busy)" "$(best_of 3 alone)")"
    printf '| middle | %.2f | %.2f | %s |\n' "$(middle_of 3 alone)" "$(middle_of 3 busy)" \
        "$(ratio "$(middle_of 3 busy)" "$(middle_of 3 alone)")"
    echo
    print_sums
}

# The aligned lines of a kernel bench as markdown, and as raw lines.
kernel() {
    local name=$1 line
    shift
    "$BUILD/bench/kernel_$name" "$@" >"$work/kernel"
    echo "#### kernel_$name"
    echo
    awk -F'  +' 'BEGIN { OFS = " | " } {
        $1 = $1; print "| " $0 " |"
        if (NR == 1) { for (k = 1; k <= NF; k++) printf "|---"; print "|" }
    }' "$work/kernel"
    echo
    tail -n +2 "$work/kernel" | awk -F'  +' '{
        printf "\"kernel\": \"%s\", \"case\": \"%s\", \"isa\": \"%s\", \"threads\": %d, ", $1, $2, $3, $4
        printf "\"measured\": %s, \"unit\": \"%s\", \"floor\": %s, \"bound\": \"%s\", ", $5, $6, \
            $7 == "-" ? "null" : $7, $8
        printf "\"read_gb_s\": %s, \"load_ns\": %s\n", r, l
    }' r="$read_gb_s" l="$load_ns" | while IFS= read -r line; do keep kernels "$line"; done
}

bench_kernels() {
    echo "### kernels"
    echo
    memory_now
    echo "Memory: read $read_gb_s GB/s a core ($THREADS at once), dependent load $load_ns ns;" \
        "$("$BUILD/bench/kernel_memory" "$THREADS" | sed -n 's/^clock *//p')."
    echo
    kernel deliver "$THREADS"
    kernel update "$THREADS"
    kernel poisson
    kernel build "${BUILD_SCALE:-0.3}" "$THREADS"
    kernel silent "$THREADS"
}

bench_models() {
    echo "### neuron models"
    echo
    "$BUILD/bench/models" "$THREADS" ${MODEL:+"$MODEL"} >"$work/models"
    awk -F'  +' 'BEGIN { OFS = " | " } {
        $1 = $1; print "| " $0 " |"
        if (NR == 1) { for (k = 1; k <= NF; k++) printf "|---"; print "|" }
    }' "$work/models"
    echo
    tail -n +2 "$work/models" | awk -F'  +' '{
        printf "\"model\": \"%s\", \"scheme\": \"%s\", \"isa\": \"%s\", \"threads\": %d, ", $1, $2, $3, $4
        printf "\"ns\": %s, \"floor_ns\": %s, \"copy_ns\": %s, \"rate_hz\": %s\n", $5, $6, $7, \
            $8 == "-" ? "null" : $8
    }' | while IFS= read -r line; do keep models "$line"; done
}

bench_plasticity() {
    echo "### plasticity: ns of a thread for a synaptic event; st: static; x: times static"
    echo
    "$BUILD/bench/plasticity" "$THREADS" ${RULE:+"$RULE"} >"$work/plasticity"
    awk -F'  +' 'BEGIN { OFS = " | " } {
        $1 = $1; print "| " $0 " |"
        if (NR == 1) { for (k = 1; k <= NF; k++) printf "|---"; print "|" }
    }' "$work/plasticity"
    echo
    tail -n +2 "$work/plasticity" | awk -F'  +' '{
        printf "\"rule\": \"%s\", \"variant\": \"%s\", \"threads\": %d, ", $1, $2, $3
        printf "\"rates_hz\": [3, 10, 30], \"ns\": [%s, %s, %s], ", $4, $5, $6
        printf "\"static_ns\": [%s, %s, %s], \"bytes_per_synapse\": %s\n", $7, $8, $9, $13
    }' | while IFS= read -r line; do keep plasticity "$line"; done
}

bench_scores() {
    echo "### measures of data sets"
    echo
    "$BUILD/bench/scores" >"$work/scores"
    awk -F'  +' 'BEGIN { OFS = " | " } {
        $1 = $1; print "| " $0 " |"
        if (NR == 1) { for (k = 1; k <= NF; k++) printf "|---"; print "|" }
    }' "$work/scores"
    echo
    tail -n +2 "$work/scores" | awk -F'  +' '{
        split($2, best, " ")
        printf "\"what\": \"%s\", \"best\": %s, \"peak_mb\": %s\n", $1, best[1], $4
    }' | while IFS= read -r line; do keep scores "$line"; done
}

# ---- beside other simulators -----------------------------------------------

# A line of the table of peers from the JSON in run.json: VARIANT PROGRAM.
peer_row() {
    local rates
    rates=$(grep -oE '"populations": *\[.*' "$work/run.json" | grep -oE '"rate_hz": *[0-9.e+-]+' |
        sed -E 's/.*: *//; 2q' | tr '\n' '\t')
    printf '%s %s\t%s\t%s\n' "$1" "$2" "$(field real_time_factor)" "$rates" >>"$work/rows"
    keep peers "\"variant\": $(quoted "$1"), \"case\": $(quoted "$2"), \"run\": $(cat "$work/run.json")"
}

# peer_ours VARIANT THREADS
peer_ours() {
    local status=0
    "$BUILD/ecphory" run scenarios/vogels_abbott.cfg --json --quiet --no-files --threads "$2" \
        -s network.variant="$1" -s network.record=off -s network.settle=200 \
        -s network.duration="$DURATION" >"$work/run.out" 2>"$work/run.err" || status=$?
    tail -n 1 "$work/run.out" >"$work/run.json"
    if [ "$status" -gt 1 ] || ! grep -q '"real_time_factor"' "$work/run.json"; then
        echo "bench: the run failed ($status): $(tail -n 1 "$work/run.err")" >&2
        return 1
    fi
    peer_row "$1" "ecphory, threads: $2"
}

# peer_brian VARIANT THREADS PRECISION: the first call compiles, later ones run.
peer_brian() {
    local name="Brian 2, $3, OpenMP threads: $2"
    [ "$2" != 0 ] || name="Brian 2, $3, no OpenMP"
    if ! "$PYTHON" bench/peers/brian2_vogels_abbott.py --variant "$1" --threads "$2" --precision "$3" \
        --duration "$DURATION" --runs "$4" --folder "$work/brian_$1_$2_$3" \
        >"$work/run.out" 2>"$work/run.err"; then
        echo "bench: Brian 2 failed: $(tail -n 1 "$work/run.err")" >&2
        return 1
    fi
    [ "$4" -gt 0 ] || return 0
    tail -n 1 "$work/run.out" >"$work/run.json"
    peer_row "$1" "$name"
}

# Every program of one variant once more, or with "0" only made ready.
peer_round() {
    local variant=$1 runs=$2 threads precision
    if [ "$runs" -gt 0 ]; then
        for threads in $THREADS_LIST; do peer_ours "$variant" "$threads"; done
    fi
    [ "$brian" = yes ] || return 0
    for precision in $PRECISIONS; do
        for threads in $BRIAN_THREADS; do peer_brian "$variant" "$threads" "$precision" "$runs"; done
    done
}

# Processor times of one thread, so that rounds need no turns.
peer_numpy() {
    echo "### Recalls of memories in NumPy and here, one thread"
    echo
    if ! "$PYTHON" -c 'import importlib.util as u; exit(u.find_spec("numpy") is None)'; then
        echo "No NumPy here (apt-get install python3-numpy)."
        return 0
    fi
    echo '```'
    "$PYTHON" bench/peers/numpy_memories.py --build "$BUILD"
    echo '```'
    echo
}

bench_peers() {
    local variant round name brian=yes best ours
    peer_numpy
    "$PYTHON" -c 'import importlib.util as u; exit(u.find_spec("brian2") is None)' || brian=no
    echo "### Vogels & Abbott, 4,000 neurons, 200 + $DURATION ms, best of $RUNS"
    echo
    [ "$brian" = yes ] || echo "No Brian 2 here (apt-get install python3-brian): ecphory alone."
    : >"$work/rows"
    for variant in $VARIANTS; do peer_round "$variant" 0; done
    for ((round = 1; round <= RUNS; round++)); do
        for variant in $VARIANTS; do peer_round "$variant" 1; done
    done
    echo "| network | program | best RTF | middle RTF | E Hz | I Hz | ecphory's best is faster by |"
    echo "|---|---|---|---|---|---|---|"
    for variant in $VARIANTS; do
        ours=$(grep "^$variant ecphory" "$work/rows" | cut -f2 | sort -g | sed -n 1p)
        cut -f1 "$work/rows" | awk -v v="$variant " 'index($0, v) == 1 && !seen[$0]++' >"$work/cases"
        while IFS= read -r name; do
            best=$(best_of 2 "$name")
            printf '| %s | %s | %.4f | %.4f | %.1f | %.1f | %s |\n' "$variant" "${name#"$variant "}" \
                "$best" "$(middle_of 2 "$name")" "$(middle_of 3 "$name")" "$(middle_of 4 "$name")" \
                "$(ratio "$best" "$ours")"
        done <"$work/cases"
    done
    echo
}

source bench/scaling.sh
all=(kernels models plasticity scores microcircuit threads isa scale busy peers)
[ $# -gt 0 ] || set -- all
[ "$1" != all ] || set -- "${all[@]}"
for name in "$@"; do
    case " ${all[*]} scaling " in
    *" $name "*) ;;
    *)
        [ "$name" = help ] || [ "$name" = --help ] || echo "bench: no bench \"$name\"" >&2
        usage >&2
        exit 2
        ;;
    esac
done
if [ ! -x "$BUILD/ecphory" ] || [ ! -x "$BUILD/bench/kernel_memory" ]; then
    echo "bench: $BUILD has no build with benches; ./dev bench makes one" >&2
    exit 2
fi
print_machine
for name in "$@"; do
    "bench_$name"
done
