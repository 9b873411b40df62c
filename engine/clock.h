/* clock.h -- wall time. */
#ifndef ECP_CLOCK_H
#define ECP_CLOCK_H

#include <time.h>

static inline double ecp_clock_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
