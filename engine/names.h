/* names.h -- telling a user which name was probably meant. */
#ifndef ECP_NAMES_H
#define ECP_NAMES_H

#include <stddef.h>

/* The entry of `names` (n of them) nearest to `wrong` by edit distance, or
 * NULL when none is near. */
const char *ecp_names_nearest(const char *wrong, const char *const *names, size_t n);

#endif
