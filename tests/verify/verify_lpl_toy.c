/* verify_lpl_toy.c -- the linear unit of two inputs: its steps against derivatives and
 * expectations of the losses, where it ends against fixed points of the mean drift, and the
 * scenario that stands on it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config.h"
#include "engine/network.h"
#include "engine/score.h"
#include "tests/curve.h"
#include "tests/support.h"
#include "tests/verify/block.h"

enum { UNITS = 4000 };
enum { LOGARITHM, PLAIN, HINGE, OJA };

static const int is_double = sizeof(ecp_real) == sizeof(double);

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

/* `n` units with the same weights and batches of their own. */
static void begin(struct block *b, size_t n, int kind, double predict, double hebb)
{
    const struct ecp_neuron_model *model;
    ECP_ASSERT_OK(ecp_neuron_find("lpl_unit", ecp_isa_best(), &model));
    block_init(b, model, n, 1);
    block_set(b, "batch", 200);
    block_set(b, "kind", kind);
    block_set(b, "predict", predict);
    block_set(b, "hebb", hebb);
}

static void draw(struct block *b, uint64_t *random)
{
    for (size_t j = 0; j < b->n; j++) {
        block_field(b, "u")[j] = (ecp_real)uniform(random);
        block_field(b, "u_low")[j] = (ecp_real)uniform(random);
    }
}

static void put(struct block *b, double w_x, double w_y)
{
    for (size_t j = 0; j < b->n; j++) {
        block_field(b, "w_x")[j] = (ecp_real)w_x;
        block_field(b, "w_y")[j] = (ecp_real)w_y;
    }
}

/* ---- one step ------------------------------------------------------------------ */

static double loss(int kind, double variance)
{
    return kind == LOGARITHM ? -log(variance + 1e-8)
           : kind == PLAIN   ? -variance
                             : fmax(0, 1 - sqrt(variance));
}

/* H at these weights, the batch being the same for all. */
static double loss_at(struct block *b, int kind, double w_x, double w_y)
{
    put(b, w_x, w_y);
    block_update(b, 0);
    return loss(kind, (double)block_field(b, "variance")[0]);
}

/* The Hebbian part: the step is minus the derivative of H. */
static void derivatives(void)
{
    const double h = is_double ? 1e-5 : 1e-2, w_x = 0.6, w_y = -0.4;
    double worst = 0;
    for (int kind = LOGARITHM; kind <= HINGE; kind++) {
        struct block b;
        uint64_t random = 5;
        begin(&b, 1, kind, 0, 1);
        block_set(&b, "decay", 0);
        block_set(&b, "eta", 1);
        block_set(&b, "sigma", 0.8);
        ECP_ASSERT_OK(block_derive(&b));
        draw(&b, &random);
        const double to_x =
            (loss_at(&b, kind, w_x + h, w_y) - loss_at(&b, kind, w_x - h, w_y)) / (2 * h);
        const double to_y =
            (loss_at(&b, kind, w_x, w_y + h) - loss_at(&b, kind, w_x, w_y - h)) / (2 * h);
        (void)loss_at(&b, kind, w_x, w_y);
        worst = fmax(worst, fabs(((double)block_field(&b, "w_x")[0] - w_x) / -to_x - 1));
        worst = fmax(worst, fabs(((double)block_field(&b, "w_y")[0] - w_y) / -to_y - 1));
        block_clear(&b);
    }
    (void)printf(" %.1e", worst);
    CU_ASSERT(worst < (is_double ? 1e-6 : 2e-3));
}

/* Mean step of many units, less what is expected, in standard errors of the mean. */
static double off(struct block *b, const char *field, double from, double step)
{
    double sum = 0, square = 0;
    for (size_t j = 0; j < b->n; j++) {
        const double d = (double)block_field(b, field)[j] - from - step;
        sum += d / (double)b->n;
        square += d * d / (double)b->n;
    }
    return sum / sqrt((square - sum * sum) / (double)b->n);
}

/* Predictive part, Oja's rule, the variance: means over 800,000 pairs. */
static void expectations(void)
{
    const double w_x = 0.8, w_y = -0.5, sigma = 0.7, p = 0.2;
    const double c_x = 1.01, c_y = sigma * sigma, z = c_x * w_x * w_x + c_y * w_y * w_y;
    const double stays = 1 - 2 * p;
    struct block b;
    uint64_t random = 11;
    begin(&b, UNITS, LOGARITHM, 1, 0);
    block_set(&b, "eta", 1);
    block_set(&b, "decay", 0);
    block_set(&b, "sigma", sigma);
    block_set(&b, "p", p);
    ECP_ASSERT_OK(block_derive(&b));
    draw(&b, &random);
    put(&b, w_x, w_y);
    block_update(&b, 0);
    const double pull_x = off(&b, "w_x", w_x, -2 * (c_x - stays) * w_x);
    const double pull_y = off(&b, "w_y", w_y, -2 * c_y * w_y);
    const double variance = off(&b, "variance", 0, z);

    block_set(&b, "kind", OJA);
    ECP_ASSERT_OK(block_derive(&b));
    put(&b, w_x, w_y);
    block_update(&b, 0);
    const double oja_x = off(&b, "w_x", w_x, c_x * w_x - z * w_x);
    const double oja_y = off(&b, "w_y", w_y, c_y * w_y - z * w_y);
    (void)printf(" %.1f %.1f %.1f %.1f %.1f", pull_x, pull_y, variance, oja_x, oja_y);
    CU_ASSERT(fabs(pull_x) < 4 && fabs(pull_y) < 4 && fabs(variance) < 4);
    CU_ASSERT(fabs(oja_x) < 4 && fabs(oja_y) < 4);
    block_clear(&b);
}

/* ---- many steps ----------------------------------------------------------------- */

/* How much w_x grows in `steps` batches, per batch. */
static double growth(int kind, double predict, double hebb, int steps)
{
    struct block b;
    uint64_t random = 3;
    begin(&b, 20, kind, predict, hebb);
    block_set(&b, "sigma", 0.5);
    ECP_ASSERT_OK(block_derive(&b));
    put(&b, 0.5, 0);
    for (int k = 0; k < steps; k++) {
        draw(&b, &random);
        block_update(&b, k);
    }
    double sum = 0;
    for (size_t j = 0; j < b.n; j++)
        sum += log((double)block_field(&b, "w_x")[j] / 0.5) / (double)b.n;
    block_clear(&b);
    return sum / steps;
}

/* Without the Hebbian part w decays, with the plain variance it explodes. */
static void rates(void)
{
    const double fall = growth(LOGARITHM, 1, 0, 1000), rise = growth(PLAIN, 1, 1, 500);
    (void)printf(" %.5f %.5f", fall, rise);
    CU_ASSERT_DOUBLE_EQUAL(fall / log(1 - 1e-2 * 0.17), 1, 0.03);
    CU_ASSERT_DOUBLE_EQUAL(rise / log(1 + 1e-2 * 1.85), 1, 0.01);
}

/* ---- the scenario ---------------------------------------------------------------- */

struct outcome {
    struct ecp_scores scores;
    uint64_t spikes;
};

static struct ecp_plan *read_toy(const char *const *set, size_t n)
{
    struct ecp_plan *plan;
    char path[512];
    (void)snprintf(path, sizeof path, "%s/scenarios/lpl_toy.cfg", ECP_SOURCE_DIR);
    ECP_ASSERT_OK(ecp_config_read(path, set, n, &plan));
    ECP_ASSERT_OK(ecp_score_check(plan));
    return plan;
}

/* A field over the logarithm of sigma, as a figure wants it. */
static void hand_out(const struct ecp_recording *r, const struct ecp_plan *plan, const char *probe,
                     const char *name)
{
    const struct ecp_plan_population *units = plan->population[0];
    const int f = ecp_field_find(units->model->fields, "sigma"), is_size = probe[0] == 'a';
    for (size_t k = 0; k < r->n_signals; k++) {
        const struct ecp_recorded_signal *s = &r->signal[k];
        for (size_t j = 0; strcmp(s->probe, probe) == 0 && j < s->n_columns; j++) {
            const double last = (double)s->data[(s->n_frames - 1) * s->n_columns + j];
            ecp_test_curve(ECP_CURVE_POINT, probe, name, log10(units->field[f].list[j]),
                           is_size ? log10(fmax(last, 1e-12)) : last);
        }
    }
}

static void run(struct ecp_plan *plan, int threads, const char *curve, struct outcome *out)
{
    struct ecp_network *network;
    const struct ecp_run_options options = {.threads = threads, .isa = ecp_isa_best()};
    ECP_ASSERT_OK(ecp_network_create(plan, &options, &network));
    ECP_ASSERT_OK(ecp_network_run(network));
    ECP_ASSERT_OK(ecp_score(plan, ecp_network_recording(network), &out->scores));
    out->spikes = ecp_network_recording(network)->spikes;
    for (int k = 0; curve && k < 2; k++)
        hand_out(ecp_network_recording(network), plan, k ? "cos_of_units" : "activity_of_units",
                 curve);
    ecp_network_destroy(network);
    ecp_plan_destroy(plan);
}

/* Every rule passes its own claims; `value` of one result. */
static double passes(const char *rule, const char *more, size_t verdicts, const char *result)
{
    char word[64];
    (void)snprintf(word, sizeof word, "network.rule=%s", rule);
    const char *const set[] = {
        word, ecp_test_curves_wanted() ? "network.sigmas=33" : "network.sigmas=9",
        "probes=( { name = \"cos_of_units\"; kind = \"field\"; target = \"units\"; field = "
        "\"cosine\"; interval = 100; start = 10000; }, { name = \"activity_of_units\"; kind = "
        "\"field\"; target = \"units\"; field = \"activity\"; interval = 100; start = 10000; } )",
        more};
    struct outcome o;
    run(read_toy(set, more ? 4 : 3), 2, more ? NULL : rule, &o);
    CU_ASSERT_EQUAL(o.scores.n_verdicts, verdicts);
    CU_ASSERT_EQUAL(o.scores.n_failed, 0);
    const double value = ecp_scores_value(&o.scores, result);
    (void)printf(" %s %.4g", rule, value);
    ecp_scores_clear(&o.scores);
    return value;
}

static void rules(void)
{
    const double size = passes("lpl", NULL, 2, "size.mean");
    CU_ASSERT_DOUBLE_EQUAL(size, sqrt(2 / 0.17), 0.02);
    CU_ASSERT_DOUBLE_EQUAL(passes("lpl", "network.p=0.2", 2, "size.mean"), sqrt(2 / 0.97), 0.02);
    CU_ASSERT_DOUBLE_EQUAL(passes("pred_off", NULL, 3, "size.mean"), sqrt(2 / 0.15), 0.03);
    CU_ASSERT(passes("hebb_off", NULL, 1, "collapse.mean") < 1e-7);
    (void)passes("oja", NULL, 2, "wide.mean");
    (void)passes("naive", NULL, 1, "burst.mean");
    CU_ASSERT_DOUBLE_EQUAL(passes("vicreg", NULL, 2, "size.mean"), 0.995, 0.02);
}

/* Without prediction the direction follows the variance: it changes between 0.95 and
 * 1.06, and the claim of the whole rule fails. */
static void causes(void)
{
    const char *const near[] = {"network.rule=pred_off", "network.sigma_low=0.95",
                                "network.sigma_high=1.06", "network.sigmas=2",
                                "network.batches=40000"};
    const char *const few[] = {"network.sigmas=9"};
    struct outcome o, three;
    run(read_toy(near, 5), 1, NULL, &o);
    (void)printf(" %.4f %.4f", ecp_scores_value(&o.scores, "narrow.mean"),
                 ecp_scores_value(&o.scores, "wide.mean"));
    CU_ASSERT(ecp_scores_value(&o.scores, "narrow.mean") > 0.95);
    CU_ASSERT(ecp_scores_value(&o.scores, "wide.mean") < 0.1);
    ecp_scores_clear(&o.scores);

    struct ecp_plan *plan = read_toy(few, 1), *again = read_toy(few, 1);
    ECP_ASSERT_OK(ecp_population_set(plan->population[0], "predict", 0));
    ECP_ASSERT_OK(ecp_population_set(again->population[0], "predict", 0));
    run(plan, 1, NULL, &o);
    run(again, 3, NULL, &three);
    CU_ASSERT_EQUAL(o.scores.n_failed, 2);
    (void)printf(" %.3f", ecp_scores_value(&o.scores, "axis.mean"));
    CU_ASSERT_EQUAL(ecp_scores_value(&o.scores, "axis.mean"),
                    ecp_scores_value(&three.scores, "axis.mean"));
    CU_ASSERT_EQUAL(o.spikes, three.spikes);
    ecp_scores_clear(&o.scores);
    ecp_scores_clear(&three.scores);
}

ECP_TEST_MAIN("lpl_toy", {"derivatives", derivatives}, {"expectations", expectations},
              {"decay and growth", rates}, {"six rules", rules}, {"without prediction", causes})
