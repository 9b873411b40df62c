/* test_order.c -- the schemes of every registered nonlinear model: as dt is
 * halved, their error falls with the order that they state; random input
 * leaves them finite. */
#include <stdio.h>

#include "tests/support.h"
#include "tests/verify/block.h"

enum { HALVINGS = 5, NEURONS = 64, STEPS = 400, GSL_STEPS = 120 };

static const double duration = 12.8; /* ms */
static const int single = sizeof(ecp_real) == sizeof(float);

static double uniform(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(*state >> 33) + 0.5) / 2147483648.0;
}

/* Every state of one neuron after `duration` at a constant current; whether it fired. */
static int run(const struct ecp_neuron_model *m, const char *scheme, double dt, double current,
               double *state)
{
    struct block b;
    int fired = 0;
    block_init(&b, m, 1, dt);
    b.scheme = scheme;
    block_set(&b, "i_e", current);
    ECP_ASSERT_OK(block_derive(&b));
    for (size_t f = 0; f < b.n_fields; f++) /* conductances that decay */
        if (m->fields[f].kind == ECP_STATE && strcmp(m->fields[f].unit, "nS") == 0)
            b.column[f][0] += 8;
    for (int step = 0; step < (int)nearbyint(duration / dt); step++) {
        block_update(&b, step);
        fired |= b.fired[0];
    }
    for (size_t f = 0; f < b.n_fields; f++)
        state[f] = m->fields[f].kind == ECP_STATE ? (double)b.column[f][0] : 0;
    block_clear(&b);
    return fired;
}

/* The largest current of a list that does not make it fire. */
static double quiet_current(const struct ecp_neuron_model *m, double *state)
{
    static const double list[] = {400, 200, 100, 50, 20, 10, 5, 2, 1, -50, -100, -200, -400};
    for (size_t k = 0; k < sizeof list / sizeof *list; k++)
        if (!run(m, "gsl_rkf45", 0.1, list[k], state))
            return list[k];
    CU_FAIL("fires at any current");
    return 0;
}

/* The largest of all variables of the equations, relative to their size where above 1. */
static double error_of(const struct ecp_neuron_model *m, const double *got, const double *want)
{
    double worst = 0;
    for (size_t k = 0; k < m->flow->n; k++) {
        const int f = m->flow->state[k];
        const double off = fabs(got[f] - want[f]) / fmax(1, fabs(want[f]));
        worst = isfinite(off) ? fmax(worst, off) : INFINITY;
    }
    return worst;
}

/* The orders of the two finest pairs of steps whose errors stand above rounding;
 * the one closer to what is stated counts: coarser ones may be too coarse, and
 * finer ones show the reference's own error. */
static double order_of(const double *error, double rounding, int stated)
{
    double order = NAN, before = NAN;
    for (int k = 1; k < HALVINGS && error[k] > rounding; k++) {
        before = order;
        order = log2(error[k - 1] / error[k]);
    }
    return fabs(before - stated) < fabs(order - stated) ? before : order;
}

static void check_scheme(const struct ecp_neuron_model *m, const struct ecp_scheme *s,
                         double current, const double *want)
{
    const double rounding = single ? 1e-4 : 1e-12;
    double error[HALVINGS], state[ECP_MAX_FIELDS], dt = 0.1;
    for (int k = 0; k < HALVINGS; k++, dt /= 2) {
        CU_ASSERT_EQUAL(run(m, s->name, dt, current, state), 0);
        error[k] = error_of(m, state, want);
        CU_ASSERT(isfinite(error[k]));
    }
    const double order = order_of(error, fmax(rounding, 2 * error[HALVINGS - 1]), s->order);
    (void)printf("\n    %s %s: %.1e .. %.1e, order %.2f of %d ", m->name, s->name, error[0],
                 error[HALVINGS - 1], order, s->order);
    if (isnan(order)) /* but for rounding exact from the first halving on */
        CU_ASSERT(error[1] <= rounding);
    if (!isnan(order) && !single)
        CU_ASSERT_DOUBLE_EQUAL(order, s->order, 0.3);
    if (!isnan(order) && single)
        CU_ASSERT(error[HALVINGS - 1] < error[0]);
}

static void orders(void)
{
    const struct ecp_neuron_model *const *models = ecp_neuron_models(ecp_isa_best());
    double want[ECP_MAX_FIELDS];
    int seen = 0;
    for (size_t m = 0; models[m]; m++) {
        if (!models[m]->schemes || !models[m]->flow)
            continue;
        const double current = quiet_current(models[m], want);
        for (const struct ecp_scheme *s = models[m]->schemes; s->name; s++, seen++)
            check_scheme(models[m], s, current, want);
    }
    CU_ASSERT(seen > 0);
}

/* Nonlinear models offer both, with words; the first scheme is the update. */
static void described(void)
{
    const struct ecp_neuron_model *const *models = ecp_neuron_models(ecp_isa_best());
    for (size_t m = 0; models[m]; m++) {
        const struct ecp_neuron_model *model = models[m];
        CU_ASSERT_EQUAL(model->schemes != NULL, model->flow != NULL);
        if (!model->schemes)
            continue;
        CU_ASSERT(model->schemes[0].update == model->update);
        for (const struct ecp_scheme *s = model->schemes; s->name; s++) {
            void (*found)(const struct ecp_block *) = NULL;
            ECP_ASSERT_OK(ecp_neuron_scheme(model, s->name, &found));
            CU_ASSERT(found == s->update);
            CU_ASSERT(s->order >= 1 && strlen(s->meaning) > 2);
        }
        CU_ASSERT(model->flow->n > 0 && model->flow->n <= ECP_MAX_FLOW);
        for (size_t k = 0; k < model->flow->n; k++)
            CU_ASSERT_EQUAL(model->fields[model->flow->state[k]].kind, ECP_STATE);
        CU_ASSERT_PTR_NOT_NULL(model->flow->slope);
        CU_ASSERT_PTR_NOT_NULL(model->flow->settle);
    }
}

static void feed(struct block *b, uint64_t *random)
{
    for (size_t f = 0; f < b->n_fields; f++) {
        const struct ecp_field *field = &b->model->fields[f];
        const double size = strcmp(field->unit, "pA") == 0 ? 300 : 3;
        for (size_t j = 0; j < b->n && b->column[f]; j++) {
            const double u = uniform(random), rare = uniform(random);
            if (field->kind == ECP_INPUT)
                b->column[f][j] = (ecp_real)(rare < 0.2 ? size * (2 * u - 0.8) : 0);
            else if (field->kind == ECP_CURRENT)
                b->column[f][j] = (ecp_real)(size * (4 * u - 1));
            else if (field->kind == ECP_NORMAL)
                b->column[f][j] = (ecp_real)(3.4641 * (u - 0.5));
            else if (field->kind == ECP_UNIFORM)
                b->column[f][j] = (ecp_real)u;
        }
    }
}

static void check_finite(const struct ecp_neuron_model *m, const char *scheme, double dt)
{
    struct block b;
    uint64_t random = 7;
    size_t bad = 0;
    const int gsl = strcmp(scheme, "gsl_rkf45") == 0;
    block_init(&b, m, gsl ? 4 : NEURONS, dt);
    b.scheme = scheme;
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < (gsl ? GSL_STEPS : STEPS); step++) {
        feed(&b, &random);
        block_update(&b, step);
        for (size_t j = 0; j < b.n; j++) {
            bad += b.fired[j] > 1;
            for (size_t f = 0; f < b.n_fields; f++)
                bad += b.column[f] && !isfinite(b.column[f][j]);
        }
    }
    if (bad > 0)
        (void)printf("\n    %s %s at %g ms: not finite ", m->name, scheme, dt);
    CU_ASSERT_EQUAL(bad, 0);
    block_clear(&b);
}

static void stays_finite(void)
{
    const struct ecp_neuron_model *const *models = ecp_neuron_models(ecp_isa_best());
    for (size_t m = 0; models[m]; m++) {
        if (!models[m]->schemes)
            continue;
        for (const struct ecp_scheme *s = models[m]->schemes; s->name; s++) {
            check_finite(models[m], s->name, 0.1);
            check_finite(models[m], s->name, 0.01);
        }
        if (models[m]->flow)
            check_finite(models[m], "gsl_rkf45", 0.1);
    }
}

ECP_TEST_MAIN("order", {"described", described}, {"order of convergence", orders},
              {"finite under random input", stays_finite})
