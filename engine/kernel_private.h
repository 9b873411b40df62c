/* kernel_private.h -- the functions behind one instruction set's table. */
#ifndef ECP_KERNEL_PRIVATE_H
#define ECP_KERNEL_PRIVATE_H

#include "engine/kernel.h"

void ECP_VARIANT(ecp_kernel_philox)(struct ecp_philox_key key, uint32_t first, uint32_t b,
                                    uint32_t c, size_t n, uint32_t *const word[4]);
void ECP_VARIANT(ecp_kernel_poisson_group)(
    struct ecp_philox_key key, uint32_t first, uint64_t group, size_t n,
    const struct ecp_poisson_table *const table[ECP_POISSON_GROUP], uint16_t *count, size_t stride);
void ECP_VARIANT(ecp_kernel_poisson_each)(const uint32_t *word, const double *mean,
                                          const double *p0, int kmax, size_t n, uint16_t *count);
void ECP_VARIANT(ecp_kernel_uniform)(const uint32_t *restrict word, size_t n,
                                     ecp_real *restrict out);

#endif
