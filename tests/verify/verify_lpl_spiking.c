/* verify_lpl_spiking.c -- scenario lpl_spiking: its reader against the conditions of a minimum
 * and a closed form, its order in a short run, and that each cause, taken away, fails. */
#include <stdio.h>
#include <string.h>

#include "engine/chance.h"
#include "scenarios/lpl_reading.h"
#include "tests/experiment_case.h"

/* ---- the lasso --------------------------------------------------------------------- */

enum { SAMPLES = 300, SIZE = 7, SIGNALS = 2 };

static double x[SAMPLES * SIZE], y[SAMPLES * SIGNALS], fit[SIGNALS * (SIZE + 1)];

/* Correlated columns, one that never changes, and signals of some of them. */
static void make_samples(void)
{
    struct ecp_chance chance = ecp_chance(3, 1, 0);
    for (size_t t = 0; t < SAMPLES; t++) {
        double *row = x + t * SIZE, shared = ecp_chance_normal(&chance);
        for (size_t j = 0; j < SIZE; j++)
            row[j] = 2 + shared + ecp_chance_normal(&chance);
        row[SIZE - 1] = 4;
        y[t * SIGNALS] = 3 * row[0] - row[2] + ecp_chance_normal(&chance);
        y[t * SIGNALS + 1] = ecp_chance_normal(&chance);
    }
}

/* Minimum: the covariance of x_j with what is left is alpha where w_j > 0, -alpha where it is
 * < 0, and not larger where it is 0; what is left has mean 0. */
static void lasso(void)
{
    const double alpha[] = {0, 0.1, 0.5, 1e3};
    make_samples();
    for (size_t a = 0; a < 4; a++) {
        const struct ecp_lasso problem = {SAMPLES, SIZE, SIGNALS, x, y, alpha[a]};
        size_t zeros = 0;
        ECP_ASSERT_OK(ecp_lasso_fit(&problem, fit));
        for (size_t k = 0; k < SIGNALS; k++) {
            const double *w = fit + k * (SIZE + 1);
            double mean = 0, slope[SIZE] = {0};
            for (size_t t = 0; t < SAMPLES; t++) {
                double left = y[t * SIGNALS + k] - w[SIZE];
                for (size_t j = 0; j < SIZE; j++)
                    left -= w[j] * x[t * SIZE + j];
                mean += left / SAMPLES;
                for (size_t j = 0; j < SIZE; j++)
                    slope[j] += left * x[t * SIZE + j] / SAMPLES;
            }
            CU_ASSERT_DOUBLE_EQUAL(mean, 0, 1e-9);
            for (size_t j = 0; j < SIZE; j++) {
                zeros += w[j] == 0;
                const double sign = w[j] > 0 ? 1 : -1;
                if (w[j] == 0) {
                    CU_ASSERT(fabs(slope[j]) <= alpha[a] + 1e-6);
                } else {
                    CU_ASSERT_DOUBLE_EQUAL(slope[j], sign * alpha[a], 1e-6);
                }
            }
        }
        CU_ASSERT_EQUAL(a == 3, zeros == SIZE * SIGNALS);
        CU_ASSERT(zeros >= SIGNALS); /* the column that never changes */
    }
}

/* ---- reading a recording that is made by hand ------------------------------------------ */

enum { BINS = 100, LEARNED = 80, MOST = BINS * 8 };

static struct ecp_spike event[1 + ECP_LPL_INPUTS][MOST];

static size_t count_at(size_t bin)
{
    return (bin * 7 + bin / 3) % 5;
}

/* Neuron 4 fires as often as group P1, all else is silent: the lasso has one weight,
 * 1 - alpha/variance. Spikes before the test are there to be left out. */
static void reading(void)
{
    const double dt = 0.5, bin = 25, start = 1000, alpha = 0.3;
    struct ecp_recorded_population population[1 + ECP_LPL_INPUTS] = {
        {.name = "E", .size = ECP_LPL_E, .event = event[0]}};
    for (size_t g = 0; g < ECP_LPL_INPUTS; g++)
        population[1 + g] = (struct ecp_recorded_population){
            .name = ecp_lpl_inputs[g].name, .size = ECP_LPL_INPUT_SIZE, .event = event[1 + g]};
    for (size_t b = 0; b < BINS + 10; b++)
        for (size_t k = 0; k < (b < 10 ? 3 : count_at(b - 10)); k++) {
            const ecp_step step =
                (ecp_step)((start + ((double)b - 10) * bin) / dt) + (ecp_step)k + 1;
            event[0][population[0].n_events++] = (struct ecp_spike){step, 4};
            event[2][population[2].n_events++] = (struct ecp_spike){step, (ecp_lid)k};
        }
    const struct ecp_recording r = {
        .dt = dt, .n_populations = 1 + ECP_LPL_INPUTS, .population = population};
    const struct ecp_lpl_reader reader = {start, start + BINS * bin, bin, 0.2, alpha};
    struct ecp_lpl_reading got;
    ECP_ASSERT_OK(ecp_lpl_read(&r, &reader, &got));
    double mean = 0, variance = 0, held = 0, error = 0, spread = 0, all = 0;
    for (size_t b = 0; b < BINS; b++) {
        all += (double)count_at(b);
        mean += b < LEARNED ? (double)count_at(b) / LEARNED : 0;
        held += b < LEARNED ? 0 : (double)count_at(b) / (BINS - LEARNED);
    }
    for (size_t b = 0; b < LEARNED; b++)
        variance += pow((double)count_at(b) - mean, 2) / LEARNED;
    for (size_t b = LEARNED; b < BINS; b++) {
        const double guess = mean + (1 - alpha / variance) * ((double)count_at(b) - mean);
        error += pow((double)count_at(b) - guess, 2);
        spread += pow((double)count_at(b) - held, 2);
    }
    CU_ASSERT_DOUBLE_EQUAL(got.r2[1], 1 - error / spread, 1e-9);
    CU_ASSERT(isnan(got.r2[0]) && isnan(got.r2[2]) && isnan(got.r2[4]));
    CU_ASSERT(got.correlation > 0.9 && got.correlation < 1);
    CU_ASSERT_DOUBLE_EQUAL(got.rate, all / ECP_LPL_E / (BINS * bin / 1000), 1e-9);
    const struct ecp_lpl_reader few = {start, start + 15 * bin, bin, 0.2, alpha};
    CU_ASSERT_EQUAL(ecp_lpl_read(&r, &few, &got), ECP_EARG);
    ecp_error_clear();
}

/* ---- the scenario ------------------------------------------------------------------------ */

#define CONFIG(more) "scenario = \"lpl_spiking\"; seed = 1;\nnetwork = { " more " };"
#define BRIEF        "prime = \"2 s\"; learn = \"4 s\"; test = \"2 s\"; tau_mean = \"2 s\"; seeds = 1; "

static int holds(const struct computed *c, const char *claim)
{
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, claim) == 0)
            return c->scores.verdict[k].pass;
    CU_FAIL("no such claim");
    return -1;
}

/* A minute of learning, with and without prediction: the order. */
static void order(void)
{
    struct computed c;
    compute(CONFIG("conditions = \"prediction\"; seeds = 1; prime = \"15 s\"; learn = \"60 s\"; "
                   "test = \"5 s\"; tau_mean = \"5 s\";"),
            2, &c);
    claims_of(&c, 1);
    CU_ASSERT(computed_value(&c, "lpl_spiking.pred_off_rate_hz") >
              computed_value(&c, "lpl_spiking.lpl_rate_hz"));
    CU_ASSERT(isnan(computed_value(&c, "lpl_spiking.hebb_off_rate_hz")));
    computed_clear(&c);
}

/* Each part of the rule turned off is the condition that goes by its name, spike by spike. */
static void without_prediction(void)
{
    struct computed c;
    compute(CONFIG(BRIEF "conditions = \"prediction\"; phi = 0;"), 2, &c);
    CU_ASSERT_EQUAL(computed_value(&c, "lpl_spiking.prefers"), 0);
    CU_ASSERT(!holds(&c, "lpl_spiking.prefers"));
    computed_clear(&c);
}

static void without_hebb(void)
{
    struct computed c;
    compute(CONFIG(BRIEF "lambda = 0;"), 2, &c);
    CU_ASSERT_EQUAL(computed_value(&c, "lpl_spiking.lpl_weight"),
                    computed_value(&c, "lpl_spiking.hebb_off_weight"));
    CU_ASSERT(!holds(&c, "lpl_spiking.collapse_rate"));
    computed_clear(&c);
}

static void without_plastic_inhibition(void)
{
    static const char *const measure[] = {"r2_slow", "weight", "preference", "spread", "rate_hz"};
    struct computed c;
    char one[80], other[80];
    compute(CONFIG(BRIEF "zeta = 0;"), 2, &c);
    for (size_t k = 0; k < sizeof measure / sizeof *measure; k++) {
        (void)snprintf(one, sizeof one, "lpl_spiking.lpl_%s", measure[k]);
        (void)snprintf(other, sizeof other, "lpl_spiking.inhibition_fixed_%s", measure[k]);
        CU_ASSERT_EQUAL(computed_value(&c, one), computed_value(&c, other));
    }
    CU_ASSERT(!holds(&c, "lpl_spiking.better"));
    computed_clear(&c);
}

static void threads(void)
{
    struct computed one, three;
    compute(CONFIG(BRIEF), 1, &one);
    compute(CONFIG(BRIEF), 3, &three);
    for (size_t k = 0; k < one.scores.n_results; k++) {
        const double a = one.scores.result[k].value, b = three.scores.result[k].value;
        CU_ASSERT(a == b || (isnan(a) && isnan(b)));
    }
    /* Before learning all weights are as they were. */
    CU_ASSERT_DOUBLE_EQUAL(computed_value(&one, "lpl_spiking.before_weight"), 0.15, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(computed_value(&one, "lpl_spiking.before_preference"), 1, 1e-6);
    computed_clear(&one);
    computed_clear(&three);
}

static void refused(const char *network, const char *key)
{
    scenario_refuses("lpl_spiking", network, key);
}

static void bad_input(void)
{
    refused("test = \"1 s\";", "held_out (0.2)");
    refused("held_out = 0.95;", "held_out");
    refused("step = 0.9;", "step (0.9 ms)");
    refused("conditions = \"some\";", "conditions");
    refused("seeds = 0;", "seeds");
    refused("etta = 1;", "etta");
}

ECP_TEST_MAIN("lpl_spiking", {"lasso", lasso}, {"reading", reading}, {"order", order},
              {"without prediction", without_prediction}, {"without Hebb", without_hebb},
              {"without plastic inhibition", without_plastic_inhibition}, {"threads", threads},
              {"bad input", bad_input})
