/* Drift of generated sessions: a signal that turns by a known angle, and one that does not. */
#include <stdlib.h>

#include "engine/chance.h"
#include "tests/verify/scoring.h"

enum { SESSIONS = 5, CONDITIONS = 12, REPEATS = 20, UNITS = 80, TRIALS = 4800, LATENT = 4 };
static const double degree = 3.14159265358979324 / 180;

struct world {
    size_t sessions, repeats, n;
    double *response;
    size_t condition[TRIALS], session[TRIALS];
    struct ecp_dataset set;
};

/* 2 LATENT directions among units, orthonormal, each of mean 0 over units. */
static void directions(double *q)
{
    struct ecp_chance chance = ecp_chance(21, 1, 0);
    ecp_chance_normals(&chance, (size_t)2 * LATENT * UNITS, q);
    for (size_t a = 0; a < (size_t)2 * LATENT; a++) {
        for (int twice = 0; twice < 2; twice++) {
            double mean = 0, length = 0;
            for (size_t u = 0; u < UNITS; u++)
                mean += q[a * UNITS + u] / UNITS;
            for (size_t u = 0; u < UNITS; u++)
                q[a * UNITS + u] -= mean;
            for (size_t b = 0; b < a; b++) {
                double dot = 0;
                for (size_t u = 0; u < UNITS; u++)
                    dot += q[a * UNITS + u] * q[b * UNITS + u];
                for (size_t u = 0; u < UNITS; u++)
                    q[a * UNITS + u] -= dot * q[b * UNITS + u];
            }
            for (size_t u = 0; u < UNITS; u++)
                length += q[a * UNITS + u] * q[a * UNITS + u];
            for (size_t u = 0; u < UNITS; u++)
                q[a * UNITS + u] /= sqrt(length);
        }
    }
}

/* In session s the signal of latent number l lies along cos(s turn) q_l + sin(s turn) q_(l+4). */
static void fill(struct world *w, size_t sessions, size_t repeats, double turn, double noise)
{
    double *q = malloc((size_t)2 * LATENT * UNITS * sizeof *q), latent[CONDITIONS * LATENT];
    struct ecp_chance chance = ecp_chance(22, 1, 0);
    *w = (struct world){.sessions = sessions, .repeats = repeats};
    w->response = malloc(TRIALS * UNITS * sizeof *w->response);
    CU_ASSERT_FATAL(q != NULL && w->response != NULL);
    directions(q);
    ecp_chance_normals(&chance, (size_t)CONDITIONS * LATENT, latent);
    for (size_t s = 0; s < sessions; s++)
        for (size_t r = 0; r < repeats; r++)
            for (size_t c = 0; c < CONDITIONS; c++, w->n++) {
                double *row = w->response + w->n * UNITS;
                const double angle = (double)s * turn * degree;
                w->session[w->n] = s;
                w->condition[w->n] = c;
                for (size_t u = 0; u < UNITS; u++) {
                    row[u] = 5 + noise * ecp_chance_normal(&chance);
                    for (size_t l = 0; l < LATENT; l++)
                        row[u] +=
                            latent[c * LATENT + l] * (cos(angle) * q[l * UNITS + u] +
                                                      sin(angle) * q[(l + LATENT) * UNITS + u]);
                }
            }
    w->set = (struct ecp_dataset){.name = "sessions",
                                  .n_conditions = CONDITIONS,
                                  .n_units = UNITS,
                                  .n_trials = w->n,
                                  .trial_condition = w->condition,
                                  .trial_session = w->session,
                                  .response = w->response};
    free(q);
}

static struct ecp_sheet *score_world(const struct world *w, const struct score_setting *setting)
{
    struct ecp_sheet *sheet = NULL;
    ECP_ASSERT_OK(score_try("drift", setting, 0, NULL, &w->set, &sheet));
    return sheet;
}

/* Without noise every number is known. */
static void turns_are_found_exactly(void)
{
    static const struct score_setting quick[] = {{"splits", 2}, {"groups", 0}, {NULL, 0}};
    struct world w;
    size_t n;
    fill(&w, SESSIONS, 4, 15, 0);
    struct ecp_sheet *sheet = score_world(&w, quick);
    const double *vectors = table_column(sheet, "lags", "vectors_stability", &n);
    const double *angle = table_column(sheet, "lags", "angle", &n);
    const double *rdm = table_column(sheet, "lags", "rdm_stability", &n);
    CU_ASSERT_EQUAL_FATAL(n, SESSIONS);
    for (size_t lag = 0; lag < n; lag++) {
        CU_ASSERT_DOUBLE_EQUAL(vectors[lag], cos(15 * degree * (double)lag), 1e-10);
        CU_ASSERT_DOUBLE_EQUAL(rdm[lag], 1, 1e-10); /* turned, but the same geometry */
        CU_ASSERT(fabs(angle[lag] - 15 * (double)lag) < (lag > 0 ? 1e-6 : 1e-5));
    }
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "angle"), 15, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "angle_slope"), 15, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "vectors_within"), 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "decoder_within"), 1, 1e-12);
    ecp_sheet_destroy(sheet);
    free(w.response);
}

static void expect(const struct ecp_sheet *sheet, const char *field, double value, double allowed)
{
    const struct ecp_estimate e = estimate_of(sheet, field, NULL);
    if (!(fabs(e.value - value) < 4 * e.error + allowed))
        (void)printf("\n  %s is %.4f +- %.4f, not %.4f", field, e.value, e.error, value);
    CU_ASSERT(fabs(e.value - value) < 4 * e.error + allowed);
}

/* With noise: the same turns, though vectors of one session are far from alike. */
static void noise_is_corrected(void)
{
    static const struct score_setting some[] = {{"splits", 8}, {"groups", 5}, {NULL, 0}};
    static const double turns[] = {0, 12};
    for (size_t k = 0; k < 2; k++) {
        struct world w;
        fill(&w, SESSIONS, REPEATS, turns[k], 0.5);
        struct ecp_sheet *sheet = score_world(&w, some);
        CU_ASSERT(value_of(sheet, "vectors_within") < 0.95);
        expect(sheet, "angle_slope", turns[k], 0.5);
        expect(sheet, "rdm_stability", 1, 0.02);
        if (turns[k] > 0) {
            double mean = 0; /* over 4, 3, 2, 1 pairs of lags 1 to 4 */
            for (int lag = 1; lag < SESSIONS; lag++)
                mean += (SESSIONS - lag) * cos(turns[k] * lag * degree) / 10;
            expect(sheet, "angle", turns[k], 1.5);
            expect(sheet, "vectors_stability", mean, 0.01);
            CU_ASSERT(value_of(sheet, "vectors_slope") < -0.05);
            CU_ASSERT(value_of(sheet, "decoder_stability") < 0.98);
        } else {
            expect(sheet, "vectors_stability", 1, 0.01);
            expect(sheet, "decoder_stability", 1, 0.02);
            expect(sheet, "vectors_slope", 0, 0.003);
            CU_ASSERT(value_of(sheet, "angle") < 6);
        }
        ecp_sheet_destroy(sheet);
        free(w.response);
    }
}

static double correlation(const double *a, const double *b)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
    for (size_t u = 0; u < UNITS; u++) {
        ma += a[u] / UNITS;
        mb += b[u] / UNITS;
    }
    for (size_t u = 0; u < UNITS; u++) {
        ab += (a[u] - ma) * (b[u] - mb);
        aa += (a[u] - ma) * (a[u] - ma);
        bb += (b[u] - mb) * (b[u] - mb);
    }
    return ab / sqrt(aa * bb);
}

/* Two trials of each: however they are divided, within is the mean of their correlations. */
static void two_trials_by_hand(void)
{
    static const struct score_setting quick[] = {{"splits", 3}, {"groups", 0}, {NULL, 0}};
    struct world w;
    double mean = 0;
    fill(&w, 2, 2, 20, 0.5);
    for (size_t s = 0; s < 2; s++)
        for (size_t c = 0; c < CONDITIONS; c++)
            mean += correlation(w.response + (2 * s * CONDITIONS + c) * UNITS,
                                w.response + ((2 * s + 1) * CONDITIONS + c) * UNITS) /
                    (2 * CONDITIONS);
    struct ecp_sheet *sheet = score_world(&w, quick);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "vectors_within"), mean, 1e-12);
    CU_ASSERT(is_undefined(sheet, "vectors_slope"));
    ecp_sheet_destroy(sheet);
    free(w.response);
}

/* A unit that is missing somewhere, a condition that a session lacks: left out. */
static void what_is_missing_is_left_out(void)
{
    static const struct score_setting quick[] = {{"splits", 2}, {"groups", 0}, {NULL, 0}};
    struct world w;
    fill(&w, 3, 4, 0, 0);
    for (size_t t = 0; t < w.n; t++) {
        w.response[t * UNITS + 3] = t == 7 ? NAN : (double)t * 100; /* would spoil everything */
        if (w.session[t] == 1 && w.condition[t] == 5) {
            w.condition[t] = 4;
            for (size_t u = 0; u < UNITS; u++)
                w.response[t * UNITS + u] = w.response[4 * UNITS + u];
        }
    }
    struct ecp_sheet *sheet = score_world(&w, quick);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "vectors_stability"), 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(value_of(sheet, "decoder_between"), 1, 1e-9);
    ecp_sheet_destroy(sheet);
    free(w.response);
}

static void undefined_has_a_reason(void)
{
    struct world w;
    struct ecp_sheet *sheet;
    fill(&w, 1, 4, 0, 0.1);
    sheet = score_world(&w, NULL);
    CU_ASSERT(is_undefined(sheet, "vectors_within") && is_undefined(sheet, "angle"));
    ecp_sheet_destroy(sheet);
    w.set.trial_session = NULL;
    sheet = score_world(&w, NULL);
    CU_ASSERT(is_undefined(sheet, "vectors_between"));
    ecp_sheet_destroy(sheet);
    free(w.response);
    fill(&w, 2, 1, 0, 0.1); /* one trial of each */
    sheet = score_world(&w, NULL);
    CU_ASSERT(is_undefined(sheet, "decoder_within"));
    ecp_sheet_destroy(sheet);
    free(w.response);
    fill(&w, 2, 4, 0, 0.1);
    memset(w.response, 0, w.n * UNITS * sizeof *w.response);
    sheet = score_world(&w, NULL);
    CU_ASSERT(is_undefined(sheet, "vectors_stability") && is_undefined(sheet, "angle"));
    ecp_sheet_destroy(sheet);
    w.set.n_trials = 0;
    CU_ASSERT_EQUAL(score_try("drift", NULL, 0, NULL, &w.set, &sheet), ECP_ECONFIG);
    ecp_sheet_destroy(sheet);
    free(w.response);
}

ECP_TEST_MAIN("drift", {"turns are found exactly", turns_are_found_exactly},
              {"noise is corrected", noise_is_corrected},
              {"two trials by hand", two_trials_by_hand},
              {"what is missing is left out", what_is_missing_is_left_out},
              {"undefined has a reason", undefined_has_a_reason})
