# lib.sh -- for scripts that start, kill and compare runs; sourced with $ecphory, $mpirun
# (empty: one rank only) and $work (a folder) set.

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# launch SHAPE OPTION...: on ranks x threads, in the background; its id is in $job.
launch() {
    local shape=$1
    shift
    if [ -n "$mpirun" ]; then
        "$mpirun" -n "${shape%x*}" "$ecphory" run "$config" --threads "${shape#*x}" --quiet "$@" \
            >"$work/out" 2>"$work/err" &
    else
        "$ecphory" run "$config" --threads "${shape#*x}" --quiet "$@" >"$work/out" 2>"$work/err" &
    fi
    job=$!
}

# Ids of the ranks of $job.
ranks() {
    if [ -n "$mpirun" ]; then
        pgrep -P "$job" -x "$(basename "$ecphory" | cut -c1-15)" || true
    else
        printf '%s\n' "$job"
    fi
}

# begun RANKS: waits until so many ranks of $job catch signals (SIGUSR1, the tenth), or are
# at their end.
begun() {
    local k id caught n
    for ((k = 0; k < 600; k++)); do
        n=0
        for id in $(ranks); do
            caught=$(awk '/^SigCgt/ { print $2 }' "/proc/$id/status" 2>/dev/null || true)
            ((16#${caught:-0} & 16#200)) && n=$((n + 1))
        done
        [ "$n" -lt "$1" ] || return 0
        kill -0 "$job" 2>/dev/null || return 0
        sleep 0.05
    done
}

# finished WITHIN [KILLED]: exit code of $job in $code; fails when it takes longer (seconds).
# KILLED: ranks of it were killed. Then Open MPI's launcher may lock itself up as it ends
# (4.1.4 with PMIx 4.2.2, on a busy machine, in PMIx_server_finalize), which is no fault of
# the ranks: it is killed with them, and counted in $stuck.
stuck=0
finished() {
    local k left
    for ((k = 0; k < $1 * 20; k++)); do
        if ! kill -0 "$job" 2>/dev/null; then
            code=0
            wait "$job" || code=$?
            return 0
        fi
        sleep 0.05
    done
    left=$(ranks | xargs -r ps -o pid=,stat=,time= -p 2>/dev/null | tr '\n' ';' || true)
    ranks | xargs -r kill -9
    kill -9 "$job"
    [ -n "${2:-}" ] && [ -n "$mpirun" ] ||
        fail "not at its end within $1 s (its ranks: $left): $(tail -n 3 "$work/err")"
    code=137
    wait "$job" || true
    stuck=$((stuck + 1))
}

# same A B: what two runs wrote.
same() {
    local file name
    for file in "$1"/*.h5; do
        name=$(basename "$file")
        cmp -s "$file" "$2/$name" || fail "$2/$name is not the one of the unbroken run"
    done
    for file in "$2"/*.h5; do
        [ -e "$1/$(basename "$file")" ] || fail "$file: the unbroken run has no such file"
    done
    same_numbers "$1/run.json" "$2/run.json"
}

same_numbers() {
    python3 - "$1" "$2" <<'PY' || fail "$2 tells of another run"
import json, sys
a, b = (json.load(open(path)) for path in sys.argv[1:3])
bad = [k for k in ("status", "spikes", "checksum", "weights_checksum", "populations", "verdicts",
                   "plasticity", "phases") if a.get(k) != b.get(k)]
for key in bad:
    print(key, str(a.get(key))[:300], str(b.get(key))[:300], file=sys.stderr)
sys.exit(bool(bad))
PY
}
