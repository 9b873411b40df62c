#!/usr/bin/env bash
# recipes.sh -- follow docs/ADDING.md to the letter in a copy of the tree. The
# page marks what is to be done by comments that a reader does not see:
#   <!-- file: PATH -->     the next block is the whole new file PATH
#   <!-- append: PATH -->   the next block is added to the end of PATH
#   <!-- after: PATH: TEXT -->    the next block goes in after the line with TEXT
#   <!-- replace: PATH: TEXT -->  the next block replaces the line with TEXT
#   <!-- run -->            the next block is run by bash in the build's folder
# The build must succeed and every `run` block must end with 0.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/checks/lib.sh

tree=$build_root/recipes
rm -rf "$tree"
mkdir -p "$tree/blocks"
for part in CMakeLists.txt cmake engine neurons plasticity memory scenarios analysis mpi; do
    [ ! -e "$part" ] || cp -r "$part" "$tree/"
done

awk -v out="$tree/blocks" '
    /^<!-- (file|append|after|replace|run)/ {
        gsub(/^<!-- | -->$/, "")
        order = $0
        next
    }
    /^```/ && order != "" && !inside { inside = 1; n++; name = sprintf("%s/%02d", out, n)
        print order > (name ".order"); next }
    /^```/ && inside { inside = 0; order = ""; close(name); next }
    inside { print > name }
' docs/ADDING.md

# put KEEP "PATH: TEXT" BLOCK: behind the first line with TEXT (KEEP 1), or in its place (0).
put() {
    local path=${2%%: *} text=${2#*: }
    grep -qF -- "$text" "$tree/$path" || {
        echo "docs/ADDING.md: $path has no line with: $text"
        return 1
    }
    awk -v text="$text" -v block="$3" -v keep="$1" '
        done || !index($0, text) { print; next }
        { if (keep) print; while ((getline line < block) > 0) print line; done = 1 }' \
        "$tree/$path" >"$tree/new"
    mv "$tree/new" "$tree/$path"
}

for order in "$tree"/blocks/*.order; do
    block=${order%.order}
    what=$(cat "$order")
    case $what in
    file:*) mkdir -p "$(dirname "$tree/${what#file: }")" && cp "$block" "$tree/${what#file: }" ;;
    append:*) cat "$block" >>"$tree/${what#append: }" ;;
    after:*) put 1 "${what#after: }" "$block" ;;
    replace:*) put 0 "${what#replace: }" "$block" ;;
    esac
done

cmake -S "$tree" -B "$tree/build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 \
    -DECP_TESTS=OFF -DECP_BENCH=OFF -DECP_PLOT=OFF
cmake --build "$tree/build" -j "$jobs"

for order in "$tree"/blocks/*.order; do
    [ "$(cat "$order")" = run ] || continue
    (cd "$tree" && PATH=$PWD/build:$PATH bash -eux "blocks/$(basename "${order%.order}")")
done
