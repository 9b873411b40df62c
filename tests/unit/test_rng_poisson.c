/* Poisson counts: the same numbers inverted here, the law, independence. */
#include <Random123/philox.h>
#include <gsl/gsl_randist.h>
#include <string.h>

#include "engine/draw.h"
#include "tests/support.h"
#include "tests/unit/statistics.h"

static const double means[] = {0.01, 0.8, 1.28, 2.32, 7.9, 15.9};
enum { MEANS = sizeof means / sizeof *means, HIGH = 80 };

static const struct ecp_philox_key key = {{0x12345, 0x6789}, (uint32_t)ECP_FOR_STIMULUS << 24 | 3};

static uint32_t word_at(uint32_t tag, uint32_t a, uint64_t bc, int w)
{
    const philox4x32_ctr_t counter = {{a, (uint32_t)bc, (uint32_t)(bc >> 32), tag}};
    const philox4x32_key_t seed = {{key.seed[0], key.seed[1]}};
    return philox4x32(counter, seed).v[w];
}

/* Counts of a group in plain rows: out[h * n + j]. */
static void counts_of(const struct ecp_kernels *kernels, uint32_t first, uint64_t group, size_t n,
                      const struct ecp_poisson_table *const table[ECP_POISSON_GROUP], uint8_t *out)
{
    const size_t stride = (n / ECP_POISSON_CHUNK + 2) * ECP_POISSON_CHUNK;
    uint16_t *count = calloc(stride * ECP_POISSON_GROUP / 2, sizeof *count);
    CU_ASSERT_PTR_NOT_NULL_FATAL(count);
    kernels->poisson_group(key, first, group, n, table, count, stride);
    for (size_t h = 0; h < ECP_POISSON_GROUP; h++)
        for (size_t j = 0; j < n; j++)
            out[h * n + j] = (uint8_t)(count[h / 2 * stride + j] >> 8 * (h % 2));
    free(count);
}

/* Inverse of the distribution function, summed in long double. *near: the
 * number lies on a step to within the 48 bits that tables keep. */
static int inverse(double mean, long double u, long double resolution, int *near)
{
    long double term = expl(-(long double)mean), cdf = term;
    int k = 0;
    *near = fabsl(u - cdf) < resolution;
    while (u >= cdf && k < HIGH) {
        term *= (long double)mean / ++k;
        cdf += term;
        *near |= fabsl(u - cdf) < resolution;
    }
    return k;
}

/* How many counts of steps of `group` are not what the same numbers give. */
static long wrong_counts(double mean, uint32_t first, uint64_t group, size_t n)
{
    struct ecp_poisson_table made;
    const struct ecp_poisson_table *table[ECP_POISSON_GROUP];
    uint8_t *count = malloc(n * ECP_POISSON_GROUP);
    long wrong = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(count);
    ecp_poisson_table_init(&made, mean);
    for (int h = 0; h < ECP_POISSON_GROUP; h++)
        table[h] = &made;
    counts_of(ecp_kernels_of(ecp_isa_best()), first, group, n, table, count);
    for (uint32_t h = 0; h < ECP_POISSON_GROUP; h++)
        for (size_t j = 0; j < n; j++) {
            const uint32_t neuron = first + (uint32_t)j,
                           word = word_at(key.tag, neuron, group, (int)h / 2);
            const uint64_t coarse = h % 2 ? word >> 16 : word & 0xffff;
            const uint64_t fine =
                word_at(key.tag ^ 0x80000000u, neuron, group * ECP_POISSON_GROUP + h, 0);
            int near;
            const int k =
                inverse(mean, (long double)(coarse << 32 | fine) * 0x1p-48L, 0x1p-46L, &near);
            wrong += k != count[h * n + j] && !near;
        }
    free(count);
    return wrong;
}

static void exact_inverse(void)
{
    for (int m = 0; m < MEANS; m++) {
        CU_ASSERT_EQUAL(wrong_counts(means[m], 5, 0, 10007), 0);
        CU_ASSERT_EQUAL(wrong_counts(means[m], 0xfffffff0, UINT64_C(0x123456789), 1), 0);
    }
    CU_ASSERT_EQUAL(wrong_counts(0, 0, 7, 1000), 0);
    CU_ASSERT_EQUAL(wrong_counts(1e-9, 0, 7, 100000), 0);
    CU_ASSERT_EQUAL(wrong_counts(ECP_POISSON_MEAN_MAX, 0, 7, 10000), 0);
}

/* Steps with different tables, or none, in one group; any length; each
 * instruction set. What stands in other steps must not matter. */
static void sets_agree(void)
{
    enum { N = 777 };
    struct ecp_poisson_table made[3];
    static uint8_t first[ECP_POISSON_GROUP * N], other[ECP_POISSON_GROUP * N],
        alone[ECP_POISSON_GROUP * N];
    ecp_poisson_table_init(&made[0], 0.3);
    ecp_poisson_table_init(&made[1], 15.9);
    ecp_poisson_table_init(&made[2], 3);
    const struct ecp_poisson_table *const mixed[ECP_POISSON_GROUP] = {
        &made[0], &made[0], NULL, &made[1], &made[1], NULL, &made[2], &made[1]};
    for (size_t n = 1; n <= N; n = n < 130 ? n + 43 : n + 647) {
        counts_of(ecp_kernels_of(ECP_ISA_BASELINE), 9, 3, n, mixed, first);
        for (int isa = 1; isa < ECP_ISA_COUNT; isa++) {
            if (!ecp_isa_available((enum ecp_isa)isa))
                continue;
            counts_of(ecp_kernels_of((enum ecp_isa)isa), 9, 3, n, mixed, other);
            CU_ASSERT_EQUAL(memcmp(first, other, ECP_POISSON_GROUP * n), 0);
        }
        for (size_t h = 0; h < ECP_POISSON_GROUP; h++) {
            const struct ecp_poisson_table *one[ECP_POISSON_GROUP] = {NULL};
            one[h] = mixed[h];
            counts_of(ecp_kernels_of(ecp_isa_best()), 9, 3, n, one, alone);
            CU_ASSERT_EQUAL(memcmp(first + h * n, alone + h * n, n), 0);
            for (size_t k = 0; k < ECP_POISSON_GROUP * n; k++)
                CU_ASSERT_FALSE(k / n != h && alone[k]);
        }
    }
}

static void law_of_groups(void)
{
    enum { N = 4000, GROUPS = 25 };
    static uint8_t count[ECP_POISSON_GROUP * N];
    for (int m = 0; m < MEANS; m++) {
        struct ecp_poisson_table made;
        const struct ecp_poisson_table *table[ECP_POISSON_GROUP];
        double seen[HIGH] = {0}, expected[HIGH];
        ecp_poisson_table_init(&made, means[m]);
        for (int h = 0; h < ECP_POISSON_GROUP; h++)
            table[h] = &made;
        for (uint64_t g = 0; g < GROUPS; g++) {
            counts_of(ecp_kernels_of(ecp_isa_best()), 0, g, N, table, count);
            for (size_t k = 0; k < ECP_POISSON_GROUP * N; k++)
                seen[count[k]]++;
        }
        for (unsigned k = 0; k < HIGH; k++)
            expected[k] = gsl_ran_poisson_pdf(k, means[m]) * GROUPS * ECP_POISSON_GROUP * N;
        CU_ASSERT(chi_square_p(seen, expected, HIGH, 0) > LEVEL);
    }
}

enum { CLASSES = 6 };

static size_t class_of(uint8_t count, double mean)
{
    const double z = (count - mean) / sqrt(mean) + CLASSES / 2.0;
    return z < 0 ? 0 : z >= CLASSES ? CLASSES - 1 : (size_t)z;
}

/* Rows and columns without a count carry no freedom: leave them out. */
static double independence_p(const double *table)
{
    double packed[CLASSES * CLASSES], row[CLASSES] = {0}, column[CLASSES] = {0};
    size_t rows = 0, columns = 0, n = 0;
    for (size_t k = 0; k < CLASSES * CLASSES; k++) {
        row[k / CLASSES] += table[k];
        column[k % CLASSES] += table[k];
    }
    for (size_t k = 0; k < CLASSES; k++) {
        rows += row[k] > 500;
        columns += column[k] > 500;
    }
    for (size_t k = 0; k < CLASSES * CLASSES; k++)
        if (row[k / CLASSES] > 500 && column[k % CLASSES] > 500)
            packed[n++] = table[k];
    return contingency_p(packed, rows, columns);
}

/* Neighbouring neurons in a step; a neuron in steps of one and of two groups. */
static void independence(void)
{
    enum { N = 20000, GROUPS = 6 };
    static uint8_t count[GROUPS][ECP_POISSON_GROUP * N];
    for (int m = 1; m < MEANS; m++) {
        struct ecp_poisson_table made;
        const struct ecp_poisson_table *table[ECP_POISSON_GROUP];
        double neurons[CLASSES * CLASSES] = {0}, steps[3][CLASSES * CLASSES] = {{0}};
        ecp_poisson_table_init(&made, means[m]);
        for (int h = 0; h < ECP_POISSON_GROUP; h++)
            table[h] = &made;
        for (uint64_t g = 0; g < GROUPS; g++)
            counts_of(ecp_kernels_of(ecp_isa_best()), 0, g, N, table, count[g]);
        for (size_t g = 0; g + 1 < GROUPS; g++)
            for (size_t j = 0; j + 1 < N; j++) {
                const uint8_t *at = count[g] + j;
                const size_t own = class_of(at[0], means[m]) * CLASSES;
                neurons[own + class_of(at[1], means[m])]++;
                steps[0][own + class_of(at[N], means[m])]++;     /* halves of a word */
                steps[1][own + class_of(at[2 * N], means[m])]++; /* words of a block */
                steps[2][own + class_of(count[g + 1][j], means[m])]++;
            }
        CU_ASSERT(independence_p(neurons) > LEVEL);
        for (int k = 0; k < 3; k++)
            CU_ASSERT(independence_p(steps[k]) > LEVEL);
    }
}

static void each_mean(void)
{
    enum { N = 20011 };
    static uint32_t words[4][N];
    static double mean[N], p0[N];
    static uint16_t count[N], other[N];
    uint32_t *const word[4] = {words[0], words[1], words[2], words[3]};
    const struct ecp_kernels *baseline = ecp_kernels_of(ECP_ISA_BASELINE);
    long wrong = 0;
    baseline->philox(key, 0, 0, 0, N, word);
    for (size_t j = 0; j < N; j++) {
        mean[j] = j % 10 == 9 ? 0 : j % 10 == 8 ? 16 : means[j % 10 % MEANS];
        p0[j] = exp(-mean[j]);
    }
    words[0][0] = words[0][9] = 0;
    words[0][1] = words[0][8] = words[0][19] = UINT32_MAX;
    baseline->poisson_each(words[0], mean, p0, ECP_POISSON_MAX, N, count);
    for (size_t j = 0; j < N; j++) {
        int near;
        const int k = inverse(mean[j], ((long double)words[0][j] + 0.5L) * 0x1p-32L, 1e-14L, &near);
        wrong += k != count[j] && !near;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    for (int isa = 1; isa < ECP_ISA_COUNT; isa++) {
        if (!ecp_isa_available((enum ecp_isa)isa))
            continue;
        ecp_kernels_of((enum ecp_isa)isa)
            ->poisson_each(words[0], mean, p0, ECP_POISSON_MAX, N, other);
        CU_ASSERT_EQUAL(memcmp(count, other, sizeof count), 0);
    }
}

ECP_TEST_MAIN("poisson counts", {"the inverse of the same numbers", exact_inverse},
              {"mixed steps, every instruction set", sets_agree}, {"law", law_of_groups},
              {"independence", independence}, {"a mean of each neuron", each_mean})
