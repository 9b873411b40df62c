/* chance.h -- a sequence of random numbers for scenarios, memories and measures.
 *
 * Counter-based as all that is random here (rng.h): a sequence is named by a seed and
 * two numbers of its user, and does not depend on what else is drawn. */
#ifndef ECP_CHANCE_H
#define ECP_CHANCE_H

#include "engine/rng.h"

struct ecp_chance {
    struct ecp_stream stream;
    double spare; /* second of a pair of normal numbers */
    int has_spare;
};

/* `subject`: what it is for (up to 2^24); `number`: which of them. */
struct ecp_chance ecp_chance(uint64_t seed, uint32_t subject, uint32_t number);

uint64_t ecp_chance_below(struct ecp_chance *chance, uint64_t n); /* 0 .. n - 1 */
double ecp_chance_uniform(struct ecp_chance *chance);             /* (0, 1), 53 bits */
double ecp_chance_normal(struct ecp_chance *chance);              /* mean 0, sd 1 */
double ecp_chance_sign(struct ecp_chance *chance);                /* -1 or 1 */
/* A random order of 0 .. n - 1. */
void ecp_chance_order(struct ecp_chance *chance, size_t n, size_t *order);
/* n numbers of a kind at once. */
void ecp_chance_normals(struct ecp_chance *chance, size_t n, double *out);
void ecp_chance_signs(struct ecp_chance *chance, size_t n, double *out);

#endif
