#include "engine/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 63, EDIT = 4 };

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    const unsigned d = a < b ? a : b;
    return d < c ? d : c;
}

static int lower(char c)
{
    return tolower((unsigned char)c);
}

/* Edit distance (insert, remove, replace, swap of two neighbours), four times
 * its usual value, so that a letter of the other case can cost a quarter. */
static unsigned distance(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return ~0u;
    unsigned row[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        row[0][j] = EDIT * (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3];
        const unsigned *above = row[(i - 1) % 3], *two_above = row[(i + 1) % 3];
        now[0] = EDIT * (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            const char x = a[i - 1], y = b[j - 1];
            const unsigned replace = x == y ? 0 : lower(x) == lower(y) ? 1 : EDIT;
            now[j] = smallest(above[j] + EDIT, now[j - 1] + EDIT, above[j - 1] + replace);
            if (i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y &&
                two_above[j - 2] + EDIT < now[j])
                now[j] = two_above[j - 2] + EDIT;
        }
    }
    return row[n % 3][m];
}

const char *ecp_names_nearest(const char *wrong, const char *const *names, size_t n)
{
    const size_t length = strlen(wrong);
    /* A third of the letters may be wrong, at least one, at most three; a
     * word that only lost its beginning or end is near as well. */
    const size_t letters = length / 3 < 1 ? 1 : length / 3 > 3 ? 3 : length / 3;
    /* Of a single letter only the case can be wrong. */
    unsigned best = length < 2 ? 2 : EDIT * (unsigned)letters + 1;
    const char *nearest = NULL;
    for (size_t k = 0; k < n; k++) {
        const unsigned d = distance(wrong, names[k]);
        if (d < best) {
            best = d;
            nearest = names[k];
        }
    }
    for (size_t k = 0; !nearest && k < n; k++)
        if (length >= 3 && strlen(names[k]) >= 3 &&
            (strstr(names[k], wrong) || strstr(wrong, names[k])))
            nearest = names[k];
    return nearest;
}
