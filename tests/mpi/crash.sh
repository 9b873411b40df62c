#!/usr/bin/env bash
# crash.sh ECPHORY CRASH_AT -- a run is killed before each of its calls that change a folder,
# one after the other, and goes on: at its end the files are those of the unbroken run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ecphory=$1 library=$2 mpirun=''
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$here/lib.sh"
config=$work/small.cfg
cat >"$config" <<'CFG'
name = "crash"; seed = 4; dt = 0.1; duration = 100;
populations = { E = { model = "lif_exp"; size = 60; }; };
stimuli = ( { kind = "poisson"; target = "E"; rate = 5500; weight = 60; } );
projections = ( { source = "E"; target = "E"; rule = "fixed_indegree"; indegree = 9;
  weight = 8; delay = 1; plasticity = { rule = "stdp"; w_max = 20; }; } );
probes = ( { kind = "spikes"; target = "*"; }, { kind = "rate"; target = "E"; interval = 10; },
  { kind = "weights"; projection = "E_E"; times = (0, 100); } );
CFG
export CRASH_IN=$work
options=(--weights-checksum --checkpoint-every "30 ms")

launch 1x1 "${options[@]}" --out "$work/unbroken"
finished 60
[ "$code" = 0 ] || fail "the unbroken run: $(cat "$work/err")"

# Another run that the folder holds already: nothing of it may be taken for this one's.
sed 's/seed = 4/seed = 5/; s/E_E"; times/E_E"; name = "more"; times/' "$config" >"$work/other.cfg"
"$ecphory" run "$work/other.cfg" --quiet --out "$work/other" >/dev/null

# crash FOLDER: begins in a copy of it.
crash() {
    local at left n=0
    for ((at = 1; at < 400; at++)); do
        [ ! -e "$1" ] || cp -r "$1" "$work/broken"
        CRASH_AT=$at LD_PRELOAD=$library launch 1x1 "${options[@]}" --out "$work/broken"
        finished 60 2>/dev/null
        [ "$code" != 0 ] || break
        [ "$code" = 137 ] || fail "call $at: exit code $code: $(cat "$work/err")"
        launch 1x1 "${options[@]}" --resume --out "$work/broken"
        finished 60
        [ "$code" = 0 ] || fail "does not go on after call $at: $(cat "$work/err")"
        same "$work/unbroken" "$work/broken"
        for left in "$work"/broken/{partial,checkpoint,*.part,.*.tmp}*; do
            [ ! -e "$left" ] || fail "call $at: $left is left"
        done
        rm -rf "$work/broken"
        n=$((n + 1))
    done
    [ "$code" = 0 ] && [ "$n" -gt 30 ] || fail "$n calls, of which none is the last"
    same "$work/unbroken" "$work/broken"
    rm -rf "$work/broken"
    calls=$((calls + n))
}
calls=0
crash "$work/none"
crash "$work/other"
printf 'killed before each of %d calls; all go on to the same end\n' "$calls"
