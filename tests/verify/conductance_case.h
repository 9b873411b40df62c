/* conductance_case.h -- what the tests of models with conductances share: NEST's runs
 * with every scheme of the second order and more, and the orders of all schemes. */
#ifndef ECP_TESTS_CONDUCTANCE_CASE_H
#define ECP_TESTS_CONDUCTANCE_CASE_H

#include "tests/verify/nest_case.h"

/* The larger one; NAN once anything was NAN, which fmax would hide. */
static inline double worse(double worst, double x)
{
    return x > worst || isnan(x) ? x : worst;
}

/* NEST solves these models to 1e-3 in each step only. */
static inline void conductance_verify(const char *data, struct nest_case *c)
{
    static struct nest_result result;
    const int is_double = sizeof(ecp_real) == sizeof(double);
    c->slack = 1;
    c->tolerance = is_double ? 1e-4 : 1e-3;
    nest_verify(data, c);
    c->scheme = "gsl_rkf45";
    nest_run_model(c, &result);
    nest_compare(c, data, &result);
}

/* V after 4 ms from the values of `start`, without arrivals. */
static inline double conductance_end(const char *name, const char *scheme, double dt,
                                     const struct nest_value *start, size_t n)
{
    const struct ecp_neuron_model *model;
    struct block b;
    ECP_ASSERT_OK(ecp_neuron_find(name, ecp_isa_best(), &model));
    block_init(&b, model, 1, dt);
    b.scheme = scheme;
    for (size_t k = 0; k < n; k++) {
        CU_ASSERT_FATAL(ecp_field_find(model->fields, start[k].field) >= 0);
        block_set(&b, start[k].field, start[k].value);
    }
    ECP_ASSERT_OK(block_derive(&b));
    for (int step = 0; step < (int)nearbyint(4 / dt); step++)
        block_update(&b, step);
    const double v = (double)block_field(&b, "v")[0];
    block_clear(&b);
    return v;
}

/* Halving dt divides the error by 2^order (all schemes against gsl_rkf45, whose own
 * error does not depend on dt). Single precision hides the higher orders: there the
 * error at 0.1 ms must be small. */
static inline void conductance_orders(const char *name, const struct nest_value *start, size_t n)
{
    const struct ecp_neuron_model *model;
    ECP_ASSERT_OK(ecp_neuron_find(name, ecp_isa_best(), &model));
    CU_ASSERT_PTR_NOT_NULL_FATAL(model->schemes);
    const double truth = conductance_end(name, "gsl_rkf45", 0.5, start, n);
    CU_ASSERT(fabs(truth - model->fields[0].initial) > 1);
    CU_ASSERT_DOUBLE_EQUAL(conductance_end(name, "gsl_rkf45", 0.1, start, n), truth,
                           sizeof(ecp_real) == sizeof(double) ? 1e-9 : 1e-4);
    for (const struct ecp_scheme *s = model->schemes; s->name; s++) {
        const double coarse = fabs(conductance_end(name, s->name, 0.2, start, n) - truth);
        const double fine = fabs(conductance_end(name, s->name, 0.1, start, n) - truth);
        (void)printf(" %s: %.1e mV at 0.1 ms", s->name, fine);
        CU_ASSERT(fine < (s->order > 2 ? 1e-4 : s->order > 1 ? 0.02 : 0.5));
        if (sizeof(ecp_real) < sizeof(double) && s->order > 2)
            continue;
        (void)printf(", order %.2f;", log2(coarse / fine));
        CU_ASSERT_DOUBLE_EQUAL(log2(coarse / fine), s->order, 0.2);
    }
}

#endif
