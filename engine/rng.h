/* rng.h -- random numbers that depend on what they are for, not on who draws.
 *
 * Philox4x32-10 of Random123: a number is a function of (seed, purpose, object,
 * element, step). Any thread or rank can compute any of them. */
#ifndef ECP_RNG_H
#define ECP_RNG_H

#include "engine/kernel.h"
#include "engine/types.h"

/* Each use has a region of counters of its own. */
enum ecp_purpose {
    ECP_FOR_PARAMETER = 1, /* object: population; counter: element, field     */
    ECP_FOR_POSITION,      /* object: population                              */
    ECP_FOR_SYNAPSE,       /* object: projection; counter: synapse, element   */
    ECP_FOR_TOTAL,         /* object: projection; counter: node of the tree   */
    ECP_FOR_STIMULUS,      /* object: stimulus; counter: neuron, step         */
    ECP_FOR_UNIFORM,       /* object: population; counter: neuron, step       */
    ECP_FOR_NORMAL,        /* object: population; counter: neuron, step       */
    ECP_FOR_LEVEL,         /* object: stimulus; counter: neuron               */
    ECP_FOR_GAP,           /* object: gap list; counter: junction, element    */
    ECP_FOR_GAP_TOTAL,     /* object: gap list; counter: node of the tree     */
    ECP_FOR_PLASTICITY,    /* object: projection; counter: source, target, stamp */
    ECP_FOR_STRUCTURE,     /* object: projection; counter: number, element, update */
    ECP_FOR_THIRD,         /* object: tripartite element; counter: synapse, target */
    ECP_FOR_PRETENCE,      /* object: rank of a job whose others are imitated     */
    ECP_FOR_CHANCE         /* object: subject; counter: place, number (chance.h)  */
};

/* Bit 31 is left to kernels (a second stream of the same object); so objects
 * count to 2^24 and fields to 2^8. */
struct ecp_philox_key ecp_rng_key(uint64_t seed, enum ecp_purpose purpose, size_t object);

/* Four words at counter {a, b, c} of the key. */
void ecp_rng_words(struct ecp_philox_key key, uint32_t a, uint32_t b, uint32_t c, uint32_t word[4]);

/* A sequence of 64-bit numbers at {0.., b, c}, for drawing algorithms that
 * need an unknown count of them. */
struct ecp_stream {
    struct ecp_philox_key key;
    uint32_t next, b, c;
};

uint64_t ecp_stream_next(struct ecp_stream *stream);

/* Uniform in 0 .. n - 1, n >= 1. */
uint64_t ecp_stream_below(struct ecp_stream *stream, uint64_t n);

/* (word + 1/2) / 2^32. */
double ecp_rng_uniform(uint32_t word);

#endif
