/* kernel.h -- the hot loops, compiled once for each instruction set.
 *
 * All variants give the same bits. None allocates or fails. */
#ifndef ECP_KERNEL_H
#define ECP_KERNEL_H

#include "engine/isa.h"
#include "engine/rows.h"
#include "engine/sources.h"
#include "engine/types.h"

/* Poisson counts with one mean for all neurons: a 16-bit number decides,
 * except where it falls on a threshold; then 32 more bits do. */
enum { ECP_POISSON_MAX = 63, ECP_POISSON_GROUP = 8, ECP_POISSON_CHUNK = 64 };

struct ecp_poisson_table {
    double mean;
    int n;                            /* thresholds */
    int n_coarse;                     /* of them below 1 in 16 bits, and one */
    uint16_t coarse[ECP_POISSON_MAX]; /* floor(65536 * cdf(k)), ascending */
    uint64_t fine[ECP_POISSON_MAX];   /* floor(2^48 * cdf(k)) */
};

/* A place in the space of counters: `tag` says whose numbers these are. */
struct ecp_philox_key {
    uint32_t seed[2];
    uint32_t tag;
};

struct ecp_kernels {
    const char *name;

    /* word[w][i] = word w of philox4x32-10(counter {first + i, b, c, tag}). */
    void (*philox)(struct ecp_philox_key key, uint32_t first, uint32_t b, uint32_t c, size_t n,
                   uint32_t *const word[4]);

    /* Counts of neurons first .. first + n - 1 (a multiple of the chunk is
     * computed) in the eight steps of `group`. Two steps share a row: the low
     * byte of count[(h / 2) * stride + j] is step h, the high byte step h + 1,
     * for h = 0, 2, 4, 6. table[h] NULL: zeros. */
    void (*poisson_group)(struct ecp_philox_key key, uint32_t first, uint64_t group, size_t n,
                          const struct ecp_poisson_table *const table[ECP_POISSON_GROUP],
                          uint16_t *count, size_t stride);

    /* Counts with a mean of each neuron (mean <= 16; p0 = exp(-mean)) in one
     * step, from 32-bit numbers. */
    void (*poisson_each)(const uint32_t *word, const double *mean, const double *p0, int kmax,
                         size_t n, uint16_t *count);

    /* out = scale * acc; acc = 0. */
    void (*take_compact)(int32_t *restrict acc, ecp_real scale, size_t n, ecp_real *restrict out);
    /* The same and + weight * counts, one pass: byte `odd` (0 or 1) of each. */
    void (*take_with_counts)(int32_t *restrict acc, ecp_real scale, const uint16_t *restrict count,
                             int odd, ecp_real weight, size_t n, ecp_real *restrict out);
    /* out += acc; acc = 0. */
    void (*take_wide)(ecp_real *restrict acc, size_t n, ecp_real *restrict out);
    /* out += weight * counts. */
    void (*add_counts)(const uint16_t *restrict count, int odd, ecp_real weight, size_t n,
                       ecp_real *restrict out);
    /* Uniform numbers in (0, 1) from words. */
    void (*uniform)(const uint32_t *restrict word, size_t n, ecp_real *restrict out);

    /* Positions of the nonzero bytes, ascending; returns how many. */
    size_t (*fired)(const uint8_t *fired, size_t n, ecp_lid *out);

    /* Gids of sources become their numbers (sources.h), or sources->n where they are not
     * heard. */
    void (*number_sources)(const struct ecp_sources *sources, ecp_gid *source, size_t n);

    /* Add the pieces that are due at `step` (entries from..to of its bucket)
     * and enter each row's next piece into the calendar; returns the number of
     * synaptic events. */
    uint64_t (*deliver_compact)(struct ecp_calendar *calendar, const uint32_t *words,
                                int32_t *const *lane, ecp_step step, size_t from);
    uint64_t (*deliver_wide)(struct ecp_calendar *calendar, const struct ecp_wide *words,
                             ecp_real *acc, ecp_step step, size_t from);
};

const struct ecp_kernels *ecp_kernels_of(enum ecp_isa isa);

#endif
