/* floats.h -- denormal numbers are taken as zero while a network runs.
 *
 * A decaying current would otherwise end in denormals, which cost some hundred
 * cycles each: a silent network would be slower than an active one. */
#ifndef ECP_FLOATS_H
#define ECP_FLOATS_H

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

/* Flush results and inputs (FTZ, DAZ; FZ on Arm); returns what was set. */
static inline unsigned ecp_floats_flush(void)
{
#if defined(__x86_64__)
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u);
    return before;
#elif defined(__aarch64__)
    unsigned long before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1ul << 24)));
    return (unsigned)before;
#else
    return 0;
#endif
}

static inline void ecp_floats_restore(unsigned before)
{
#if defined(__x86_64__)
    _mm_setcsr(before);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long)before));
#else
    (void)before;
#endif
}

#endif
