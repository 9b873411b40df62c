#include "engine/chance.h"

#include <math.h>

struct ecp_chance ecp_chance(uint64_t seed, uint32_t subject, uint32_t number)
{
    return (struct ecp_chance){
        .stream = {.key = ecp_rng_key(seed, ECP_FOR_CHANCE, subject), .b = number}};
}

/* `next` counts 2^32 numbers; the next column of counters begins then. */
static uint64_t next(struct ecp_chance *chance)
{
    if (chance->stream.next == UINT32_MAX) {
        chance->stream.next = 0;
        chance->stream.c++;
    }
    return ecp_stream_next(&chance->stream);
}

uint64_t ecp_chance_below(struct ecp_chance *chance, uint64_t n)
{
    return (uint64_t)(((__uint128_t)next(chance) * n) >> 64);
}

double ecp_chance_uniform(struct ecp_chance *chance)
{
    return ((double)(next(chance) >> 11) + 0.5) * 0x1p-53;
}

/* Box and Muller's pair. */
double ecp_chance_normal(struct ecp_chance *chance)
{
    if (chance->has_spare) {
        chance->has_spare = 0;
        return chance->spare;
    }
    const double radius = sqrt(-2 * log(ecp_chance_uniform(chance)));
    const double angle = 6.283185307179586477 * ecp_chance_uniform(chance);
    chance->spare = radius * sin(angle);
    chance->has_spare = 1;
    return radius * cos(angle);
}

double ecp_chance_sign(struct ecp_chance *chance)
{
    return next(chance) >> 63 ? 1 : -1;
}

void ecp_chance_order(struct ecp_chance *chance, size_t n, size_t *order)
{
    for (size_t k = 0; k < n; k++) {
        const size_t at = ecp_chance_below(chance, k + 1);
        order[k] = order[at];
        order[at] = k;
    }
}

void ecp_chance_normals(struct ecp_chance *chance, size_t n, double *out)
{
    for (size_t k = 0; k < n; k++)
        out[k] = ecp_chance_normal(chance);
}

void ecp_chance_signs(struct ecp_chance *chance, size_t n, double *out)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < n; k++, bits >>= 1) {
        if (k % 64 == 0)
            bits = next(chance);
        out[k] = bits & 1 ? 1 : -1;
    }
}
