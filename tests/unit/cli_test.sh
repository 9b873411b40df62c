#!/bin/sh
# The program as a user meets it: usage: cli_test.sh ECPHORY SOURCE_DIR
# Every check names itself; the exit code is the number of those that failed.
program=$1
source_dir=$2
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failed=0

report() { # report OK? NAME
    if [ "$1" -eq 0 ]; then
        echo "ok: $2"
    else
        echo "FAILED: $2"
        sed 's/^/    out: /' out | head -20
        sed 's/^/    err: /' err | head -20
        failed=$((failed + 1))
    fi
}

# expect CODE NAME ARGUMENT...: runs the program, keeps out and err
expect() {
    code=$1 name=$2
    shift 2
    "$program" "$@" >out 2>err </dev/null
    got=$?
    [ "$got" -eq "$code" ]
    report $? "$name (exit $got, wanted $code)"
}

holds() { # holds FILE TEXT NAME
    grep -qF -- "$2" "$1"
    report $? "$3: $2"
}

empty() { # empty FILE NAME
    [ ! -s "$1" ]
    report $? "$2"
}

# value KEY: of the JSON object in out, which is its last line
value() {
    tail -n 1 out | grep -o "\"$1\": [^,}]*" | head -n 1 | sed 's/^[^:]*: //; s/"//g'
}

cat >small.cfg <<'CFG'
seed = 5;
populations = {
    E = { model = "lif"; size = 80; param = { i_e = "400 pA"; };
          initial = { v = { dist = "uniform"; low = -70; high = -55; }; }; };
    I = { model = "lif"; size = 20; };
};
projections = ( { source = "E"; target = "I"; rule = "fixed_indegree"; indegree = 10;
                  weight = "200 pA"; delay = "1 ms"; } );
stimuli = ( { kind = "poisson"; target = "I"; rate = "1 kHz"; weight = 200; name = "drive"; } );
probes = ( { kind = "spikes"; target = "*"; },
           { kind = "field"; target = "E"; field = "v"; interval = 1; } );
phases = ( { name = "settle"; duration = 50; discard = true; },
           { name = "test"; duration = 200; } );
analyses = ( { measure = "activity"; population = "E"; label = "all"; } );
claims = ( { result = "E.rate_hz"; lowest = 1; highest = 500; source = "by hand"; } );
CFG
cp small.cfg wrong_claim.cfg
sed -i 's/lowest = 1; highest = 500/lowest = 900/' wrong_claim.cfg
sed 's/E.rate_hz/E.rate_hx/' small.cfg >unknown_claim.cfg
sed 's/size = 80/sise = 80/' small.cfg >unknown_key.cfg
sed -e 's/duration = 200/duration = 100000000/' -e 's/interval = 1;/interval = 1000;/' \
    -e '/^analyses/d' small.cfg >long.cfg
cat >huge.cfg <<'CFG'
populations = { E = { model = "lif"; size = 4000000000; }; };
projections = ( { source = "E"; target = "E"; rule = "fixed_indegree"; indegree = 100000;
                  weight = 1.0; delay = 1.0; } );
duration = 1000;
CFG

# ---- usage -----------------------------------------------------------------
expect 2 "no arguments"
empty out "no arguments print nothing on standard output"
holds err "usage: ecphory" "no arguments"
expect 0 "help" help
empty err "help is quiet on standard error"
holds out "Exit codes" "help"
expect 0 "--help" --help
expect 0 "--version" --version
expect 0 "version" version
holds out "compiler" "version"
expect 2 "unknown command" rnu small.cfg
holds err 'did you mean "run"' "unknown command"
expect 2 "forgotten run" small.cfg
holds err "ecphory run small.cfg" "forgotten run"
expect 2 "unknown option" run small.cfg --thread 2
holds err '--threads' "unknown option"
expect 2 "option of another command" check small.cfg --quiet
expect 2 "value missing" run small.cfg --threads
expect 2 "value out of range" run small.cfg --threads 0
expect 2 "value where none goes" run small.cfg --json=yes
expect 2 "argument missing" run
expect 2 "argument too many" run small.cfg other.cfg
expect 2 "no instruction set" run small.cfg --isa mmx
expect 2 "override without =" run small.cfg -s seed
expect 2 "usage error in JSON" run --json --nonsense
[ "$(value status)" = EUSAGE ]
report $? "usage error in JSON has a status"

# ---- man page and completions know every option, and no other --------------
for command in run check sweep plot score import export recover list describe version help; do
    expect 0 "help $command" help $command
    cat out >>helps
    expect 0 "$command --help" "$command" --help
    holds "$source_dir/docs/ecphory.1" "$command" "man page"
done
grep -o -- '--[a-z][a-z-]*' helps | sort -u >options
for option in $(cat options); do
    escaped=$(echo "$option" | sed 's/-/\\-/g')
    grep -qF -e "$escaped" -e "$(echo "$option" | sed 's/^--/\\-\\-/')" "$source_dir/docs/ecphory.1"
    report $? "man page has $option"
    holds "$source_dir/docs/completion/ecphory.bash" "$option" "bash"
    holds "$source_dir/docs/completion/_ecphory" "$option" "zsh"
    holds "$source_dir/docs/completion/ecphory.fish" "-l ${option#--}" "fish"
done
sed 's/\\-/-/g' "$source_dir/docs/ecphory.1" | grep -o -- '--[a-z][a-z-]*' | sort -u >documented
[ -z "$(comm -13 options documented)" ]
report $? "man page has no option that is not there: $(comm -13 options documented | tr '\n' ' ')"
"$program" list --names | sed 's|/.*||' | sort -u >kinds
[ -s kinds ]
report $? "list --names"

# ---- files of other tools -----------------------------------------------------
nir=$source_dir/tests/data/recordings/nir_samples
sonata=$source_dir/tests/data/recordings/sonata_samples
expect 0 "import" import "$nir/two_lif_neurons.nir" -o graph
holds out "graph/two_lif_neurons.cfg" "import"
expect 0 "the imported network runs" run graph/two_lif_neurons.cfg --json --no-files
expect 4 "import over a config" import "$nir/two_lif_neurons.nir" -o graph
holds err "exists" "import over a config"
expect 4 "import of something else" import small.cfg -o graph
expect 2 "import with a pulse of 0" import "$nir/minimal.nir" --pulse 0
expect 0 "export to NIR" export graph/two_lif_neurons.cfg -o graph/back.nir
empty err "export to NIR loses nothing"
expect 0 "and back" import graph/back.nir -o graph
printf 'populations = { E = { model = "hh"; size = 2; }; };\nduration = 1;\n' >hh.cfg
expect 3 "export of what NIR has not" export hh.cfg -o x.nir
expect 2 "export to nowhere" export small.cfg
expect 0 "run for a circuit" run small.cfg -o circuit -q
expect 0 "circuit beside a run" export circuit -o circuit
for file in nodes.h5 edges.h5 node_types.csv edge_types.csv simulation_config.json; do
    [ -s circuit/$file ]
    report $? "circuit/$file"
done
printf 'start,stop,shown\n0,100,a\n100,200,b\n' >trials.csv
expect 0 "trials for spikes" score --data circuit/spikes.h5 --by trials.csv:shown \
    --measure spike_trains --no-files
holds out "2 trials" "trials for spikes"
expect 3 "spikes have no trials" score --data "$sonata/minimal/spikes.h5" --by stimulus \
    --measure spike_trains --no-files
holds err "FILE.csv:COLUMN" "spikes have no trials"

# ---- scores ------------------------------------------------------------------
it92=$source_dir/tests/data/recordings/it92/it92.h5
expect 0 "score" score --model "$it92:/rdms/models" --data "$it92:/rdms/human_IT" \
    --measure rsa -s rsa.compare=tau-a --json --no-files
holds out '"result":"ceiling_lower"' "score"
expect 0 "score as text" score --model "$it92:/rdms/models" --data "$it92:/rdms/human_IT" \
    --measure rsa --no-files
[ "$(grep -c 'undefined: permutations = 0' out)" = 1 ] # of 8 models: told once
report $? "score as text"
expect 2 "score without data" score --measure rsa
holds err "needs --data" "score without data"
expect 3 "score with another parameter" score --model "$it92:/rdms/models" \
    --data "$it92:/rdms/human_IT" -s rsa.compar=corr
holds err 'did you mean "compare"?' "score with another parameter"
expect 4 "score of a text" score --data "$source_dir/README.md" --measure rsa
expect 9 "score by nothing known" score --data "$it92:/rdms/human_IT" --measure rsaa
holds err 'did you mean "rsa"?' "score by nothing known"
expect 3 "score of a run's measure" score --data "$it92:/rdms/human_IT" --measure activity
expect 0 "score to files" score --model "$it92:/rdms/models" --data "$it92:/rdms/human_IT" \
    --measure rsa --quiet --out scores
[ -s scores/scores.h5 ] && [ -s scores/scores.json ]
report $? "score to files"

# A network is shown what a monkey was shown, and scored against its neurons.
zd=$source_dir/tests/data/recordings/zd_it/zd_session1018.nwb
{
    cat <<'CFG'
seed = 5;
output = { nwb = true; };
populations = { E = { model = "lif_exp"; size = 40;
                      param = { i_e = { dist = "uniform"; low = 250; high = 400; }; }; }; };
stimuli = ( { name = "left";  kind = "poisson"; target = "E"; weight = 60; rate = 0;
              subset = { first = 0; count = 20; }; },
            { name = "right"; kind = "poisson"; target = "E"; weight = 60; rate = 0;
              subset = { first = 20; count = 20; }; } );
probes = ( { kind = "spikes"; target = "E"; } );
phases = ( { name = "settle"; duration = 100; discard = true; }
CFG
    for repeat in 1 2; do
        rate=0
        for object in car couch face flower guitar hand kiwi; do
            for position in lower middle upper; do
                rate=$((rate + 90))
                echo ", { name = \"${object}_$position--$repeat\"; duration = 250; changes = ("
                echo "    { stimulus = \"left\"; value = $rate; },"
                echo "    { stimulus = \"right\"; value = $((2000 - rate)); } ); }"
            done
        done
    done
    echo ");"
} >shown.cfg
expect 0 "run of what was shown" run shown.cfg --quiet --out shown
[ -s shown/run.nwb ]
report $? "run of what was shown: run.nwb"
holds shown/config.cfg "nwb = true" "the effective config"
expect 0 "score of a run against a recording" score --model shown/spikes.h5 --data "$zd" \
    --measure rsa,cka,predictivity --window "50 ms:200 ms" --by object+position --no-files
holds out "21 conditions  11 units  420 trials" "score of a run against a recording"
grep -qE "^ *predictivity  spikes .*[0-9]" out
report $? "score of a run against a recording: predictivity"
expect 0 "score of a run's folder" score --model shown --data "$zd" --measure rsa \
    --window "50 ms:200 ms" --by object+position --no-files --json
sed 's/"shown"/""/g' out >folder
expect 0 "score of a run's file" score --model shown/spikes.h5 --data "$zd" --measure rsa \
    --window "50 ms:200 ms" --by object+position --no-files --json
sed 's/"spikes"/""/g' out | cmp -s - folder
report $? "a run's folder and its file are the same"
expect 0 "score of a run against itself as NWB" score --model shown --data shown/run.nwb \
    --measure rsa --window "50 ms:200 ms" --no-files
expect 3 "score by no column" score --data "$zd" --by objekt --measure spike_trains
holds err 'did you mean "object"?' "score by no column"
expect 3 "score of no population" score --data shown --population I --measure spike_trains
holds err "allowed: E" "score of no population"
expect 3 "score beyond the run" score --data shown --window "0 ms:300 ms" --measure spike_trains
holds err "is not within the run" "score beyond the run"
head -c 100000 "$zd" >cut.nwb
expect 4 "score of half a file" score --data cut.nwb --measure spike_trains
holds err "truncated or damaged" "score of half a file"
expect 4 "score of no file" score --data nothing.nwb --measure spike_trains
holds err "No such file" "score of no file"

# ---- describe and list -----------------------------------------------------
for name in $("$program" list --names); do
    expect 0 "describe $name" describe "$name"
done
# The example on each page is a config, or a part of one.
printf 'source,target\n0,1\n2,3\n' >edges.csv
part() { # part KEY TEXT: unless the example says it
    grep -q "^ *$1 = " example || echo "$2" >>example.cfg
}
for name in $("$program" list --names); do
    "$program" describe "$name" >page
    grep -A1 '^USE' page | grep -qF "ecphory score" && continue # a measure of data sets
    [ "$name" = scenario/score_it ] && continue # needs a file
    sed -n '/^EXAMPLE/,/^$/p' page | sed 1d >example
    [ -s example ]
    report $? "$name has an example"
    cp example example.cfg
    case $name in
    law/uniform) echo "populations = { E = { model = \"lif\"; size = 9; $(cat example) }; };" >example.cfg
        echo 'populations = ' >example ;;
    law/lognormal) (echo 'projections = ( { source = "E"; target = "I"; rule = "all_to_all";'
        cat example; echo '} );') >example.cfg
        echo 'projections = ' >example ;;
    law/*) (echo 'projections = ( { source = "E"; target = "I"; rule = "all_to_all"; weight = 1.0;'
        cat example; echo '} );') >example.cfg
        echo 'projections = ' >example ;;
    esac
    case $name in
    scenario/*) ;;
    *)
        part populations 'populations = {
            E = { model = "lif"; size = 200; layout = { kind = "sheet"; extent = [1.0, 1.0]; }; };
            I = { model = "lif"; size = 200; layout = { kind = "sheet"; extent = [1.0, 1.0]; }; };
        };'
        part projections 'projections = ( { source = "E"; target = "E"; rule = "one_to_one";
            weight = 1.0; } );'
        part stimuli 'stimuli = ( { name = "drive"; kind = "poisson"; target = "E"; rate = 1.0;
            weight = 1.0; } );'
        grep -q '^ *phases = ' example || part duration 'duration = 2000;'
        # Not every model has a port or a current: then without the rest.
        case $name in
        neuron/*) sed -i '/^projections/,$d' example.cfg; echo 'duration = 10;' >>example.cfg ;;
        esac ;;
    esac
    expect 0 "the example of $name" check example.cfg
done
expect 0 "list" list
expect 0 "list scenarios" list scenarios
expect 9 "list nonsense" list neurona
holds err 'did you mean "neurons"' "list nonsense"
expect 0 "alias" describe IF_curr_exp
expect 9 "describe nonsense" describe neuron/lift
holds err "neuron/lif" "describe nonsense"
expect 2 "several of one name" describe spikes
holds err "stimulus/spikes, probe/spikes" "several of one name"
"$program" list --names | head -n 1 >out 2>err
holds out "/" "a reader that goes away"
if [ -w /dev/full ]; then
    "$program" help >/dev/full 2>err
    [ $? -eq 4 ]
    report $? "a full device is an error"
fi

# ---- check -----------------------------------------------------------------
expect 0 "check" check small.cfg --threads 1
holds out "100 neurons  200 synapses" "check"
[ ! -d results ]
report $? "check writes nothing"
if [ -r "$(dirname "$program")/../../scenarios/data/it92/it92.h5" ]; then
    expect 0 "a scenario by name finds the data that come with it" check score_it
fi
mkdir structural
expect 0 "a folder does not hide the scenario of its name" check structural
rmdir structural
expect 0 "check --json" check small.cfg --json -s populations.I.size=40
[ "$(value synapses)" = 400.0 ]
report $? "check counts synapses of the overridden config"
expect 3 "unknown key" check unknown_key.cfg
holds err "unknown_key.cfg:3: " "unknown key has file and line"
[ "$(wc -l <err)" -eq 1 ]
report $? "a config error is one line"
expect 3 "unknown result" run unknown_claim.cfg
holds err 'did you mean "E.rate_hz"' "unknown result"
[ ! -d results ]
report $? "nothing is written for a config that is not valid"
expect 4 "no such file" check nowhere.cfg
expect 5 "too large" check huge.cfg
holds err "available" "too large"
expect 5 "too large to run" run huge.cfg
[ ! -d results ]
report $? "nothing is written for a network that does not fit"

# ---- run -------------------------------------------------------------------
expect 0 "run" run small.cfg --threads 1
holds out "1 of 1 claims hold" "run"
holds out "real-time factor" "run"
for file in spikes.h5 config.cfg run.json run.html; do
    [ -s results/small/$file ]
    report $? "run writes $file"
done
expect 0 "run --resume of what is finished" run small.cfg --threads 1 --resume
holds err "is finished" "run --resume of what is finished"
sed -i 's/"exit_code": 0,/"exit_code": 75,/' results/small/run.json
expect 0 "run --resume of what was stopped" run small.cfg --threads 1 --resume
holds out "1 of 1 claims hold" "run --resume of what was stopped"
expect 0 "run --json" run small.cfg --threads 2 --json --out again --weights-checksum
[ "$(wc -l <out)" -eq 1 ]
report $? "JSON is one line"
first=$(value checksum)
weights=$(value weights_checksum)
[ "$(value status)" = OK ] && [ "${#first}" -eq 16 ] && [ "${#weights}" -eq 16 ]
report $? "JSON has status and checksums"
for key in scenario seed ranks threads model_time_s wall_s real_time_factor build_s peak_memory_mb \
    neurons synapses spikes populations verdicts outputs; do
    holds out "\"$key\":" "JSON"
done
expect 0 "the effective config runs" run again/config.cfg --json --no-files
[ "$(value checksum)" = "$first" ]
report $? "and gives the same spikes"
expect 0 "another seed" run small.cfg --json --no-files --seed 6 -q
empty err "quiet"
[ "$(value seed)" = 6 ] && [ "$(value checksum)" != "$first" ]
report $? "another seed gives other spikes"
expect 0 "the last seed wins" run small.cfg --json --no-files -q --seed 6 --seed=7 -sseed=8 --seed 5
[ "$(value checksum)" = "$first" ]
report $? "the last seed wins"
for isa in baseline avx2 avx512; do
    "$program" version | grep -q "has.*$isa" || continue
    expect 0 "--isa $isa" run small.cfg --json --no-files --isa $isa
    [ "$(value checksum)" = "$first" ]
    report $? "--isa $isa gives the same spikes"
done
mkdir empty_place && cd empty_place || exit 99
"$program" run ../small.cfg --no-files --quiet >../out 2>../err
cd .. || exit 99
[ -z "$(ls empty_place)" ] && [ ! -s out ] && [ ! -s err ]
report $? "--no-files --quiet leaves and says nothing"
expect 1 "a claim that fails" run wrong_claim.cfg --out wrong
holds out "FAIL" "a claim that fails"
[ -s wrong/run.json ]
report $? "its files are written"
echo text >file
expect 4 "a folder that cannot be" run small.cfg --out file/below
expect 0 "nothing to recover" recover again
expect 4 "recover nowhere" recover nowhere

# ---- stop ------------------------------------------------------------------
"$program" run long.cfg --json --out long --threads 1 >out 2>err </dev/null &
pid=$!
sleep 3
kill -INT $pid 2>/dev/null
wait $pid
[ $? -eq 75 ]
report $? "an interrupted run exits with 75"
[ "$(value status)" = ESTOPPED ] && [ -s long/spikes.h5 ] && [ -s long/run.json ]
report $? "and what was run is written"
"$program" run fast_weights_capacity --out computed --threads 1 >out 2>err </dev/null &
pid=$!
sleep 2
kill -TERM $pid 2>/dev/null
wait $pid
[ $? -eq 75 ]
report $? "so does a scenario that computes"
grep -q "claims not judged" out && ! grep -q FAIL out && grep -q "not judged" computed/run.html &&
    grep -q '"judged": false' computed/run.json
report $? "its claims are not judged"

# ---- plot ------------------------------------------------------------------
if "$program" version | grep -q "plotting.*PLplot"; then
    expect 0 "plot" plot again raster -o raster.svg
    [ -s raster.svg ] && [ -s again/raster.svg ]
    report $? "plot writes"
    expect 0 "plot with options" plot again rates --bin "5 ms" --from 60 --to 200 -p E -o rates.svg
    expect 2 "plot of no kind" plot again rasterr -o x.svg
    holds err 'raster' "plot of no kind"
else
    expect 2 "plot" plot again
    holds err "without plotting" "plot"
fi

echo "$failed failed"
exit "$failed"
