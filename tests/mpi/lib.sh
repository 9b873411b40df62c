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

# finished WITHIN: exit code of $job in $code; fails when it takes longer (seconds).
finished() {
    local k
    for ((k = 0; k < $1 * 20; k++)); do
        if ! kill -0 "$job" 2>/dev/null; then
            code=0
            wait "$job" || code=$?
            return 0
        fi
        sleep 0.05
    done
    ranks | xargs -r kill -9
    kill -9 "$job"
    fail "not at its end within $1 s: $(tail -n 3 "$work/err")"
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
