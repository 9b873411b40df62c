# functions.awk -- ctags output (fields n, e, S; kind f) to
# "LINES PARAMETERS FILE:LINE NAME", one function a line.
BEGIN { FS = "\t" }
/^!/ { next }
{
    first = last = parameters = 0
    for (i = 4; i <= NF; i++) {
        if ($i ~ /^line:/) first = substr($i, 6)
        if ($i ~ /^end:/) last = substr($i, 5)
        if ($i ~ /^signature:/) parameters = gsub(/,/, ",", $i) + 1
    }
    print last - first + 1, parameters, $2 ":" first, $1
}
