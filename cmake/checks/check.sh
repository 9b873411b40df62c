#!/usr/bin/env bash
# check.sh -- the house rules, one line each: "ok    name" or "FAIL  name" with
# the places. A rule is a function that prints what breaks it; printing nothing
# passes. Lines that begin with "note" do not fail; they are counted, and shown
# when the rule is asked for by name: ./dev check RULE ...
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/checks/lib.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources >"$work/files"
mapfile -t files <"$work/files"
awk -v strings=1 -f cmake/checks/bare.awk "${files[@]}" >"$work/code"
awk -v strings=0 -f cmake/checks/bare.awk "${files[@]}" >"$work/bare"
archive=$build_root/release/libecphory.a
families=(neurons plasticity memory scenarios analysis)

# Places in our code where the extended regex $1 occurs, but for files that
# match $2 ("^$" for none); $3 = code keeps the text of strings.
places() {
    awk -v what="$1" -v home="$2" '{
        split($0, part, ":")
        text = substr($0, length(part[1]) + length(part[2]) + 3)
        if (part[1] !~ home && text ~ what) print
    }' "$work/${3-bare}"
}

format() {
    command -v clang-format >/dev/null || { echo "clang-format is not installed" && return; }
    clang-format --dry-run -Werror "${files[@]}" 2>&1 | grep -E 'error: ' | cut -d: -f1,2 |
        awk -F: '!seen[$1]++ { print $0 ": ./dev format" }'
}

# What the library shows to others is named ecp_.
names() {
    [ -f "$archive" ] || { echo "$archive is not built" && return; }
    nm -g --defined-only "$archive" 2>/dev/null |
        awk 'NF == 1 { object = $1 } NF == 3 && $2 !~ /[VWvw]/ && $3 !~ /^(ecp_|\.gomp_critical)/ \
            { print object " " $3 }'
}

# Nothing in the library changes but through a pointer that was handed in
# (thread-local records apart). PLplot has one state a process: its lock may stay.
globals() {
    [ -f "$archive" ] || { echo "$archive is not built" && return; }
    objdump -t "$archive" 2>/dev/null |
        awk '/:  *file format/ { object = $1 }
             / (\.data|\.bss|\*COM\*)[^\t]*\t/ && !/\.data\.rel\.ro/ && !/gomp_critical/ \
             && / O |\*COM\*/ { print object " " $NF }' | grep -vx 'plot_write.c.o: drawing'
}

# A library is called in one place, so that it can be replaced there.
homes() {
    places '(^|[^A-Za-z0-9_])MPI_[A-Z]' '^mpi/'
    places '(^|[^A-Za-z0-9_])H5[A-Z][A-Za-z]*_?' '^(engine/(store|input|checkpoint)|mpi/|tests/|bench/)'
    places '(^|[^A-Za-z0-9_])config_(setting_|init|read|destroy|lookup|t[^a-z])|libconfig\.h' \
        '^(engine/config[a-z_]*\.[ch]|tests/)' code
    places '(^|[^A-Za-z0-9_])(ut_[a-z]+|cv_(free|get|convert|combine)[a-z_]*|udunits2?\.h)' '^engine/units\.c|^tests/' code
    places '(^|[^A-Za-z0-9_])(json_[a-z]+|jansson\.h)' '^(engine/(json|report|cli)|tests/|bench/)' code
    places 'plplot\\.h' '^engine/plot' code
    places 'CUnit|CU_[A-Z]' '^tests/' code
    places '(^|[^A-Za-z0-9_])cblas_|cblas\.h' '^(engine/matrix\.c|memory/|analysis/|tests/|bench/)' code
    places 'gsl_' '\.c$|^tests/'
}

# Members know the interfaces, the engine knows no member, and nobody knows
# scenarios or tests.
includes() {
    local place file name
    grep -E '#[ \t]*include[ \t]*"' "$work/code" | while IFS= read -r place; do
        file=${place%%:*}
        name=$(sed -E 's/.*include[ \t]*"([^"]*)".*/\1/' <<<"$place")
        case $name in
        */*) [ -f "$name" ] || echo "$place: no such file from the root" ;;
        *) echo "$place: write it from the root" ;;
        esac
        case $file:$name in
        engine/*:engine/* | engine/*:mpi/comm.h | mpi/*:mpi/* | mpi/*:engine/*) ;;
        tests/*:* | bench/*:*) ;;
        *:engine/*) ;;
        *) [ "${file%%/*}" = "${name%%/*}" ] || echo "$place: against the direction of includes" ;;
        esac
    done
}

# What a library must not do to the program that it is part of.
forbidden() {
    places '(^|[^A-Za-z0-9_.>])(exit|_exit|_Exit|quick_exit|abort|system) *\(' \
        '^(engine/main\.c|tests/|bench/)'
    places '(^|[^A-Za-z0-9_.>])(s?rand|s?random|drand48|strcpy|strcat|v?sprintf|gets|strtok) *\(' \
        '^(tests/|bench/)'
    places 'STDC FP_CONTRACT ON|__attribute__.*optimize' '^$' code
    grep -nE -- '-ffast-math|-Ofast|-ffp-contract=(fast|on)' CMakeLists.txt cmake/*.cmake
}

measured() {
    ctags --fields=+neS --c-kinds=f -o - "${files[@]}" 2>/dev/null |
        awk -f cmake/checks/functions.awk
}

sizes() {
    command -v ctags >/dev/null || { echo "ctags is not installed" && return; }
    wc -l "${files[@]}" | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines; at most 500" }'
    measured | awk '$1 > 80 { print $3 ": " $4 ": " $1 " lines; at most 80" }'
    wc -l "${files[@]}" | awk '$2 != "total" && $1 > 350 && $1 <= 500 { print "note " $2 ": " $1 " lines" }'
    measured | awk '$1 > 40 && $1 <= 80 { print "note " $3 ": " $4 ": " $1 " lines" }
        $2 > 5 { print "note " $3 ": " $4 ": " $2 " parameters" }'
}

# Every member's file has its line, every line its file.
registries() {
    local family member
    for family in "${families[@]}"; do
        [ -f "$family/models.def" ] || { echo "$family/models.def is not there" && continue; }
        for member in "$family"/*.c; do
            [ -e "$member" ] || continue
            member=$(basename "$member" .c)
            [ "$member" = models ] || grep -qE "^ECP_[A-Z]+\($member\)" "$family/models.def" ||
                echo "$family/$member.c has no line in $family/models.def"
        done
        sed -nE 's/^ECP_[A-Z]+\(([a-z0-9_]+)\).*/\1/p' "$family/models.def" | while read -r member; do
            [ -f "$family/$member.c" ] || echo "$family/models.def: $member has no $family/$member.c"
        done
    done
}

# Paths of one machine, and words of unfinished work.
portable() {
    places '"[^"]*/(home|work|tmp|root|Users)/' '^$' code
    grep -nE '/(home|work)/[a-z]' dev .ci/run CMakeLists.txt cmake/*.cmake scenarios/*.cfg ./*.md docs/*.md \
        2>/dev/null
}

unfinished() {
    grep -nE 'TO[D]O|FIX[M]E|\bXX[X]\b|[Nn]ot (yet )?implemented|[Ss]tub\b|[Pp]laceholder|[Ff]or now\b' \
        "${files[@]}" dev .ci/run cmake/*.cmake scenarios/*.cfg 2>/dev/null
}

scripts() {
    local script
    for script in dev .ci/run cmake/checks/*.sh bench/*.sh; do
        [ -f "$script" ] || continue
        bash -n "$script" 2>&1
        case $script in */lib.sh | */full.sh) continue ;; esac
        [ -x "$script" ] || echo "$script: has no run bit"
    done
}

# Links in the documents lead to files that are there.
links() {
    local page target
    for page in README.md CHANGELOG.md docs/*.md bench/README.md; do
        [ -f "$page" ] || continue
        grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -vE '^[a-z]+:' | while read -r target; do
            [ -e "$(dirname "$page")/$target" ] || echo "$page: $target is not there"
        done
    done
    [ "$(wc -l <README.md)" -le 150 ] || echo "README.md: longer than 150 lines"
}

all=(format names globals homes includes forbidden sizes registries portable unfinished
    scripts links)
shown=${1:+all}
[ $# -gt 0 ] || set -- "${all[@]}"
status=0
for rule in "$@"; do
    "$rule" >"$work/out"
    notes=$(grep -c '^note ' "$work/out")
    grep -v '^note ' "$work/out" >"$work/faults" && verdict=FAIL status=1 || verdict=ok
    [ "$notes" = 0 ] || [ -n "$shown" ] || rule="$rule ($notes notes: ./dev check $rule)"
    say "$(printf '%-4s  %s' "$verdict" "$rule")"
    sed 's/^/        /' "$work/$([ -n "$shown" ] && echo out || echo faults)" | head -n 100
done
exit "$status"
