/* verify_lpl_toy.c -- the linear unit of two inputs: its steps against derivatives and
 * expectations of the losses, where it ends against fixed points of the mean drift, and the
 * scenario that stands on it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/experiment_case.h"
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

/* A short form: sigma 0.1, 1 and 10, one seed, p at two values besides those about the switch. */
#define SHORT                                                                                      \
    "scenario = \"lpl_toy\"; network = { seeds = 1; sigma_low = 0.1; sigma_high = 10; sigmas = "   \
    "3; "                                                                                          \
    "ps = 2; "

static double toy(const struct computed *c, const char *result)
{
    char name[64];
    (void)snprintf(name, sizeof name, "lpl_toy.%s", result);
    return computed_value(c, name);
}

/* A claim by its result: 1 holds, 0 fails, -1 is not made. */
static int holds(const struct computed *c, const char *result)
{
    char name[64];
    (void)snprintf(name, sizeof name, "lpl_toy.%s", result);
    for (size_t k = 0; k < c->scores.n_verdicts; k++)
        if (strcmp(c->scores.verdict[k].claim, name) == 0)
            return c->scores.verdict[k].pass;
    return -1;
}

/* A column of the table of units, averaged over a group's at this sigma and p; NAN: none. */
static double unit_of(const struct computed *c, const char *group, double sigma, double p,
                      const char *measure)
{
    const struct ecp_stored_table *t = computed_table(c, "units");
    const double *column = NULL, *sigmas = NULL, *ps = NULL;
    const char *const *word = NULL;
    double sum = 0, n = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    for (size_t k = 0; k < t->columns; k++) {
        const struct ecp_table_column *own = &t->column[k];
        word = strcmp(own->name, "group") == 0 ? own->words : word;
        sigmas = strcmp(own->name, "sigma") == 0 ? own->data : sigmas;
        ps = strcmp(own->name, "p") == 0 ? own->data : ps;
        column = strcmp(own->name, measure) == 0 ? own->data : column;
    }
    CU_ASSERT_FATAL(word && sigmas && ps && column);
    for (size_t k = 0; k < t->rows; k++)
        if (strcmp(word[k], group) == 0 && fabs(sigmas[k] / sigma - 1) < 1e-6 &&
            fabs(ps[k] - p) < 1e-9) {
            sum += column[k];
            n++;
        }
    return n > 0 ? sum / n : NAN;
}

/* All rules in the short form: every claim holds, and units are where closed forms have them. What
 * `causes` and `crossing` change is this. */
static void rules(void)
{
    struct computed c;
    compute(SHORT "};", 2, &c);
    claims_of(&c, 1);
    CU_ASSERT_EQUAL(c.scores.n_verdicts, 18);
    CU_ASSERT_EQUAL(c.experiment->n_figures, 1);
    CU_ASSERT_EQUAL(computed_table(&c, "units")->rows, 6 * 3 + 2 + 4);
    CU_ASSERT_DOUBLE_EQUAL(unit_of(&c, "lpl", 1, 0, "w_x"), sqrt(2 / 0.17), 0.04);
    CU_ASSERT_DOUBLE_EQUAL(unit_of(&c, "pred_off", 0.1, 0, "w_x"), sqrt(2 / 0.15), 0.01);
    CU_ASSERT_DOUBLE_EQUAL(unit_of(&c, "oja", 0.1, 0, "w_x"), sqrt(1 - 0.15 / 1.01), 0.01);
    CU_ASSERT_DOUBLE_EQUAL(unit_of(&c, "oja", 10, 0, "w_y"), sqrt(1 - 0.15 / 100), 0.02);
    CU_ASSERT_DOUBLE_EQUAL(unit_of(&c, "vicreg", 1, 0, "w_x"), 1 / sqrt(1.01), 0.02);
    CU_ASSERT_DOUBLE_EQUAL(unit_of(&c, "switch", 1, 0.48, "w_x"), sqrt(2 / 2.09), 0.02);
    CU_ASSERT_DOUBLE_EQUAL(unit_of(&c, "switch", 1, 0.7, "w_y"), sqrt(2 / 2.15), 0.02);
    CU_ASSERT(unit_of(&c, "switch", 1, 0.7, "selectivity") < 0.1);
    (void)printf(" %.4f %.4f %.2g", toy(&c, "lpl_activity"), toy(&c, "lpl_selectivity"),
                 toy(&c, "hebb_off_activity"));
    computed_clear(&c);
}

/* Quantile of the normal distribution, by halving. */
static double quantile(double share)
{
    double low = -10, high = 10;
    for (int k = 0; k < 80; k++) {
        const double x = (low + high) / 2;
        if (0.5 * erfc(-x / sqrt(2)) < share)
            low = x;
        else
            high = x;
    }
    return low;
}

/* Closed forms that the scenario puts out, against others: Blom's approximation of the largest
 * of 5000, numbers worked out by hand. */
static void closed_forms(void)
{
    struct computed c;
    compute("scenario = \"lpl_toy\"; network = { rule = \"lpl\"; seeds = 2; sigmas = 2; ps = 2; "
            "batches = 1; switch_batches = 1; p = 0.2; };",
            1, &c);
    const double largest = quantile((5000 - 0.375) / (5000 + 0.25));
    CU_ASSERT_DOUBLE_EQUAL(toy(&c, "selectivity_theory"), 2 / (2 + 0.2 * largest), 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(toy(&c, "switch_theory"), 0.5004, 5e-5);
    CU_ASSERT_DOUBLE_EQUAL(toy(&c, "lpl_activity_theory"), 1.436, 5e-4);
    CU_ASSERT_DOUBLE_EQUAL(toy(&c, "pred_off_activity_theory"), 3.651, 5e-4);
    CU_ASSERT_EQUAL(c.scores.n_verdicts, 0); /* nobody has had the time to learn */
    computed_clear(&c);
}

/* One cause is taken away from what passes. */
static void causes(void)
{
    struct computed c, three;
    compute(SHORT "rule = \"lpl\"; predict = 0; };", 2, &c);
    CU_ASSERT_EQUAL(c.scores.n_verdicts, 7);
    CU_ASSERT_EQUAL(holds(&c, "lpl_axis"), 0);
    CU_ASSERT_EQUAL(holds(&c, "lpl_selectivity"), 0);
    CU_ASSERT_EQUAL(holds(&c, "switch_above"), 0);
    CU_ASSERT_EQUAL(holds(&c, "lpl_alive"), 1);
    computed_clear(&c);

    compute(SHORT "rule = \"lpl\"; hebb = 0; switch_batches = 1; };", 1, &c);
    compute(SHORT "rule = \"lpl\"; hebb = 0; switch_batches = 1; };", 3, &three);
    CU_ASSERT_EQUAL(holds(&c, "lpl_alive"), 0);
    for (size_t k = 0; k < c.scores.n_results; k++) {
        const double a = c.scores.result[k].value, b = three.scores.result[k].value;
        CU_ASSERT(a == b || (isnan(a) && isnan(b)));
    }
    computed_clear(&three);
    computed_clear(&c);
}

/* Without prediction the direction changes where variances are equal: where clusters are wider
 * not between 0.95 and 1.06. */
static void crossing(void)
{
    struct computed c;
    compute(SHORT "rule = \"pred_off\"; noise = 0.5; };", 2, &c);
    CU_ASSERT_EQUAL(holds(&c, "crossing_below"), 1);
    CU_ASSERT_EQUAL(holds(&c, "crossing_above"), 0);
    computed_clear(&c);
}

static void refused(const char *network, const char *key)
{
    scenario_refuses("lpl_toy", network, key);
}

static void bad_input(void)
{
    refused("sigma_low = 2; sigma_high = 1;", "sigma_low (2) must lie below sigma_high (1)");
    refused("crossing_below = 1.1;", "crossing_below (1.1) must lie below crossing_above (1.06)");
    refused("p_above = 0.4;", "p_below (0.48) must lie below p_above (0.4)");
    refused("p = 1.5;", "p");
    refused("rule = \"hebb\";", "rule");
    refused("seeds = 0;", "seeds");
    refused("sigmas = 2.5;", "sigmas");
}

ECP_TEST_MAIN("lpl_toy", {"derivatives", derivatives}, {"expectations", expectations},
              {"decay and growth", rates}, {"all rules", rules}, {"closed forms", closed_forms},
              {"causes", causes}, {"crossing", crossing}, {"bad input", bad_input})
