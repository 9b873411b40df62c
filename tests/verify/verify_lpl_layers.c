/* Latent predictive learning in layers: gradients against differences of a naive loss, a step
 * of the stack against a naive one, and the scenario lpl_layers in a short form. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/latent.h"
#include "tests/experiment_case.h"

enum { PAIRS = 7, UNITS = 5, BATCH = PAIRS * UNITS };

static void means_of(const double *z, double *mean)
{
    for (int i = 0; i < UNITS; i++) {
        mean[i] = 0;
        for (int b = 0; b < PAIRS; b++)
            mean[i] += z[b * UNITS + i] / PAIRS;
    }
}

/* The loss as it is written on the page, with the means of the batch held at `mean`. */
static double naive_view(const struct ecp_latent_loss *loss, const double *z, const double *mean)
{
    double hebb = 0, dec = 0;
    for (int i = 0; i < UNITS; i++)
        for (int k = 0; k < UNITS; k++) {
            double c = 0;
            for (int b = 0; b < PAIRS; b++)
                c += (z[b * UNITS + i] - mean[i]) * (z[b * UNITS + k] - mean[k]) / (PAIRS - 1);
            if (i == k)
                hebb -= log(c + loss->epsilon) / UNITS;
            else
                dec += c * c / (UNITS * UNITS - UNITS);
        }
    return loss->hebb * hebb + loss->decorrelate * dec;
}

static double naive(const struct ecp_latent_loss *loss, const double *z, const double *y,
                    const double *z_mean, const double *y_mean)
{
    double predict = 0;
    for (int k = 0; k < BATCH; k++)
        predict += (z[k] - y[k]) * (z[k] - y[k]) / BATCH;
    return loss->predict * predict +
           (naive_view(loss, z, z_mean) + naive_view(loss, y, y_mean)) / 2;
}

static void check_gradient(const struct ecp_latent_loss *loss, uint64_t seed)
{
    double z[BATCH], y[BATCH], dz[BATCH], dy[BATCH], z_mean[UNITS], y_mean[UNITS];
    double *work = calloc(ecp_latent_work(UNITS, PAIRS), sizeof *work);
    struct ecp_chance chance = ecp_chance(seed, 1, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(work);
    ecp_chance_normals(&chance, BATCH, z);
    ecp_chance_normals(&chance, BATCH, y);
    means_of(z, z_mean);
    means_of(y, y_mean);
    const struct ecp_latent_parts parts =
        ecp_latent_gradient(loss, PAIRS, UNITS, z, y, dz, dy, work);
    CU_ASSERT_DOUBLE_EQUAL(loss->predict * parts.predict + loss->hebb * parts.hebb +
                               loss->decorrelate * parts.decorrelate,
                           naive(loss, z, y, z_mean, y_mean), 1e-12);
    for (int k = 0; k < 2 * BATCH; k++) {
        double *x = k < BATCH ? &z[k] : &y[k - BATCH];
        const double here = *x, h = 1e-5;
        *x = here + h;
        const double above = naive(loss, z, y, z_mean, y_mean);
        *x = here - h;
        const double below = naive(loss, z, y, z_mean, y_mean);
        *x = here;
        const double found = k < BATCH ? dz[k] : dy[k - BATCH], wanted = (above - below) / (2 * h);
        CU_ASSERT_DOUBLE_EQUAL(found, wanted, 1e-5 * fmax(fabs(wanted), 1e-2));
    }
    free(work);
}

static void has_right_gradients(void)
{
    const struct ecp_latent_loss losses[] = {
        {1, 0, 0, 1e-4}, {0, 1, 0, 1e-4}, {0, 0, 1, 1e-4}, {1, 1, 10, 1e-4}, {.3, 2, 5, 0.5}};
    for (uint64_t k = 0; k < sizeof losses / sizeof losses[0]; k++)
        check_gradient(&losses[k], k + 1);
}

/* One step of Adam from zero moments moves each weight by rate against the sign of its
 * gradient, so the first layer's new activity follows from naive gradients. */
static void steps_as_written(void)
{
    enum { IN = 4 };
    const size_t size[] = {IN, UNITS};
    const struct ecp_latent_setup setup = {.n_layers = 1,
                                           .pairs = PAIRS,
                                           .size = size,
                                           .loss = {1, 1, 10, 1e-4},
                                           .rate = 1e-3,
                                           .seed = 3};
    struct ecp_latent *latent = NULL;
    double x[PAIRS * IN], view[PAIRS * IN], unit[(IN + 1) * IN], w[IN][UNITS], bias[UNITS];
    double before[(IN + 1) * UNITS], after[BATCH];
    struct ecp_chance chance = ecp_chance(9, 1, 0);
    ecp_chance_normals(&chance, PAIRS * IN, x);
    ecp_chance_normals(&chance, PAIRS * IN, view);
    ECP_ASSERT_OK(ecp_latent_create(&setup, &latent));
    /* Weights from outside: max(0, w) and max(0, -w) of single inputs; biases are 0. */
    memset(unit, 0, sizeof unit);
    for (int i = 0; i < IN; i++)
        unit[i * IN + i] = 1;
    ECP_ASSERT_OK(ecp_latent_activity(latent, IN, unit, 1, before));
    for (int i = 0; i < IN; i++)
        for (int k = 0; k < UNITS; k++)
            w[i][k] = before[i * UNITS + k];
    for (int i = 0; i < IN; i++)
        unit[i * IN + i] = -1;
    ECP_ASSERT_OK(ecp_latent_activity(latent, IN, unit, 1, before));
    for (int i = 0; i < IN; i++)
        for (int k = 0; k < UNITS; k++)
            w[i][k] -= before[i * UNITS + k];
    memset(bias, 0, sizeof bias);

    double z[BATCH], y[BATCH], z_mean[UNITS], y_mean[UNITS];
    double gradient[IN + 1][UNITS];
    memset(gradient, 0, sizeof gradient);
    for (int b = 0; b < PAIRS; b++)
        for (int k = 0; k < UNITS; k++) {
            double a = 0, c = 0;
            for (int i = 0; i < IN; i++) {
                a += x[b * IN + i] * w[i][k];
                c += view[b * IN + i] * w[i][k];
            }
            z[b * UNITS + k] = fmax(0, a);
            y[b * UNITS + k] = fmax(0, c);
        }
    means_of(z, z_mean);
    means_of(y, y_mean);
    for (int k = 0; k < 2 * BATCH; k++) {
        double *at = k < BATCH ? &z[k] : &y[k - BATCH];
        const double *from = k < BATCH ? x : view;
        const int b = k % BATCH / UNITS, u = k % UNITS;
        const double here = *at, h = 1e-6;
        if (here <= 0)
            continue;
        *at = here + h;
        const double above = naive(&setup.loss, z, y, z_mean, y_mean);
        *at = here - h;
        const double below = naive(&setup.loss, z, y, z_mean, y_mean);
        *at = here;
        for (int i = 0; i < IN; i++)
            gradient[i][u] += (above - below) / (2 * h) * from[b * IN + i];
        gradient[IN][u] += (above - below) / (2 * h);
    }
    for (int k = 0; k < UNITS; k++) {
        for (int i = 0; i < IN; i++)
            w[i][k] -= 1e-3 * gradient[i][k] / (fabs(gradient[i][k]) + 1e-8);
        bias[k] -= 1e-3 * gradient[IN][k] / (fabs(gradient[IN][k]) + 1e-8);
    }
    ECP_ASSERT_OK(ecp_latent_train(latent, x, view));
    ECP_ASSERT_OK(ecp_latent_activity(latent, PAIRS, x, 1, after));
    for (int b = 0; b < PAIRS; b++)
        for (int k = 0; k < UNITS; k++) {
            double a = bias[k];
            for (int i = 0; i < IN; i++)
                a += x[b * IN + i] * w[i][k];
            CU_ASSERT_DOUBLE_EQUAL(after[b * UNITS + k], fmax(0, a), 1e-7);
        }
    ecp_latent_destroy(latent);
}

static void refuses(void)
{
    const size_t size[] = {3, 0};
    struct ecp_latent_setup setup = {.n_layers = 1, .pairs = 1, .size = size, .rate = 1e-3};
    struct ecp_latent *latent = NULL;
    CU_ASSERT_EQUAL(ecp_latent_create(&setup, &latent), ECP_EARG);
    setup.pairs = 2;
    CU_ASSERT_EQUAL(ecp_latent_create(&setup, &latent), ECP_EARG);
    setup.n_layers = 0;
    CU_ASSERT_EQUAL(ecp_latent_create(&setup, &latent), ECP_EARG);
    ecp_error_clear();
    ecp_latent_destroy(NULL);
}

/* One world, fewer and smaller batches and a larger rate: all claims hold there, too. */
static void short_run(const char *more, int threads, struct computed *c)
{
    char text[256];
    (void)snprintf(
        text, sizeof text,
        "scenario = \"lpl_layers\"; network = { seeds = 1; steps = 800; batch = 48; rate "
        "= 3e-3; epochs = 20; %s };",
        more);
    compute(text, threads, c);
}

/* Without a part of the rule the same claims fail in the same short form; each run is, bit for
 * bit and on another number of threads, the condition that the control has of it. */
static void breaks_without_a_part(const struct computed *control)
{
    static const char *const part[] = {"predict", "hebb", "decorrelate"};
    static const char *const condition[] = {"lpl_layers.pred_off", "lpl_layers.hebb_off",
                                            "lpl_layers.decorrelate_off"};
    struct computed c;
    char more[64];
    for (int k = 0; k < 3; k++) {
        (void)snprintf(more, sizeof more, "%s = 0; ablations = 0;", part[k]);
        short_run(more, 1, &c);
        claims_of(&c, 0);
        CU_ASSERT_EQUAL(claim_holds(&c, "lpl_layers.gain"), 0);
        CU_ASSERT_EQUAL(claim_holds(&c, "lpl_layers.least_step"), 0);
        CU_ASSERT(computed_value(&c, "lpl_layers.gain") < -0.1);
        CU_ASSERT_EQUAL(computed_value(&c, "lpl_layers.layer_3"),
                        computed_value(control, condition[k]));
        computed_clear(&c);
    }
}

static void learns_in_short(void)
{
    struct computed c;
    short_run("", 2, &c);
    claims_of(&c, 1);
    CU_ASSERT_EQUAL(c.scores.n_verdicts, 11);
    CU_ASSERT(computed_value(&c, "lpl_layers.untrained") <
              computed_value(&c, "lpl_layers.layer_3") - 0.25);
    const struct ecp_stored_table *table = computed_table(&c, "layers");
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_EQUAL(table->rows, 5 * 4);
    breaks_without_a_part(&c);
    computed_clear(&c);
}

ECP_TEST_MAIN("lpl_layers", {"gradients", has_right_gradients}, {"a step", steps_as_written},
              {"refusals", refuses}, {"in short, and without a part", learns_in_short})
