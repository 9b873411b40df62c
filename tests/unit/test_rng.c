/* Philox on every instruction set against Random123's own; words, streams. */
#include <Random123/philox.h>
#include <string.h>

#include "engine/draw.h"
#include "tests/support.h"
#include "tests/unit/statistics.h"

static void reference(struct ecp_philox_key key, uint32_t a, uint32_t b, uint32_t c,
                      uint32_t out[4])
{
    const philox4x32_ctr_t counter = {{a, b, c, key.tag}};
    const philox4x32_key_t seed = {{key.seed[0], key.seed[1]}};
    const philox4x32_ctr_t made = philox4x32_R(10, counter, seed);
    memcpy(out, made.v, sizeof made.v);
}

/* The published vectors of philox4x32-10. */
static void known_answers(void)
{
    static const struct {
        struct ecp_philox_key key;
        uint32_t counter[3], out[4];
    } known[] = {
        {{{0, 0}, 0}, {0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{{0xffffffff, 0xffffffff}, 0xffffffff},
         {0xffffffff, 0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{{0xa4093822, 0x299f31d0}, 0x03707344},
         {0x243f6a88, 0x85a308d3, 0x13198a2e},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        uint32_t word[4];
        const uint32_t *c = known[k].counter;
        ecp_rng_words(known[k].key, c[0], c[1], c[2], word);
        CU_ASSERT_EQUAL(memcmp(word, known[k].out, sizeof word), 0);
    }
}

/* 0: every word equal to Random123's, and nothing written behind the last. */
static int kernel_differs(const struct ecp_kernels *kernels, uint32_t first, size_t n)
{
    enum { ROOM = 1100, MARK = 0x5a5a5a5a };
    static uint32_t words[4][ROOM];
    const struct ecp_philox_key key = ecp_rng_key(0x0123456789abcdef, ECP_FOR_STIMULUS, 77);
    /* A place off the alignment: callers hand in any. */
    uint32_t *const word[4] = {words[0] + 1, words[1] + 3, words[2], words[3] + 2};
    for (int w = 0; w < 4; w++)
        for (int k = 0; k < ROOM; k++)
            words[w][k] = MARK;
    kernels->philox(key, first, 123456789, 0xfedcba98, n, word);
    for (size_t k = 0; k < n; k++) {
        uint32_t out[4];
        reference(key, first + (uint32_t)k, 123456789, 0xfedcba98, out);
        for (int w = 0; w < 4; w++)
            if (word[w][k] != out[w])
                return 1;
    }
    for (int w = 0; w < 4; w++)
        if (word[w][n] != MARK || word[w][n + 40] != MARK)
            return 1;
    return 0;
}

static void kernels_agree(void)
{
    static const size_t lengths[] = {0,  1,  2,  3,  4,  5,  7,  8,  9,
                                     15, 16, 17, 31, 33, 63, 64, 65, 1000};
    static const uint32_t firsts[] = {0, 1, 5, 1u << 31, 0xfffffff5};
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++)
            for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++)
                CU_ASSERT_EQUAL(
                    kernel_differs(ecp_kernels_of((enum ecp_isa)isa), firsts[f], lengths[l]), 0);
    }
}

static void uniform_kernel(void)
{
    enum { N = 1003 };
    static uint32_t words[4][N];
    static ecp_real first[N], other[N];
    uint32_t *const word[4] = {words[0], words[1], words[2], words[3]};
    ecp_kernels_of(ECP_ISA_BASELINE)->philox(ecp_rng_key(3, ECP_FOR_UNIFORM, 0), 0, 0, 0, N, word);
    words[0][0] = 0;
    words[0][1] = UINT32_MAX;
    ecp_kernels_of(ECP_ISA_BASELINE)->uniform(words[0], N, first);
    for (size_t k = 0; k < N; k++) {
        CU_ASSERT(first[k] > 0 && first[k] < 1);
        CU_ASSERT_DOUBLE_EQUAL((double)first[k], ecp_rng_uniform(words[0][k]), 0x1p-23);
    }
    for (int isa = 1; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        ecp_kernels_of((enum ecp_isa)isa)->uniform(words[0], N, other);
        CU_ASSERT_EQUAL(memcmp(first, other, sizeof first), 0);
    }
}

static void keys_are_apart(void)
{
    const struct ecp_philox_key a = ecp_rng_key(1, ECP_FOR_SYNAPSE, 0);
    const struct ecp_philox_key others[] = {
        ecp_rng_key(2, ECP_FOR_SYNAPSE, 0), ecp_rng_key(UINT64_C(1) << 32 | 1, ECP_FOR_SYNAPSE, 0),
        ecp_rng_key(1, ECP_FOR_TOTAL, 0), ecp_rng_key(1, ECP_FOR_SYNAPSE, 1),
        ecp_rng_key(1, ECP_FOR_SYNAPSE, (1 << 24) - 1)};
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        CU_ASSERT_NOT_EQUAL(memcmp(&a, &others[k], sizeof a), 0);
        CU_ASSERT_EQUAL(others[k].tag >> 31, 0); /* the kernels' own bit */
    }
}

static void streams(void)
{
    enum { N = 70000, BELOW = 7 };
    struct ecp_stream stream = {ecp_rng_key(9, ECP_FOR_TOTAL, 4), 0, 1, 2}, again = stream;
    double seen[BELOW] = {0}, expected[BELOW];
    for (int k = 0; k < 100; k++)
        CU_ASSERT_EQUAL(ecp_stream_below(&stream, 1), 0);
    for (int k = 0; k < N; k++) {
        const uint64_t value = ecp_stream_below(&stream, BELOW);
        CU_ASSERT_FATAL(value < BELOW);
        seen[value]++;
    }
    for (int k = 0; k < BELOW; k++)
        expected[k] = (double)N / BELOW;
    CU_ASSERT(chi_square_p(seen, expected, BELOW, 0) > LEVEL);
    /* A stream is a function of its place. */
    struct ecp_stream late = again;
    late.next = 1;
    (void)ecp_stream_next(&again);
    CU_ASSERT_EQUAL(ecp_stream_next(&again), ecp_stream_next(&late));
}

ECP_TEST_MAIN("random numbers", {"philox, known answers", known_answers},
              {"philox on every instruction set", kernels_agree},
              {"uniform numbers", uniform_kernel}, {"keys", keys_are_apart}, {"streams", streams})
