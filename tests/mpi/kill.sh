#!/usr/bin/env bash
# kill.sh ECPHORY MPIRUN KILLS -- ranks are killed at random moments, and the run goes on on
# another shape each time: at its end the files are those of the unbroken run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ecphory=$1 mpirun=$2 kills=$3
config=$here/kill.cfg
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$here/lib.sh"
shapes=(2x1 1x2 3x1 2x2 1x1 4x1)
[ -n "$mpirun" ] || shapes=(1x1 1x2 1x3)
RANDOM=7

launch 1x2 --weights-checksum --out "$work/unbroken"
finished 300
[ "$code" = 0 ] || fail "the unbroken run: $(cat "$work/err")"

# Some of the ranks, or the launcher with all of them.
kill_some() {
    local all victims=() id
    mapfile -t all < <(ranks)
    [ ${#all[@]} -gt 0 ] || return 0
    for id in "${all[@]}"; do
        [ $((RANDOM % 2)) = 0 ] || victims+=("$id")
    done
    [ ${#victims[@]} -gt 0 ] || victims=("${all[RANDOM % ${#all[@]}]}")
    kill -9 "${victims[@]}" 2>/dev/null || true
}

finish() {
    printf '%d kills in %d parts; %d runs came to their end, all the same; launcher stuck %d times\n' \
        "$done_kills" "$parts" "$rounds" "$stuck"
    exit 0
}

done_kills=0 rounds=0 parts=0
while [ "$parts" -lt $((4 * kills + 20)) ]; do
    shape=${shapes[parts % ${#shapes[@]}]}
    parts=$((parts + 1))
    killed=''
    launch "$shape" --weights-checksum --checkpoint-wall "0.2 s" --resume --out "$work/broken"
    if [ "$done_kills" -lt "$kills" ]; then
        sleep "$((RANDOM % 2)).$((RANDOM % 80 + 10))"
        if kill -0 "$job" 2>/dev/null; then
            kill_some
            killed=yes
            done_kills=$((done_kills + 1))
        fi
    fi
    finished 120 $killed
    [ $((4 * stuck)) -le $((kills + 4)) ] || fail "$stuck of $done_kills killed jobs do not end"
    case $code in
    0)
        same "$work/unbroken" "$work/broken"
        rounds=$((rounds + 1))
        [ "$done_kills" -lt "$kills" ] || finish
        rm -rf "$work/broken"
        ;;
    *) # ranks that were not hit may end by themselves; a checkpoint is never refused
        grep -qE 'checkpoint|damaged' "$work/err" &&
            fail "part $parts ($shape): $(cat "$work/err")"
        ;;
    esac
done
fail "no end after $parts parts: $(cat "$work/err")"
