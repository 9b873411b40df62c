#!/bin/sh
# `ecphory sweep` as a user meets it: usage: sweep_test.sh ECPHORY
program=$1
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failed=0

report() { # report OK? NAME
    if [ "$1" -eq 0 ]; then echo "ok: $2"; else
        echo "FAILED: $2"
        head -20 out err
        failed=$((failed + 1))
    fi
}
expect() { # expect CODE NAME ARGUMENT...
    code=$1 name=$2
    shift 2
    "$program" "$@" >out 2>err </dev/null
    got=$?
    [ "$got" -eq "$code" ]
    report $? "$name (exit $got, wanted $code)"
}
holds() {
    grep -qF -- "$2" "$1"
    report $? "holds: $2"
}

cat >a.cfg <<'CFG'
seed = 5;
populations = { E = { model = "lif"; size = 50; initial = { v = { dist = "uniform"; low = -70; high = -55; }; }; }; };
stimuli = ( { kind = "poisson"; target = "E"; rate = "2 kHz"; weight = 60; name = "drive"; } );
probes = ( { kind = "spikes"; target = "*"; } );
duration = 300;
claims = ( { result = "E.rate_hz"; lowest = 40; source = "to fail where the drive is weak"; } );
sweep = {
    over = ( { key = "populations.E.param.i_e"; values = ("250 pA", "400 pA"); },
             { key = "stimuli.drive.weight"; from = 20; to = 60; count = 2; } );
    seeds = 2;
};
CFG

expect 0 "sweep" sweep a.cfg --out s
[ "$(wc -l <s/sweep.csv)" -eq 9 ]
report $? "eight runs"
for file in sweep.json sweep.h5 sweep.svg jobs/00008/run.json jobs/00008/log.txt; do
    [ -s s/$file ] || [ -f s/$file ] && report 0 "s/$file" || report 1 "s/$file"
done
holds out "E.rate_hz (Hz)"
holds out "of 2 hold"
[ "$(awk '{ if (length > most) most = length } END { print most }' out)" -le 110 ]
report $? "the table is not too wide for a terminal"

# Each row is what the program gives alone; the mean is that of its rows.
awk -F, 'NR > 1 { print $2 "," $3 "," $4 "," $9 }' s/sweep.csv >rows
while IFS=, read -r current weight seed rate; do
    alone=$("$program" run a.cfg -s "populations.E.param.i_e=$current" \
        -s "stimuli.drive.weight=$weight" --seed "$seed" --no-files --json 2>err |
        grep -o '"name": "E.rate_hz", "value": [0-9.]*' | sed 's/.*: //')
    [ "$(echo "$alone" | awk '{ printf "%.12g", $1 }')" = "$rate" ]
    report $? "alone: $current $weight $seed: $rate = $alone"
done <rows
mean=$(head -2 rows | awk -F, '{ sum += $4 } END { printf "%.9g", sum / NR }')
found=$(grep -o '"points": .*' s/sweep.json | grep -o '"mean": [0-9.]*' | head -1 | sed 's/.*: //' |
    awk '{ printf "%.9g", $1 }')
[ "$mean" = "$found" ]
report $? "mean of the first point: $mean, $found"
[ "$(awk -F, 'NR > 1 { n += $8 } END { print n }' s/sweep.csv)" -eq \
    "$(awk -F, '$4 < 40 { n++ } END { print n + 0 }' rows)" ]
report $? "claims that failed"
cp s/sweep.csv before.csv

# Nothing is lost or run twice.
expect 2 "a folder that is taken" sweep a.cfg --out s
holds err "--resume"
expect 3 "what is wrong with the keys comes first" sweep a.cfg --out s --over populations.E.nope=1,2
holds err "populations.E.nope"
touch -d '2001-01-01' s/jobs/00001/run.json
rm s/jobs/00003/run.json
expect 0 "resume" sweep a.cfg --out s --resume --quiet
cmp s/sweep.csv before.csv
report $? "the same table after resuming"
[ "$(stat -c %Y s/jobs/00001/run.json)" -lt 1000000000 ]
report $? "a finished run is kept"
[ -s s/jobs/00003/run.json ]
report $? "a run that was lost is run again"
expect 0 "one at a time" sweep a.cfg --out one --jobs 1 --threads 2 --quiet
cmp one/sweep.csv before.csv
report $? "the same table, one run at a time"

# All is checked before the first run.
expect 3 "no such key" sweep a.cfg --out no --over populations.E.sise=1,2
holds err 'with populations.E.sise=1: populations.E.sise: found an unknown key; did you mean "size"?'
sed 's/param.i_e/param.i_x/' a.cfg >wrong.cfg
expect 3 "no such key in the file" sweep wrong.cfg --out no
holds err "wrong.cfg:8: sweep: with populations.E.param.i_x"
expect 3 "a bad value, last of all" sweep a.cfg --out no --over populations.E.size=5,-5
holds err "with populations.E.size=-5"
expect 2 "seeds repeated" sweep a.cfg --out no --seeds 3,3
expect 3 "no such result" sweep a.cfg --out no --show E.rate
holds err 'did you mean "E.rate_hz"?'
[ ! -e no ]
report $? "nothing was run"

# Stopped, and gone on with.
"$program" sweep a.cfg --out t -s duration=60000 --over populations.E.size=2000,3000 --jobs 2 \
    >out 2>err </dev/null &
sweep=$!
tries=0
while [ ! -s t/jobs/00001/partial/000000.h5 ] && [ ! -d t/jobs/00002 ] && [ $tries -lt 200 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
sleep 0.3
kill -TERM $sweep
wait $sweep
got=$?
[ $got -eq 75 ]
report $? "stopped (exit $got, wanted 75)"
holds err "--resume goes on"
[ "$(ls t/jobs | wc -l)" -lt 16 ]
report $? "the rest was not begun"
expect 0 "go on, with less to do" sweep a.cfg --out u -s duration=50 --over populations.E.size=20,30 \
    --quiet

# A run that fails does not keep the others.
cat >b.cfg <<'CFG'
populations = { E = { model = "lif"; size = 5; param = { i_e = 500; }; }; };
duration = 50;
CFG
mkdir -p v/jobs/00001/run.json/in_the_way
expect 4 "a run that cannot write" sweep b.cfg --out v --resume --seeds 2
holds err "1 of 2 runs failed, the first with exit code 4: v/jobs/00001/log.txt"
[ -s v/jobs/00002/run.json ]
report $? "the other run is done"
exit $failed
