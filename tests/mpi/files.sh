#!/usr/bin/env bash
# files.sh ECPHORY MPIRUN -- what a run writes: the same bytes on any ranks and threads,
# written in stretches or at once; all synapses as edges, and lists of edges from files.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ecphory=$1 mpirun=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source "$here/lib.sh"
shapes=(1x2 2x1 3x2 5x1 8x1) some=(3x1 2x2)
[ -n "$mpirun" ] || shapes=(1x2 1x3) some=(1x2)

# everywhere NAME: $config on all shapes, some with stretches between checkpoints.
everywhere() {
    local shape options k=0
    launch 1x1 --out "$work/$1"
    finished 120
    [ "$code" = 0 ] || fail "$1 alone: $(cat "$work/err")"
    for shape in "${shapes[@]}"; do
        options=()
        [ $((k % 2)) = 1 ] || options=(--checkpoint-every "70 ms")
        k=$((k + 1))
        launch "$shape" --out "$work/there" "${options[@]}"
        finished 120
        [ "$code" = 0 ] || fail "$1 on $shape: $(cat "$work/err")"
        same "$work/$1" "$work/there"
        [ ! -e "$work/there/partial" ] || fail "$1 on $shape: stretches are left"
        rm -rf "$work/there"
    done
    told+=" $1"
}
told=''

# ---- spikes, samples, rates, weights, counts, edges: kinds that all ranks write. The edges
# of L come from one source each and from all: runs of edges that go on over borders of ranks.
config=$work/kinds.cfg
{
    printf '%s\n' 'name = "kinds"; seed = 5; dt = 0.1; duration = 300;' \
        'populations = {' \
        '  E = { model = "lif_exp"; size = 1500; initial = { v = { dist = "uniform"; low = -70; high = -50; }; }; };' \
        '  L = { model = "lif_exp"; size = 9; }; X = { model = "poisson"; size = 700; param = { rate = 40; }; }; };' \
        'stimuli = ( { kind = "poisson"; target = "E"; rate = 5500; weight = 40; } );' \
        'projections = ( { source = "E"; target = "E"; rule = "fixed_indegree"; indegree = 60;' \
        '    weight = { dist = "uniform"; low = 2; high = 16; }; delay = { dist = "uniform"; low = 0.5; high = 4; };' \
        '    plasticity = { rule = "stdp"; w_max = 20; lambda = 0.01; }; },' \
        '  { name = "all"; source = "X"; target = "L"; rule = "all_to_all"; weight = 1; delay = 1; plasticity = { rule = "stdp"; w_max = 40; }; },' \
        '  { name = "few"; source = "X"; target = "L"; rule = "explicit"; edges = ((3,0),(3,1),(3,2),(3,3),(3,4),(3,4),(1,6),(0,6),(1,7));' \
        '    weight = 1; delay = 1; plasticity = { rule = "stdp"; w_max = 40; }; } );' \
        'output = { weights = "both"; };' \
        'probes = ( { kind = "spikes"; target = "*"; },' \
        '  { kind = "field"; target = "E"; field = "v"; interval = 3.1; },' \
        '  { name = "some"; kind = "field"; target = "E"; field = "i_ex"; interval = 0.7; subset = { count = 10; stride = 7; }; },' \
        '  { kind = "rate"; target = "X"; interval = 7.3; },' \
        '  { kind = "weights"; projection = "E_E"; times = (0, 210, 300); } );' \
        'analyses = ( { measure = "activity"; population = "E"; }, { label = "s"; measure = "synchrony"; population = "X"; } );'
} >"$config"
everywhere kinds
edges=$work/kinds/edges_final_E_E.h5
shapes=("${some[@]}")

# ---- lists of edges that are longer than one piece: SONATA edges as a run wrote them, and text
network() {
    printf '%s\n' 'seed = 5; dt = 0.1; duration = 150;' \
        'populations = { E = { model = "lif_exp"; size = 1500; }; };' \
        'stimuli = ( { kind = "poisson"; target = "E"; rate = 5500; weight = 40; } );' \
        'probes = ( { kind = "spikes"; target = "*"; }, { kind = "weights"; projection = "E_E"; times = (0, 100); } );' \
        "projections = ( { source = \"E\"; target = \"E\"; rule = \"explicit\"; $1 } );"
}
config=$work/sonata.cfg
network "file = \"$edges\";" >"$config"
everywhere sonata
config=$work/plastic.cfg
network "file = \"$edges\"; plasticity = { rule = \"stdp\"; w_max = 40; };" >"$config"
everywhere plastic
awk 'BEGIN { print "target source"; for (k = 0; k < 80000; k++) { x = (x * 7919 + 17) % 104729; print x % 1500, (x + k) % 1499 } }' \
    >"$work/list.csv"
config=$work/text.cfg
network "file = \"$work/list.csv\"; weight = { dist = \"uniform\"; low = 2; high = 16; }; delay = { dist = \"uniform\"; low = 0.5; high = 4; };" >"$config"
everywhere text

# ---- what is wrong with a long list is told with file and row
refuse() {
    launch 1x1 --no-files
    finished 30
    [ "$code" = 3 ] || fail "$1: exit code $code, not 3: $(cat "$work/err")"
    grep -qF "$1" "$work/err" || fail "$1: $(cat "$work/err")"
}
cp "$work/list.csv" "$work/wrong.csv"
network "file = \"$work/wrong.csv\"; weight = 1;" >"$config"
echo '3 1500' >>"$work/wrong.csv"
refuse 'found source 1500 in edge 80000; allowed: 0 to 1499, in E'
sed -i '$d' "$work/wrong.csv"
echo '3 x' >>"$work/wrong.csv"
refuse "wrong.csv:80002: source: 'x'; a whole number from 0 on is allowed"
sed -i '$d' "$work/wrong.csv"
tail -n 1 "$work/wrong.csv" >>"$work/wrong.csv"
network "file = \"$work/wrong.csv\"; weight = 1; multapses = false;" >"$config"
refuse 'twice with multapses = false'
printf 'the same everywhere:%s\n' "$told"
