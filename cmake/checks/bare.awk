# bare.awk -- C text without comments, as FILE:LINE:TEXT. With -v strings=0
# string and character literals are emptied, too.
FNR == 1 { inside = 0 }
{
    out = ""
    n = length($0)
    quote = ""
    for (i = 1; i <= n; i++) {
        c = substr($0, i, 1)
        two = substr($0, i, 2)
        if (inside) {
            if (two == "*/") {
                inside = 0
                i++
            }
        } else if (quote != "") {
            if (strings || c == quote) out = out c
            if (c == "\\") {
                i++
                if (strings) out = out substr($0, i, 1)
            } else if (c == quote) {
                quote = ""
            }
        } else if (two == "/*") {
            inside = 1
            i++
        } else if (two == "//") {
            break
        } else {
            if (c == "\"" || c == "'") quote = c
            out = out c
        }
    }
    if (out ~ /[^ \t]/) printf "%s:%d:%s\n", FILENAME, FNR, out
}
