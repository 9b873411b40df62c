/* scores.c -- what measures of data sets cost, beside what was aimed at.
 *
 *     scores [rdm conditions 10000] [rdm units 1000] [draws 1000] [rounds 3]
 *
 * Best of the rounds, on as many threads as OpenMP has (OMP_NUM_THREADS). The product of
 * matrices of an RDM's size is taken in turn with it. MB: peak of the process so far. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/rdm.h"
#include "analysis/regression.h"
#include "analysis/rsa_inference.h"
#include "analysis/trains.h"
#include "bench/bench.h"
#include "engine/chance.h"
#include "engine/matrix.h"

static double peak_mb(void)
{
    char line[256];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtod(line + 6, NULL);
    if (file)
        (void)fclose(file);
    return kb * 1024e-6;
}

static double *numbers(size_t n, uint32_t which)
{
    double *x = malloc((n + 1) * sizeof *x);
    struct ecp_chance chance = ecp_chance(1, 1, which);
    if (x)
        ecp_chance_normals(&chance, n, x);
    return x;
}

static void print(const char *what, double seconds, const char *unit, const char *aim)
{
    printf("%-44s  %10.4g %-9s  %-28s  %8.0f\n", what, seconds, unit, aim, peak_mb());
    (void)fflush(stdout);
}

static double least(double a, double b)
{
    return a > 0 && a < b ? a : b;
}

/* 8 models, 4 subjects, 92 conditions; three kinds of samples a draw. */
static int time_bootstrap(size_t draws, int rounds)
{
    enum { N = 92, MODELS = 8, SUBJECTS = 4, PAIRS = N * (N - 1) / 2 };
    static const char *const names[] = {"corr", "cosine"};
    static const enum ecp_rdm_measure of[] = {ECP_COMPARE_CORR, ECP_COMPARE_COSINE};
    double *rdm = numbers((MODELS + SUBJECTS) * PAIRS, 1);
    int failed = !rdm;
    for (size_t k = 0; rdm && k < (MODELS + SUBJECTS) * PAIRS; k++)
        rdm[k] = 1 + 0.1 * rdm[k] + 0.1 * rdm[k % PAIRS];
    for (size_t m = 0; !failed && m < sizeof of / sizeof of[0]; m++) {
        const struct ecp_rsa rsa = {of[m], N, MODELS, SUBJECTS, rdm, rdm + MODELS * PAIRS};
        const struct ecp_rsa_options how = {
            .generalise = ECP_RSA_BOTH, .n_draws = draws, .seed = 1};
        double best = 0;
        char what[64];
        for (int k = 0; k < rounds && !failed; k++) {
            struct ecp_rsa_result result = {0};
            const double begin = bench_seconds();
            failed = ecp_rsa_infer(&rsa, &how, &result) != ECP_OK;
            best = least(best, bench_seconds() - begin);
            ecp_rsa_result_clear(&result);
        }
        (void)snprintf(what, sizeof what, "%zu dual bootstraps, 8 x 4 x 92, %s", draws, names[m]);
        print(what, best, "s", "0.5 s on one thread");
    }
    free(rdm);
    return failed;
}

static int time_regression(int rounds)
{
    enum { N = 900, TESTED = 100, P = 5000, Q = 100 };
    static const struct {
        const char *what;
        struct ecp_regression how;
    } of[] = {{"PLS-25, 900 x 5,000 to 100 units", {.kind = ECP_REGRESSION_PLS, .components = 25}},
              {"ridge, the same", {.kind = ECP_REGRESSION_RIDGE, .alpha = 1}}};
    double *x = numbers((N + TESTED) * P, 2), *y = numbers((N + TESTED) * Q, 3);
    int failed = !x || !y;
    for (size_t c = 0; !failed && c < sizeof of / sizeof of[0]; c++) {
        double best = 0;
        for (int k = 0; k < rounds && !failed; k++) {
            const double begin = bench_seconds();
            failed = ecp_regress(&of[c].how, N, P, Q, x, y, TESTED, x + N * P, y + N * Q, NULL) !=
                     ECP_OK;
            best = least(best, bench_seconds() - begin);
        }
        print(of[c].what, best, "s", c == 0 ? "1 s" : "-");
    }
    free(x);
    free(y);
    return failed;
}

static int time_rdm(size_t n, size_t p, int rounds)
{
    static const struct {
        const char *what;
        enum ecp_rdm_kind kind;
    } of[] = {{"RDM, euclidean", ECP_RDM_EUCLIDEAN}, {"RDM, correlation", ECP_RDM_CORRELATION}};
    double *x = numbers(n * p, 4), *rdm = malloc((ecp_rdm_pairs(n) + 1) * sizeof *rdm);
    double best[3] = {0};
    int failed = !x || !rdm;
    char what[64];
    for (int k = 0; k < rounds && !failed; k++)
        for (size_t c = 0; c < 2 && !failed; c++) {
            const double begin = bench_seconds();
            failed = ecp_rdm_make(of[c].kind, n, p, x, NULL, rdm) != ECP_OK;
            best[c] = least(best[c], bench_seconds() - begin);
        }
    for (size_t c = 0; c < 2 && !failed; c++) {
        (void)snprintf(what, sizeof what, "%s, %zu x %zu", of[c].what, n, p);
        print(what, best[c], "s", "twice the product's");
    }
    free(rdm);
    double *square = malloc((n * n + 1) * sizeof *square);
    for (int k = 0; k < rounds && square && !failed; k++) {
        const double begin = bench_seconds();
        ecp_matrix_abt(n, n, p, x, x, square);
        best[2] = least(best[2], bench_seconds() - begin);
    }
    if (square && !failed) {
        const double work = 2.0 * (double)n * (double)n * (double)p * 1e-9;
        print("the whole product x x'", best[2], "s", "-");
        print("RDM, as share of the product's GFLOP/s", 100 * best[2] / best[0], "%", "50 %");
        print("the product", work / best[2], "GFLOP/s", "-");
    }
    free(square);
    free(x);
    return failed;
}

/* Two Poisson trains; a pair at a time. */
static int time_trains(int rounds)
{
    enum { SPIKES = 1000, KINDS = 6 };
    static const char *const names[KINDS] = {"Victor-Purpura", "van Rossum",
                                             "ISI-distance",   "SPIKE-distance",
                                             "STTC",           "SPIKE-synchronisation"};
    static double time[2][SPIKES];
    const struct ecp_spikes a = {time[0], SPIKES}, b = {time[1], SPIKES};
    const double stop = 1.2e5;
    for (uint32_t t = 0; t < 2; t++) {
        struct ecp_chance chance = ecp_chance(1, 5, t);
        double at = 0;
        for (size_t k = 0; k < SPIKES; k++)
            time[t][k] = at -= 100 * log(ecp_chance_uniform(&chance));
    }
    for (int kind = 0; kind < KINDS; kind++) {
        const int times = kind == 0 ? 20 : 2000;
        double best = 0, sum = 0, both;
        char what[64];
        for (int k = 0; k < rounds; k++) {
            const double begin = bench_seconds();
            for (int j = 0; j < times; j++) {
                double value = 0;
                if (kind == 5)
                    ecp_spike_coincidences(a, b, 0, stop, &value, &both);
                else
                    value = kind == 0   ? ecp_victor_purpura(a, b, 0.02)
                            : kind == 1 ? ecp_van_rossum(a, b, 20)
                            : kind == 2 ? ecp_isi_distance(a, b, 0, stop, 0)
                            : kind == 3 ? ecp_spike_distance(a, b, 0, stop, 0, 0)
                                        : ecp_train_tiling(a, b, 0, stop, 50, 0);
                sum += value;
            }
            best = least(best, (bench_seconds() - begin) / times);
        }
        (void)snprintf(what, sizeof what, "%s, 2 x %d spikes%s", names[kind], SPIKES,
                       isnan(sum) ? " (undefined)" : "");
        print(what, best * 1e6, "us a pair", "1/50 of the Python peers");
    }
    return 0;
}

int main(int argc, char **argv)
{
    const size_t n = (size_t)bench_argument(argc, argv, 1, 10000);
    const size_t p = (size_t)bench_argument(argc, argv, 2, 1000);
    const size_t draws = (size_t)bench_argument(argc, argv, 3, 1000);
    const int rounds = (int)bench_argument(argc, argv, 4, 3);
    printf("%-44s  %10s %-9s  %-28s  %8s\n", "what", "best", "unit", "aim", "MB");
    if (time_bootstrap(draws, rounds) || time_regression(rounds) || time_trains(rounds) ||
        time_rdm(n, p, rounds)) {
        (void)fprintf(stderr, "scores: %s\n", ecp_error_message());
        return 1;
    }
    return 0;
}
