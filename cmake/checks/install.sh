#!/usr/bin/env bash
# install.sh -- install into a folder of the build and compile a program of a
# user against what lies there, through pkg-config.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/checks/lib.sh

stage=$PWD/$build_root/stage
case $build_root in /*) stage=$build_root/stage ;; esac
rm -rf "$stage"
# Into a folder that is not the configured prefix, as packagers do.
cmake -S . -B "$build_root/release" -DCMAKE_INSTALL_PREFIX="$stage/usr" >/dev/null
cmake --install "$build_root/release" >/dev/null
cat >"$stage/user.c" <<'C'
#include <stdio.h>

#include "engine/plan.h"

int main(void)
{
    struct ecp_plan *plan = NULL;
    struct ecp_plan_population *cells = NULL;
    enum ecp_status status = ecp_plan_create(&plan);
    if (status == ECP_OK)
        status = ecp_plan_add_population(plan, "cells", "lif", 10, &cells);
    if (status == ECP_OK)
        status = ecp_population_set(cells, "tau_m", 20);
    printf("%s %zu\n", ecp_status_name(status), plan ? plan->n_populations : 0);
    ecp_plan_destroy(plan);
    return status != ECP_OK;
}
C
for header in "$stage"/usr/include/ecphory/engine/*.h; do
    gcc -std=c11 -fsyntax-only -I"$stage/usr/include/ecphory" -x c "$header"
done
pc=$(dirname "$(find "$stage" -name ecphory.pc)")
# shellcheck disable=SC2046 # flags are words
gcc -std=c11 "$stage/user.c" -o "$stage/user" \
    $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs ecphory)
"$stage/user"
# The program of docs/MEMORY.md, as it stands there.
awk '/^## /{here = $0 == "## From C"} /^```/{if (inside) exit; if (here && $0 == "```c") {inside = 1; next}} inside' \
    docs/MEMORY.md >"$stage/memory.c"
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Wextra -Wpedantic -Werror "$stage/memory.c" -o "$stage/memory" \
    $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs ecphory)
"$stage/memory" | tee "$stage/memory.out"
grep -qx 'confidence 1.000, weight of item 5 1.000' "$stage/memory.out"
"$stage/usr/bin/ecphory" version
