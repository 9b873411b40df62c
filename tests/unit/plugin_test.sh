#!/bin/sh
# Models outside the tree: usage: plugin_test.sh BUILD_DIR SOURCE_DIR [CC]
# Installs into a folder of its own, compiles examples/plugin there with nothing but what
# pkg-config says, and uses the model as a user would. The exit code is the number of failures.
build_dir=$1
source_dir=$2
compiler=${3:-cc}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99
failed=0
: >out && : >err

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

# refused CODE SENTENCE NAME ARGUMENT...: one line on standard error, with the sentence in it
refused() {
    code=$1 sentence=$2 name=$3
    shift 3
    expect "$code" "$name" "$@"
    [ "$(wc -l <err)" -eq 1 ]
    report $? "$name: one line"
    holds err "$sentence" "$name"
}

value() { # value KEY: of the JSON object in out
    tail -n 1 out | grep -o "\"$1\": [^,}]*" | head -n 1 | sed 's/^[^:]*: //; s/"//g'
}

# ---- install and compile ---------------------------------------------------
env -u DESTDIR cmake --install "$build_dir" --prefix "$work/usr" >out 2>err || {
    report 1 "install"
    exit 1
}
program=$work/usr/bin/ecphory
PKG_CONFIG_PATH=$(dirname "$(find "$work/usr" -name ecphory.pc)")
export PKG_CONFIG_PATH
flags="$(pkg-config --cflags ecphory) $(pkg-config --variable=plugin_flags ecphory)"
strict="-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"

compile() { # compile FILE.c FILE.so FLAG...
    source=$1 object=$2
    shift 2
    # shellcheck disable=SC2086 # flags are words
    "$compiler" "$source" -o "$object" $flags "$@" >out 2>err
    report $? "$compiler $source -o $object $*"
}

for header in "$work"/usr/include/ecphory/engine/*.h; do
    # shellcheck disable=SC2086
    "$compiler" -std=c11 -fsyntax-only $(pkg-config --cflags ecphory) -x c "$header" >out 2>err ||
        report 1 "$(basename "$header") by itself"
done
cp -r "$work/usr/share/ecphory/examples/plugin/." .
cmp quadratic.c "$source_dir/examples/plugin/quadratic.c" >out 2>err
report $? "the example is installed"
awk '/^<!-- file: examples\/plugin\/quadratic.c/ { wanted = 1 }
     /^```/ && wanted && inside { exit }
     inside { print }
     /^```/ && wanted { inside = 1 }' "$source_dir/docs/ADDING.md" >shown.c
diff shown.c quadratic.c >out 2>err
report $? "docs/ADDING.md shows the very file"
# shellcheck disable=SC2086
compile quadratic.c quadratic.so $strict
rm quadratic.so
make CC="$compiler" >out 2>err && [ -f quadratic.so ]
report $? "make"

# ---- it is like any other model --------------------------------------------
expect 0 "the example's config" run quadratic.cfg --json --out example
holds example/config.cfg "plugins = (\"$work/quadratic.so\")" "the effective config names the file"
first=$(value checksum)
[ "${#first}" -eq 16 ]
report $? "a checksum"
for threads in 2 3 4; do
    expect 0 "$threads threads" run quadratic.cfg --json --no-files --threads $threads
    [ "$(value checksum)" = "$first" ]
    report $? "the same spikes on $threads threads"
done
mkdir elsewhere && cd elsewhere || exit 99
expect 0 "the effective config runs from anywhere" run ../example/config.cfg --json --no-files
[ "$(value checksum)" = "$first" ]
report $? "with the same spikes"
cd .. || exit 99
sed '/^plugins/d' quadratic.cfg >bare.cfg
refused 3 'no neuron model "quadratic"' "without the plugin" check bare.cfg
expect 0 "--plugin" run bare.cfg --plugin quadratic.so --json --no-files
[ "$(value checksum)" = "$first" ]
report $? "the same by --plugin"
expect 0 "named twice" check quadratic.cfg --plugin ./quadratic.so --plugin="$work/quadratic.so"
expect 0 "in an override" check bare.cfg -s 'plugins=quadratic.so'
expect 0 "describe" describe quadratic --plugin quadratic.so
holds out "Ermentrout" "describe"
holds out "i_syn" "describe"
expect 0 "describe neuron/quadratic" describe neuron/quadratic --plugin quadratic.so
expect 0 "list" list neurons --plugin quadratic.so --names
holds out "neuron/quadratic" "list"
holds out "neuron/lif" "list"
expect 9 "describe without it" describe quadratic

# ---- the closed form -------------------------------------------------------
cat >period.cfg <<'CFG'
plugins = "quadratic.so";
populations = {
    fires = { model = "quadratic"; size = 3; param = { i_e = "150 pA"; }; };
    pushed = { model = "quadratic"; size = 3; param = { i_e = "100 pA"; }; };
    rests = { model = "quadratic"; size = 3; initial = { v = "-50.5 mV"; }; };
};
stimuli = ( { kind = "current"; target = "pushed"; amplitude = "50 pA"; } );
probes = ( { kind = "spikes"; target = "*"; },
           { kind = "field"; target = "rests"; field = "v"; interval = 1; name = "membrane"; } );
duration = "2 s";
CFG
expect 0 "a constant current" run period.cfg --json --out period
cat >period.py <<'PY'
import math
import h5py

c, k, width, dt = 200.0, 1.0, 10.0, 0.1
q = math.sqrt(150 / k - width**2)
period = math.pi * c / (k * q)
first = c / (k * q) * (math.pi / 2 - math.atan(-width / q))
spikes = h5py.File("period/spikes.h5")["spikes"]


def times(population):
    group = spikes[population]
    return group["timestamps"][:][group["node_ids"][:] == 1]


fires = times("fires")
expected = [first + n * period for n in range(int((2000 - first) / period) + 1)]
assert len(fires) == len(expected) == 22, len(fires)
for found, wanted in zip(fires, expected):
    # The end of the step in which v passes through infinity; rounding may cost 0.002 ms.
    assert -0.002 <= found - wanted <= dt + 0.002, (found, wanted)
pushed = times("pushed")
assert abs((pushed[-1] - pushed[0]) / (len(pushed) - 1) - period) < 0.01, pushed
report = h5py.File("period/report_membrane.h5")["report/rests/data"][:]
assert "rests" not in spikes or len(times("rests")) == 0
assert report[0, 0] > -51 and abs(report[-1, 0] - (-60 - width)) < 1e-3, report[-1]
PY
/usr/bin/python3 period.py >out 2>err
report $? "period pi c / (k q), first spike, fixed point"
expect 3 "derive of the model refuses" check period.cfg -s populations.fires.param.i_e=1e7
holds err "allowed: at most once in two steps" "with its own sentence"
[ "$(wc -l <err)" -eq 1 ]
report $? "in one line"

# ---- recover ---------------------------------------------------------------
cat >long.cfg <<'CFG'
plugins = "quadratic.so";
populations = { cells = { model = "quadratic"; size = 2000; param = { i_e = "150 pA"; }; }; };
probes = ( { kind = "spikes"; target = "*"; },
           { kind = "field"; target = "*"; field = "v"; interval = 0.1; } );
duration = "100 s";
CFG
"$program" run long.cfg --out long --quiet >out 2>err </dev/null &
pid=$!
for tenth in $(seq 100); do
    [ -n "$(find long/partial -size +0 -name '*.h5' 2>/dev/null | head -n 1)" ] && break
    sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
expect 0 "recover a killed run" recover long
holds out "recovered" "recover"
rm -rf long

# ---- refused ---------------------------------------------------------------
refused 4 "nowhere.so: no such plugin" "no such file" check bare.cfg --plugin nowhere.so
sed 's/quadratic\.so/nowhere.so/' quadratic.cfg >nowhere.cfg
refused 4 "nowhere.cfg:2: plugins.0: " "no such file in a config" check nowhere.cfg
echo text >text.so
refused 4 "text.so: cannot be loaded" "no shared object" list --plugin text.so
refused 3 "shared object" "a number for a file" check bare.cfg -s 'plugins=[1]'

cat >broken.c <<'C'
#include "engine/plugin.h"
#ifndef FIELDS
#define FIELDS {"v", "mV", -70, -1e4, 1e4, "membrane", ECP_STATE}, {0}
#endif
#ifndef NAME
#define NAME "mine"
#endif
#ifndef UPDATE
#define UPDATE update
#endif
#ifndef SUMMARY
#define SUMMARY "nothing much"
#endif
#ifndef HEAD
#define HEAD ECP_PLUGIN_HEAD
#endif
#ifndef MEMBERS
#define MEMBERS &mine, NULL
#endif
#ifndef EXPORT
#define EXPORT const struct ecp_plugin ecp_plugin
#endif
void update(const struct ecp_block *block);
void update(const struct ecp_block *block)
{
    for (size_t j = 0; j < block->n; j++)
        block->fired[j] = 0;
}
static const struct ecp_field fields[] = {FIELDS};
static const struct ecp_neuron_model mine = {
    .name = NAME, .summary = SUMMARY, .fields = fields, .update = UPDATE
#ifdef MORE
    , MORE
#endif
};
static const struct ecp_neuron_model *const neurons[] = {MEMBERS};
extern EXPORT;
EXPORT = {HEAD, .neurons = neurons};
C
compile broken.c sound.so
expect 0 "the pattern of what is broken is sound" list neurons --plugin sound.so
holds out "nothing much" "and listed"
refused 3 "found one that there is already" "two plugins with one name" \
    list --plugin sound.so --plugin quadratic.so --plugin "$(cp sound.so again.so && echo again.so)"

# broken SENTENCE NAME FLAG...
broken() {
    sentence=$1 name=$2
    shift 2
    compile broken.c broken.so "$@"
    refused 3 "$sentence" "$name" list neurons --plugin broken.so
}
broken 'found no constant "ecp_plugin"' "no symbol" '-DEXPORT=const struct ecp_plugin other'
broken "found a plugin for version 999 of the interface" "another version" '-DHEAD=.abi=999'
is_double=$(pkg-config --cflags ecphory | grep -c ECP_DOUBLE)
if [ "$is_double" -eq 1 ]; then
    broken "found a plugin in single precision" "other precision" -UECP_DOUBLE
else
    broken "found a plugin in double precision" "other precision" -DECP_DOUBLE
fi
broken "descriptors of another size" "another size" \
    '-DHEAD=.abi=ECP_PLUGIN_ABI,.real_bytes=sizeof(ecp_real),.neuron_bytes=8'
broken 'neuron model "lif": name: found one that there is already' "a name that is taken" \
    '-DNAME="lif"'
broken 'neuron model "iaf_psc_exp": name: found one' "an alias that is taken" \
    '-DNAME="iaf_psc_exp"'
broken 'neuron model "mine": name: found one' "twice in one plugin" '-DMEMBERS=&mine,&mine,NULL'
broken "neuron model: name: found none" "no name" '-DNAME=NULL'
broken "neuron model: name: found another character" "a name of two words" '-DNAME="a b"'
broken "summary: found none" "no summary" '-DSUMMARY=""'
broken "update: found none" "no update" -DUPDATE=NULL
field() { # field SENTENCE NAME 'FIELDS'
    broken "$1" "$2" "-DFIELDS=$3"
}
field "v: found a default outside the range" "default" '{"v","mV",5,0,1,"m",ECP_STATE},{0}'
field "v: found a default outside the range" "default NAN" '{"v","mV",0.0/0.0,0,1,"m",ECP_STATE},{0}'
field "v: found lowest above highest" "range" '{"v","mV",5,6,1,"m",ECP_STATE},{0}'
field 'v: found unit "mFoo"' "unit" '{"v","mFoo",0,0,1,"m",ECP_STATE},{0}'
field "v: found no unit" "no unit" '{"v",NULL,0,0,1,"m",ECP_STATE},{0}'
field "v: found no meaning" "no meaning" '{"v","mV",0,0,1,NULL,ECP_STATE},{0}'
field "v: found two fields of this name" "two of a name" \
    '{"v","mV",0,0,1,"m",ECP_STATE},{"v","mV",0,0,1,"m",ECP_STATE},{0}'
field "v: found a kind of field" "kind" '{"v","mV",0,0,1,"m",ECP_RESULT},{0}'
field "w: found a counter beyond" "counter" '{"w","1",0,-1,1,"m",ECP_COUNTER},{0}'
currents=$(for k in 1 2 3 4 5; do printf '{"i%s","pA",0,0,1,"m",ECP_CURRENT},' $k; done)
field "too many of kind ECP_CURRENT" "five currents" "$currents{0}"
ports=$(for k in 1 2 3 4 5 6 7 8 9; do printf '{"p%s","pA",0,0,1,"m",ECP_INPUT},' $k; done)
field "too many receptor ports" "nine ports" "$ports{0}"
many=$(for k in $(seq 80); do printf '{"s%s","pA",0,0,1,"m",ECP_STATE},' "$k"; done)
field "too many, or no {0} at the end" "eighty fields" "$many{0}"
broken "schemes: found one without" "a scheme without function" \
    '-DMORE=.schemes=(const struct ecp_scheme[]){{"rk4",4,"m",0},{0}}'
broken "flow: found fields of other kinds" "a flow of nothing" \
    '-DMORE=.flow=&(const struct ecp_flow){.n=1,.state={3}}'
broken "exact: found fields of other kinds" "an exact mode of nothing" \
    '-DMORE=.exact=&(const struct ecp_exact){.v=7}'

# ---- what the installed headers declare is there to be called ---------------
cat >calls.c <<'C'
#include "engine/plugin.h"
#include "engine/scenario.h"
static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    struct ecp_plan_population *cells;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    enum ecp_status status;
    (void)param;
    ECP_TRY(ecp_plan_add_population(plan, "cells", "lif", 10, &cells));
    ECP_TRY(ecp_population_set(cells, "i_e", 500));
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "cells", &probe));
    ECP_TRY(ecp_plan_add_phase(plan, "run", 100, 0, &phase));
done:
    return status;
}
static const struct ecp_scenario ten = {
    .name = "ten", .summary = "ten neurons", .question = "Tests", .build = build};
static const struct ecp_scenario *const scenarios[] = {&ten, NULL};
extern const struct ecp_plugin ecp_plugin;
const struct ecp_plugin ecp_plugin = {ECP_PLUGIN_HEAD, .scenarios = scenarios};
C
compile calls.c calls.so
expect 0 "a scenario of a plugin" run ten --plugin calls.so --json --out ten
[ "$(value neurons)" = 10 ]
report $? "has ten neurons"
expect 0 "its effective config runs" check ten/config.cfg
expect 0 "and it is described" describe scenario/ten --plugin calls.so
nm -D --defined-only "$program" | sed 's/.* //' | sort >exported
for name in field status neuron plan plugin units names analysis scenario config network recording memory plan_memory \
    recall experience mlp retrieval feature_map capacity store_tables; do
    "$compiler" -E -P "-I$work/usr/include/ecphory" "$work/usr/include/ecphory/engine/$name.h"
done >headers
# Those that headers define themselves are nobody's to export.
tr '\n' ' ' <headers | sed 's/[;{}]/&\n/g' | grep 'static inline' | grep -oE '\becp_[a-z_]+\(' |
    tr -d '(' | sort -u >inline
grep -v '^static\|^typedef' headers | grep -oE '\becp_[a-z_]+\(' | tr -d '(' | sort -u |
    comm -23 - inline >declared
[ "$(wc -l <declared)" -gt 30 ]
report $? "functions in the installed headers: $(wc -l <declared)"
missing=$(comm -23 declared exported | tr '\n' ' ')
[ -z "$missing" ]
report $? "all that members may call is exported: $missing"

echo "$failed failed"
exit "$failed"
