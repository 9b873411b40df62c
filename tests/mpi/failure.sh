#!/usr/bin/env bash
# failure.sh ECPHORY MPIRUN -- what goes wrong on one rank ends all of them soon, with one
# message and one exit code.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ecphory=$1 mpirun=$2
work=$(mktemp -d)
mounted=''
trap '[ -z "$mounted" ] || umount "$mounted"; rm -rf "$work"' EXIT
source "$here/lib.sh"
program=$ecphory shape=3x1
[ -n "$mpirun" ] || shape=1x2

# on_rank R COMMAND: $ecphory becomes a script that does this on rank R, then runs the
# program with the number of threads in $threads, if that is set.
on_rank() {
    threads=''
    printf '#!/bin/bash\nif [ "${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-%s}}" = %s ]; then\n%s\nfi\n' \
        "$1" "$1" "$2" >"$work/one"
    printf 'exec "%s" "$@" ${threads:+--threads $threads}\n' "$program" >>"$work/one"
    chmod +x "$work/one"
    ecphory=$work/one
}

# expect NAME CODE SENTENCE: of $job.
expect() {
    finished 30
    [ "$code" = "$2" ] || fail "$1: exit code $code, not $2: $(cat "$work/err")"
    [ "$(grep '^ecphory: ' "$work/err" | grep -vc 'ecphory recover')" = 1 ] || fail "$1: not one message: $(cat "$work/err")"
    grep -qE "^ecphory: .*($3)" "$work/err" || fail "$1: $(cat "$work/err")"
    told+=" $1:$code"
}
told=''

# ---- in the build: one rank has less memory than it needs. The limit lies far above what
# libraries take: MPI itself does not end well below that.
last=$((${shape%x*} - 1))
config=$work/large.cfg
cat >"$config" <<'CFG'
name = "large"; duration = 1;
populations = { E = { model = "lif"; size = 100000; }; };
projections = ( { source = "E"; target = "E"; rule = "fixed_indegree"; indegree = 40000; weight = 1; } );
CFG
on_rank $last "ulimit -v 1500000"
launch $shape --no-files
expect build 5 'GB are (free|available)'

# ---- in the run: numbers leave the range, on one rank
config=$work/numbers.cfg
cat >"$config" <<'CFG'
name = "numbers"; duration = 4000;
populations = { E = { model = "lif_exp"; size = 90; param = { i_e = 500; }; };
  A = { model = "astrocyte_lr"; size = 90; initial = { ip3 = { dist = "uniform"; low = 0.1; high = 1.0; }; }; }; };
# Too much for the step: the last two swing apart, slowly.
projections = ( { kind = "gap"; source = "A"; field = "ip3"; rule = "explicit"; edges = ((88, 89)); conductance = 10.2; },
  { source = "E"; target = "E"; rule = "fixed_indegree"; indegree = 9; weight = 0.1; } );
probes = ( { kind = "spikes"; target = "E"; } );
CFG
ecphory=$program
launch $shape --out "$work/numbers"
expect run 6 'A\[8[89]\] .*(ip3|ca) is'

# ---- in the output: no room on one rank, for checkpoints and for files (all write both)
config=$here/kill.cfg
on_rank $last 'ulimit -f 300'
launch $shape --checkpoint-every "300 ms" --out "$work/limited"
expect checkpoint 4 'cannot be written'
[ ! -e "$work/limited/checkpoint.part" ] || fail "half a checkpoint is left"

on_rank 0 'ulimit -f 300'
launch $shape --out "$work/files"
expect files 4 'cannot|written|space|File too large'

# What was recorded before is kept: the last rank has room for the first stretch alone.
if [ -n "$mpirun" ]; then
    on_rank $last 'ulimit -f 1500'
    launch $shape --checkpoint-every "300 ms" --out "$work/part"
    expect part 4 "rank $last: .*(written|space|File too large)"
    [ -s "$work/part/partial/000000.h5" ] || fail "the first stretch is gone"
    [ "$(find "$work/part" -name '*.h5.part')" = '' ] || fail "half a stretch is left"
    "$program" recover "$work/part" >/dev/null || fail "nothing is recovered"
    [ -s "$work/part/spikes.h5" ] || fail "no spikes are recovered"
fi

if mkdir "$work/small" && mount -t tmpfs -o size=1m tmpfs "$work/small" 2>/dev/null; then
    mounted=$work/small
    ecphory=$program
    launch $shape --checkpoint-every "300 ms" --out "$work/small/run"
    expect disk 4 'No space|cannot|written'
fi

# ---- ranks that do not fit together
if [ -n "$mpirun" ]; then
    on_rank $last 'threads=2'
    launch 3x1 --no-files
    expect threads 8 'ranks have 1 to 2 threads'

    # ---- one is killed: nobody can tell more than the launcher
    ecphory=$program
    launch 3x1 --out "$work/killed"
    sleep 1
    ranks | tail -n 1 | xargs -r kill -9
    finished 20
    [ "$code" != 0 ] || fail "a killed rank: exit code 0"
    told+=" killed:$code"
else
    export OMPI_COMM_WORLD_SIZE=2
    launch 1x1 --no-files
    expect "without MPI" 7 'built without MPI: as 2 ranks'
fi
printf 'failed as they should:%s\n' "$told"
