#!/usr/bin/env bash
# selftest.sh -- every rule of check.sh must fail on a tree that breaks it, and
# pass on one that does not.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# A small tree that keeps every rule.
fresh() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"/{engine,neurons,plasticity,memory,scenarios,analysis,tests,docs,.ci,build/release}
    cp -r cmake dev .clang-format CMakeLists.txt "$work/tree/"
    cp .ci/run "$work/tree/.ci/"
    cd "$work/tree" || exit 1
    local family
    for family in neurons plasticity memory scenarios analysis; do
        : >$family/models.def
    done
    printf 'ECP_NEURON(one)\n' >neurons/models.def
    printf '#include "engine/a.h"\n\nint ecp_one(int x)\n{\n    return x + ecp_a;\n}\n' >neurons/one.c
    printf 'extern const int ecp_a;\nint ecp_one(int x);\n' >engine/a.h
    printf '#include "engine/a.h"\n\n/* exit(1) in words is no call; MPI_Send, too. */\nconst int ecp_a = 3;\nstatic _Thread_local int mine;\nstatic const char *const names[] = {"one", "two"};\nconst char *ecp_name(int k)\n{\n    mine = k;\n    return names[mine];\n}\n' >engine/a.c
    printf '# page\n' >README.md
    library
}

library() {
    rm -f build/release/*
    local file
    for file in engine/*.c neurons/*.c; do
        gcc -w -fPIE -I. -c "$file" -o "build/release/$(basename "$file").o"
    done
    ar qc build/release/libecphory.a build/release/*.o
}

expect() {
    local want=$1 rule=$2 name=$3 got
    DEV_BUILD=build cmake/checks/check.sh "$rule" >"$work/out" 2>&1 && got=pass || got=fail
    if [ "$got" != "$want" ]; then
        printf 'selftest: %s: rule %s should %s\n' "$name" "$rule" "$want"
        cat "$work/out"
        failed=1
    fi
}

# breaks RULE NAME: standard input is a shell fragment that spoils the tree.
breaks() {
    (
        failed=0
        fresh
        eval "$(cat)"
        expect fail "$1" "$2"
        exit "$failed"
    ) || failed=1
}

(
    fresh
    for rule in format names globals homes includes forbidden sizes registries portable unfinished \
        scripts links; do
        expect pass "$rule" "a clean tree"
    done
    exit "$failed"
) || failed=1

breaks format "indentation" <<<"printf 'int  ecp_b;\n' >engine/b.c"
breaks names "an export without prefix" <<<"printf 'void b(void) {}\n' >engine/b.c; library"
breaks globals "a static variable" <<<"printf 'int ecp_b(void) { static int n = 1; return n++; }\n' >engine/b.c; library"
breaks globals "a zeroed variable" <<<"printf 'static int n; int ecp_b(void) { return n++; }\n' >engine/b.c; library"
breaks homes "MPI outside mpi" <<<"printf 'int ecp_b(void) { return MPI_Init(0, 0); }\n' >engine/b.c"
breaks homes "HDF5 outside the store" <<<"printf 'int ecp_b(void) { return H5Fclose(0); }\n' >engine/b.c"
breaks homes "libconfig elsewhere" <<<"printf '#include <libconfig.h>\n' >engine/b.c"
breaks homes "udunits elsewhere" <<<"printf 'int ecp_b(void) { ut_free(0); }\n' >engine/b.c"
breaks homes "jansson elsewhere" <<<"printf '#include <jansson.h>\n' >engine/b.c"
breaks homes "plplot elsewhere" <<<"printf '#include <plplot/plplot.h>\n' >engine/b.c"
breaks homes "CUnit elsewhere" <<<"printf '#include <CUnit/Basic.h>\n' >engine/b.c"
breaks homes "gsl in a header" <<<"printf 'struct gsl_rng;\n' >engine/b.h"
breaks includes "a relative include" <<<"printf '#include \"a.h\"\n' >engine/b.c"
breaks includes "the engine knows a member" <<<"printf 'int x;\n' >neurons/b.h; printf '#include \"neurons/b.h\"\n' >engine/b.c"
breaks forbidden "exit in the library" <<<"printf 'void ecp_b(void) { exit(1); }\n' >engine/b.c"
breaks forbidden "exit in a part of the program" <<<"printf 'void ecp_b(void) { exit(1); }\n' >engine/cli.c"
breaks forbidden "sprintf in main" <<<"printf 'void ecp_b(char *s) { sprintf(s, \"x\"); }\n' >engine/main.c"
breaks forbidden "fast math" <<<"printf 'add_compile_options(-ffast-math)\n' >>CMakeLists.txt"
breaks sizes "a long file" <<<"yes 'int ecp_b(void);' | head -n 501 >engine/b.h"
breaks sizes "a long function" <<<"{ printf 'int ecp_b(int x)\n{\n'; yes '    x++;' | head -n 80; printf '    return x;\n}\n'; } >engine/b.c"
breaks registries "a file without a line" <<<"printf 'int ecp_two;\n' >neurons/two.c"
breaks registries "a line without a file" <<<"printf 'ECP_NEURON(two)\n' >>neurons/models.def"
breaks portable "a path in a string" <<<"printf 'const char *ecp_b = \"%stmp/x\";\n' / >engine/b.c"
breaks unfinished "a note to oneself" <<<"printf '/* TO''DO: later */\n' >engine/b.c"
breaks scripts "a script that does not parse" <<<"printf 'if then\n' >cmake/checks/b.sh"
breaks links "a link to nowhere" <<<"printf '[a](b.md)\n' >README.md"

[ "$failed" = 0 ] && echo "selftest: every rule passes a clean tree and fails on a broken one"
exit "$failed"
