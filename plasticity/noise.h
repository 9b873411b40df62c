/* noise.h -- a path of Brownian motion for each synapse, to be looked at anywhere.
 *
 * Time is cut into cells of ECP_CELL steps. What the path gains in a cell is one
 * normal number; where it is looked at inside a cell, halves of halves are filled
 * in (Levy's construction), down to one step and to a place within a step. Every
 * number belongs to a stamp: c2 of the counter; word 0 and 1 serve the halves,
 * word 2 and 3 the place within the step. So the path is the same whoever looks
 * at it, where and how often. */
#ifndef ECP_NOISE_H
#define ECP_NOISE_H

#include <math.h>

#include "engine/kernel_random.h"
#include "engine/plasticity.h"
#include "engine/rng.h"
#include "engine/vector_math.h"

enum { ECP_CELL = 32 };

/* Whose path. */
struct ecp_path {
    uint32_t key[2], source, target, tag;
};

static inline struct ecp_path ecp_path_of(const struct ecp_visit *v, uint32_t target,
                                          uint32_t ordinal)
{
    const uint32_t high = (uint32_t)(v->seed >> 32);
    return (struct ecp_path){.key = {(uint32_t)v->seed, high ^ ordinal * 0x9E3779B9u},
                             .source = v->source,
                             .target = v->first_target + target,
                             .tag =
                                 (uint32_t)ECP_FOR_PLASTICITY << 24 | (v->projection & 0xffffff)};
}

/* The normal law's quantile at (words + 1/2) / 2^53 (Wichura 1988, doi:10.2307/
 * 2347330, the short form): within 1e-7 of it. */
static inline double ecp_quantile(uint32_t high, uint32_t low)
{
    const double p = ((double)high * 0x1p21 + (double)(low >> 11) + 0.5) * 0x1p-53;
    const double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        const double over = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r;
        const double under = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r;
        return q * (over + 3.3871327179) / (under + 1.0);
    }
    const double far = sqrt(-ecp_logd(q < 0 ? p : 1 - p)), r = far <= 5 ? far - 1.6 : far - 5;
    const double x =
        far <= 5 ? (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
                       ((0.12021132975 * r + 0.73700164250) * r + 1.0)
                 : (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) /
                       ((0.012258202635 * r + 0.24197894225) * r + 1.0);
    return q < 0 ? -x : x;
}

static inline double ecp_path_normal(const struct ecp_path *path, uint32_t stamp, int within)
{
    const struct ecp_four four =
        ecp_philox_block(path->source, path->target, stamp, path->tag, path->key[0], path->key[1]);
    return within ? ecp_quantile(four.word[2], four.word[3])
                  : ecp_quantile(four.word[0], four.word[1]);
}

/* What the path has gained x steps (0 .. ECP_CELL) after the cell's first stamp,
 * in roots of steps. */
static inline double ecp_path_at(const struct ecp_path *path, uint32_t cell, double x)
{
    double w_low = 0, w_high;
    int low = 0, high = ECP_CELL;
    if (x <= 0)
        return 0;
    w_high = sqrt((double)ECP_CELL) * ecp_path_normal(path, cell, 0);
    if (x >= ECP_CELL)
        return w_high;
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        const double w_middle =
            0.5 * (w_low + w_high) +
            sqrt(0.25 * (high - low)) * ecp_path_normal(path, cell + (uint32_t)middle, 0);
        if (x < middle) {
            high = middle;
            w_high = w_middle;
        } else {
            low = middle;
            w_low = w_middle;
        }
        if (x == low)
            return w_low;
    }
    const double part = x - low;
    return w_low + part * (w_high - w_low) +
           sqrt(part * (1 - part)) * ecp_path_normal(path, cell + (uint32_t)low, 1);
}

#endif
