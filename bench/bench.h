/* bench.h -- what the kernel benches share. */
#ifndef ECP_BENCH_H
#define ECP_BENCH_H

#include "engine/clock.h"

static inline double bench_seconds(void)
{
    return ecp_clock_seconds();
}

/* The machine of this moment: sequential reading (GB/s a core) and dependent
 * random loads (ns) over 512 MB. */
void bench_print_memory(void);

#endif
