/* types.h -- the scalars that every part shares.
 *
 * Integers are named by meaning: a gid counts neurons through the whole
 * network, a lid through one population or one worker's share, a step counts
 * time in units of dt. */
#ifndef ECP_TYPES_H
#define ECP_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* State and weights; `double` in the double-precision build. */
#ifdef ECP_DOUBLE
typedef double ecp_real;
#else
typedef float ecp_real;
#endif

typedef uint64_t ecp_gid;
typedef uint32_t ecp_lid;
typedef int64_t ecp_step;

/* Arrays that hot loops read are aligned and padded to this many bytes. */
enum { ECP_ALIGNMENT = 64 };

#endif
