/* kernel_random.h -- philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405)
 * written so that a loop over counters vectorises; tests hold it against
 * Random123's own. */
#ifndef ECP_KERNEL_RANDOM_H
#define ECP_KERNEL_RANDOM_H

#include <stdint.h>

struct ecp_four {
    uint32_t word[4];
};

static inline struct ecp_four ecp_philox_block(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3,
                                               uint32_t k0, uint32_t k1)
{
    for (int round = 0; round < 10; round++) {
        const uint64_t low = (uint64_t)c0 * 0xD2511F53u;
        const uint64_t high = (uint64_t)c2 * 0xCD9E8D57u;
        const uint32_t next0 = (uint32_t)(high >> 32) ^ c1 ^ k0;
        const uint32_t next2 = (uint32_t)(low >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)high;
        c3 = (uint32_t)low;
        c0 = next0;
        c2 = next2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return (struct ecp_four){{c0, c1, c2, c3}};
}

#endif
