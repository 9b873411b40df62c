#!/usr/bin/env bash
# stop.sh ECPHORY MPIRUN -- a run that is asked to stop writes a checkpoint, ends with exit
# code 75, and goes on later; --resume on a first run and on one that is done. A launcher
# that is interrupted ends its ranks, and the run goes on all the same.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ecphory=$1 mpirun=$2
config=$here/kill.cfg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$here/lib.sh"
shapes=(2x1 1x2 3x1 2x2)
[ -n "$mpirun" ] || shapes=(1x1 1x2 1x3)
run=$work/run parts=0

# The first time there is nothing to go on from.
launch 1x2 --weights-checksum --resume --out "$work/unbroken"
finished 300
[ "$code" = 0 ] || fail "--resume on a first run: $(cat "$work/err")"
[ ! -e "$work/unbroken/checkpoint.ecp" ] || fail "a checkpoint of a run that is done"

# part HOW COMMAND...: one more part of the run, which the command asks to stop when it has
# begun; 75, or 0 when it was done before.
part() {
    local how=$1 shape=${shapes[parts % ${#shapes[@]}]}
    shift
    parts=$((parts + 1))
    launch "$shape" --weights-checksum --resume --out "$run" "${options[@]}"
    begun "${shape%x*}"
    sleep 0.4
    "$@"
    finished 60
    case $code in
    0) same "$work/unbroken" "$run" && rm -rf "$run" ;;
    75) [ -s "$run/checkpoint.ecp" ] || fail "$how ($shape): exit code 75 without a checkpoint" ;;
    *) fail "$how ($shape): exit code $code: $(cat "$work/err")" ;;
    esac
    stopped+=" $how:$code"
}

signal_all() { ranks | xargs -r kill "-$1" 2>/dev/null || true; }
signal_one() { ranks | tail -n 1 | xargs -r kill "-$1" 2>/dev/null || true; }
signal_launcher() { kill "-$1" "$job" 2>/dev/null || true; }
leave_stop_file() { [ ! -d "$run" ] || : >"$run/stop"; }

stopped='' options=()
part TERM signal_all TERM
part INT signal_all INT
rm -rf "$run"
part USR1 signal_all USR1
part USR1_to_one signal_one USR1
rm -rf "$run"
part USR1_to_launcher signal_launcher USR1
part stop_file leave_stop_file
rm -f "$run/stop"
rm -rf "$run"
options=(--max-wall "1 s")
part max_wall true
options=()

# interrupted SIGNAL: the launcher gets it, asks its ranks and kills them a second later,
# whatever they are at: another exit code than 75 and 0, nobody stays, and what was written
# is good to go on from.
interrupted() {
    local all k
    launch 2x1 --weights-checksum --resume --checkpoint-wall "0.3 s" --out "$run"
    begun 2
    for ((k = 0; k < 200; k++)); do
        [ ! -s "$run/checkpoint.ecp" ] || break
        sleep 0.05
    done
    mapfile -t all < <(ranks)
    signal_launcher "$1"
    finished 30
    for ((k = 0; k < 200; k++)); do
        kill -0 "${all[@]}" 2>/dev/null || break
        sleep 0.05
    done
    ! kill -0 "${all[@]}" 2>/dev/null || fail "$1 to the launcher: its ranks stay"
    [ "$code" != 0 ] || fail "$1 to the launcher: exit code 0"
    # On a fast machine the run is done before its ranks are killed.
    if [ ! -s "$run/checkpoint.ecp" ]; then
        [ -s "$run/run.json" ] || fail "$1 to the launcher: no checkpoint is left"
        same "$work/unbroken" "$run"
        rm -rf "$run"
    fi
    stopped+=" ${1}_to_launcher:$code"
}
if [ -n "$mpirun" ]; then
    rm -rf "$run"
    interrupted TERM
    interrupted INT
fi
case $stopped in *:75*:75*:75*:75*) ;; *) fail "hardly anything was stopped:$stopped" ;; esac

# To its end; then there is nothing left to do.
launch 1x2 --weights-checksum --resume --out "$run"
finished 300
[ "$code" = 0 ] || fail "to the end: $code $(cat "$work/err")"
same "$work/unbroken" "$run"
[ ! -e "$run/checkpoint.ecp" ] && [ ! -e "$run/checkpoint.previous.ecp" ] ||
    fail "checkpoints of a run that is done"
before=$(stat -c %Y.%i "$run/spikes.h5")
launch "${shapes[0]}" --resume --out "$run"
finished 60
[ "$code" = 0 ] || fail "--resume of a run that is done: $code $(cat "$work/err")"
[ "$before" = "$(stat -c %Y.%i "$run/spikes.h5")" ] || fail "a run that is done was run again"
printf 'stopped and gone on:%s\n' "$stopped"
