/* verify_willshaw.c -- binary synapses against naive loops and the statistics of random
 * pairs; sparse rows: exact probabilities of false matches against a published table and
 * against counting, and the union of rows. */
#include <omp.h>
#include <stdio.h>

#include "engine/sdr.h"
#include "tests/verify/recall_case.h"

/* n numbers 0 or 1, a of them 1, `rows` times. */
static double *sparse(size_t rows, size_t n, size_t a, uint32_t number)
{
    struct ecp_chance chance = ecp_chance(13, 4, number);
    double *x = numbers(rows * n);
    for (size_t r = 0; r < rows; r++)
        for (size_t k = 0, left = a; k < n; k++)
            if (ecp_chance_below(&chance, n - k) < left) {
                x[r * n + k] = 1;
                left--;
            }
    return x;
}

/* ---- willshaw ------------------------------------------------------------------------ */

static void naive_willshaw(const double *w, size_t n, size_t m, const double *cue, int rule,
                           size_t theta, double *out)
{
    double *h = numbers(m), bits = 0;
    for (size_t k = 0; k < n; k++)
        bits += cue[k];
    for (size_t i = 0; i < m; i++)
        h[i] = scalar(w + i * n, cue, n);
    for (size_t i = 0; i < m; i++) {
        size_t larger = 0;
        for (size_t j = 0; j < m; j++)
            larger += h[j] > h[i];
        out[i] = rule == 0   ? bits > 0 && h[i] == bits
                 : rule == 1 ? h[i] >= (double)theta
                             : h[i] > 0 && larger < theta;
    }
    free(h);
}

static void willshaw(void)
{
    enum { N = 130, M = 70, P = 40, CUES = 60 };
    static const char *const rule[] = {"active", "fixed", "best"};
    double *x = sparse(P, N, 9, 1), *y = sparse(P, M, 5, 2), *cue = sparse(CUES, N, 8, 3);
    double *w = numbers(M * N), *out = numbers(CUES * M), want[M], score[CUES];
    memcpy(cue, x, P / 2 * N * sizeof *cue); /* stored ones, and one without bits */
    for (size_t k = 0; k < N; k++)
        cue[3 * N + k] = 0;
    for (size_t p = 0; p < P; p++)
        for (size_t i = 0; i < M; i++)
            for (size_t k = 0; k < N; k++)
                w[i * N + k] = fmax(w[i * N + k], y[p * M + i] * x[p * N + k]);
    for (int r = 0; r < 3; r++) {
        struct ecp_memory_part part;
        const struct ecp_memory_setting set[] = {
            {"rule", 0, rule[r]}, {"theta", 6, NULL}, {"k", 6, NULL}};
        struct ecp_memory *m = memory_of("willshaw", N, M, set, 3);
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, x, y, P / 4));
        ECP_ASSERT_OK(ecp_memory_store_pairs(m, x + P / 4 * N, y + P / 4 * M, P - P / 4));
        CU_ASSERT_FATAL(ecp_memory_part_named(m, "weights", &part));
        CU_ASSERT_EQUAL(memcmp(part.data, w, N * M * sizeof *w), 0);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, CUES, out, score));
        for (size_t c = 0; c < CUES; c++) {
            naive_willshaw(w, N, M, cue + c * N, r, 6, want);
            CU_ASSERT_EQUAL(memcmp(want, out + c * M, sizeof want), 0);
        }
        if (r == 0)
            for (size_t c = 0; c < 3; c++) {
                CU_ASSERT(scalar(out + c * M, y + c * M, M) == 5); /* what was stored, at least */
                CU_ASSERT_EQUAL(score[c], 1);
            }
        CU_ASSERT_EQUAL(score[3], 0);
        restores("willshaw", m, cue, CUES);
        ecp_memory_destroy(m);
    }
    free(x);
    free(y);
    free(cue);
    free(w);
    free(out);
}

/* Random pairs: the share of synapses that are on, and of outputs that are by error. */
static void load(void)
{
    enum { N = 500, M = 500, A = 10, B = 10, P = 1500 };
    double *x = sparse(P, N, A, 5), *y = sparse(P, M, B, 6), *out = numbers(P * M), on = 0;
    struct ecp_memory_part part;
    struct ecp_memory *m = memory_of("willshaw", N, M, NULL, 0);
    ECP_ASSERT_OK(ecp_memory_store_pairs(m, x, y, P));
    CU_ASSERT_FATAL(ecp_memory_part_named(m, "weights", &part));
    for (size_t k = 0; k < N * M; k++)
        on += part.data[k] / (N * M);
    const double p = 1 - pow(1 - (double)A * B / ((double)N * M), P);
    ECP_ASSERT_OK(ecp_memory_recall(m, x, P, out, NULL));
    double wrong = 0;
    for (size_t k = 0; k < P * M; k++) {
        CU_ASSERT(out[k] >= y[k]);
        wrong += (out[k] - y[k]) / ((double)P * (M - B));
    }
    /* An output has learned R of the other rows; the cue lies in the union of those. */
    double error = 0;
    for (size_t R = 0; R < 100; R++)
        error += exp(ecp_sdr_log_choose(P - 1, (double)R) + (double)R * log((double)B / M) +
                     (double)(P - 1 - R) * log1p(-(double)B / M)) *
                 ecp_sdr_union_match(N, A, R, A, A);
    (void)printf(" %.4f (%.4f), %.2e (%.2e; p^a = %.2e)", on, p, wrong, error, pow(p, A));
    CU_ASSERT_DOUBLE_EQUAL(on, p, 4 * sqrt(p * (1 - p) / ((double)N * M)));
    CU_ASSERT_DOUBLE_EQUAL(wrong / error, 1, 0.1);
    ecp_memory_destroy(m);
    free(x);
    free(y);
    free(out);
}

/* ---- false matches ---------------------------------------------------------------------- */

/* Numbers of the page, n = 1e5, a = 2000. */
static void table(void)
{
    static const struct {
        double s, theta, p;
    } row[] = {{6, 6, 6.3531e-11},   {8, 8, 2.5251e-14},  {10, 10, 1.0016e-17},
               {12, 6, 5.2939e-8},   {16, 8, 2.8172e-10}, {20, 10, 1.5419e-12},
               {24, 12, 8.5869e-15}, {40, 10, 4.9154e-9}, {80, 10, 4.6257e-6}};
    for (size_t k = 0; k < COUNT_OF(row); k++)
        CU_ASSERT_DOUBLE_EQUAL(ecp_sdr_match(1e5, 2000, row[k].s, row[k].theta) / row[k].p, 1,
                               5e-5); /* five digits */
    CU_ASSERT_DOUBLE_EQUAL(ecp_sdr_match(500, 10, 10, 5) / 2.3847e-7, 1, 3e-5);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sdr_match(60, 12, 12, 0), 1, 1e-13);
    CU_ASSERT_EQUAL(ecp_sdr_match(60, 12, 12, 13), 0);
    CU_ASSERT_EQUAL(ecp_sdr_match(10, 8, 8, 6), 1); /* they cannot share less */
    /* 30 over 10, 10 of them: whole numbers by Pascal's triangle. */
    double c[31][31] = {{0}}, sum = 0;
    for (int n = 0; n <= 30; n++)
        for (int k = 0; k <= n; k++)
            c[n][k] = k == 0 || k == n ? 1 : c[n - 1][k - 1] + c[n - 1][k];
    for (int b = 4; b <= 9; b++)
        sum += c[9][b] * c[21][12 - b] / c[30][12];
    CU_ASSERT_DOUBLE_EQUAL(ecp_sdr_match(30, 12, 9, 4) / sum, 1, 1e-13);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sdr_log_choose(1e6, 4e5) / 673008.0, 1, 1e-4);
}

/* Random cues against one row of n = 60 with 12 bits, theta = 5; synapses on 8 of them. */
static void counted(void)
{
    enum { N = 60, A = 12, CUES = 200000 };
    for (int some = 0; some < 2; some++) {
        const double s = some ? 8 : A;
        double *x = sparse(1, N, A, 7), *cue = sparse(CUES, N, A, 8), *out = numbers(CUES * N);
        double hits = 0;
        struct ecp_memory *m =
            MEMORY("sdr", N, {"threshold", 5, NULL}, {"synapses", some ? 8 : 0, NULL});
        keep(m, x, 1);
        ECP_ASSERT_OK(ecp_memory_recall(m, cue, CUES, out, NULL));
        for (size_t c = 0; c < CUES; c++)
            hits += scalar(out + c * N, x, N) == A;
        const double p = ecp_sdr_match(N, A, s, 5);
        (void)printf(" %.5f (%.5f)", hits / CUES, p);
        CU_ASSERT_DOUBLE_EQUAL(hits / CUES, p, 3 * sqrt(p * (1 - p) / CUES));
        ecp_memory_destroy(m);
        free(x);
        free(cue);
        free(out);
    }
}

/* The union of M rows: its density, and how often a random cue lies in it by at least theta;
 * everything stored matches. */
static void unions(void)
{
    enum { N = 200, A = 8, M = 20, NETS = 400, CUES = 200 };
    static const size_t theta[] = {3, 5, 8};
    double density = 0, hits[3] = {0}, square = 0;
    double *cue = sparse(CUES, N, A, 10), *out = numbers(CUES * N);
    for (uint32_t net = 0; net < NETS; net++) {
        double *x = sparse(M, N, A, 100 + net), on = 0;
        for (size_t t = 0; t < 3; t++) {
            struct ecp_memory *m =
                MEMORY("sdr", N, {"kind", 0, "union"}, {"threshold", (double)theta[t], NULL});
            struct ecp_memory_part part;
            keep(m, x, M);
            ECP_ASSERT_OK(ecp_memory_recall(m, cue, CUES, out, NULL));
            for (size_t c = 0; c < CUES; c++) {
                double own = 0;
                for (size_t k = 0; k < N; k++)
                    own += out[c * N + k];
                CU_ASSERT(own == 0 || own >= (double)theta[t]);
                hits[t] += (own > 0) / ((double)NETS * CUES);
            }
            ECP_ASSERT_OK(ecp_memory_recall(m, x, M, out, NULL));
            CU_ASSERT_EQUAL(memcmp(out, x, M * N * sizeof *x), 0);
            CU_ASSERT_FATAL(ecp_memory_part_named(m, "union", &part));
            for (size_t k = 0; k < N && t == 0; k++)
                on += part.data[k] / N;
            if (net == 0)
                restores("sdr", m, cue, CUES);
            ecp_memory_destroy(m);
        }
        density += on / NETS;
        square += on * on / NETS;
        free(x);
    }
    const double p = ecp_sdr_union_density(N, A, M);
    (void)printf(" density %.4f (%.4f);", density, p);
    CU_ASSERT_DOUBLE_EQUAL(density, p, 3 * sqrt((square - density * density) / NETS));
    for (size_t t = 0; t < 3; t++) {
        const double q = ecp_sdr_union_match(N, A, M, A, theta[t]);
        (void)printf(" %.4f (%.4f)", hits[t], q);
        /* Cues share unions, unions share cues: 3 sigma of NETS unions. */
        CU_ASSERT_DOUBLE_EQUAL(hits[t], q, 3 * sqrt(q * (1 - q) / NETS));
    }
    /* One row: the hypergeometric sum; all bits: about p^w. */
    CU_ASSERT_DOUBLE_EQUAL(ecp_sdr_union_match(60, 12, 1, 12, 5) / ecp_sdr_match(60, 12, 12, 5), 1,
                           1e-12);
    CU_ASSERT_DOUBLE_EQUAL(ecp_sdr_union_match(2000, 40, 30, 10, 10) /
                               pow(ecp_sdr_union_density(2000, 40, 30), 10),
                           1, 0.05);
    free(cue);
    free(out);
}

/* Of equal overlaps the first; synapses are bits of their pattern, each as likely; noise up to
 * half of the bits; nothing where nothing is common. */
static void segments(void)
{
    enum { N = 400, A = 40, P = 50 };
    double *x = sparse(P, N, A, 11), *cue = numbers(P * N), *out = numbers(P * N), score[P];
    struct ecp_memory_part part;
    struct ecp_memory *m = MEMORY("sdr", N, {"threshold", 10, NULL}, {"synapses", 20, NULL});
    keep(m, x, P);
    CU_ASSERT_FATAL(ecp_memory_part_named(m, "synapses", &part));
    for (size_t p = 0; p < P; p++) {
        CU_ASSERT_EQUAL(scalar(part.data + p * N, part.data + p * N, N), 20);
        CU_ASSERT_EQUAL(scalar(part.data + p * N, x + p * N, N), 20);
        for (size_t k = 0, lost = 0; k < N; k++) /* half of the synapses lose their input */
            cue[p * N + k] = part.data[p * N + k] > 0 && lost++ < 10 ? 0 : x[p * N + k];
    }
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, P, out, score));
    CU_ASSERT_EQUAL(memcmp(out, x, P * N * sizeof *x), 0);
    CU_ASSERT_EQUAL(score[7], 0.5);
    memset(cue, 0, N * sizeof *cue);
    ECP_ASSERT_OK(ecp_memory_recall(m, cue, 1, out, score));
    CU_ASSERT(scalar(out, out, N) == 0 && score[0] == 0);
    restores("sdr", m, x, P);
    ecp_memory_destroy(m);

    const double pair[] = {1, 1, 0, 1, 0, 1}, half[] = {1, 0, 0};
    m = MEMORY("sdr", 3, {"threshold", 1, NULL});
    keep(m, pair, 2);
    ECP_ASSERT_OK(ecp_memory_recall(m, half, 1, out, NULL));
    CU_ASSERT_EQUAL(memcmp(out, pair, 3 * sizeof *pair), 0);
    CU_ASSERT_EQUAL(ecp_memory_store_pairs(m, (const double[]){0.5, 0, 1}, NULL, 1), ECP_EARG);
    ecp_error_clear();
    ecp_memory_destroy(m);
    CU_ASSERT(REFUSED("sdr", 9, {"synapses", 5, NULL}, {"threshold", 6, NULL}));
    CU_ASSERT(REFUSED("sdr", 9, {"kind", 0, "union"}, {"synapses", 20, NULL}));
    free(x);
    free(cue);
    free(out);
}

ECP_TEST_MAIN("willshaw", {"binary synapses", willshaw}, {"load", load}, {"false matches", table},
              {"counted", counted}, {"unions", unions}, {"segments", segments})
