/* The reference scheme: a model's plain equations, solved by GSL. */
#include <math.h>
#include <string.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "engine/neuron.h"

#define TOLERANCE 1e-12

/* What the equations of one neuron see during its step. */
struct moment {
    const struct ecp_flow *flow;
    const double *param;
    double stim;
    int waiting;
};

struct solver {
    gsl_odeiv2_step *step;
    gsl_odeiv2_control *control;
    gsl_odeiv2_evolve *evolve;
};

static int slope(double t, const double y[], double dydt[], void *data)
{
    const struct moment *moment = data;
    (void)t;
    moment->flow->slope(moment->param, moment->stim, moment->waiting, y, dydt);
    return GSL_SUCCESS;
}

/* From 0 to dt; 1 when the neuron fired, -1 when the method gave up. */
static int advance(const struct solver *solver, struct moment *moment, double dt, double *y)
{
    const gsl_odeiv2_system system = {slope, NULL, moment->flow->n, moment};
    double t = 0, piece = dt;
    int fired = 0;
    gsl_odeiv2_evolve_reset(solver->evolve);
    gsl_odeiv2_step_reset(solver->step);
    while (t < dt) {
        if (gsl_odeiv2_evolve_apply(solver->evolve, solver->control, solver->step, &system, &t, dt,
                                    &piece, y) != GSL_SUCCESS ||
            !isfinite(y[0]))
            return -1;
        if (moment->flow->fire && moment->flow->fire(moment->param, moment->waiting, y))
            fired = 1;
    }
    return fired;
}

static void advance_block(const struct solver *solver, const struct ecp_flow *flow, double dt,
                          const struct ecp_block *b)
{
    double y[ECP_MAX_FLOW];
    for (size_t j = 0; j < b->n; j++) {
        struct moment moment = {.flow = flow, .param = b->param};
        if (flow->stimulus >= 0)
            moment.stim = (double)b->column[flow->stimulus][j];
        if (flow->wait >= 0)
            moment.waiting = b->counter[flow->wait][j] > 0;
        for (size_t k = 0; k < flow->n; k++)
            y[k] = (double)b->column[flow->state[k]][j];
        const int fired = advance(solver, &moment, dt, y);
        for (size_t k = 0; k < flow->n; k++)
            b->column[flow->state[k]][j] = fired < 0 ? (ecp_real)NAN : (ecp_real)y[k];
        b->fired[j] = fired > 0;
    }
}

void ecp_flow_update(const struct ecp_flow *flow, double dt, const struct ecp_block *block)
{
    struct solver solver = {gsl_odeiv2_step_alloc(gsl_odeiv2_step_rkf45, flow->n),
                            gsl_odeiv2_control_y_new(TOLERANCE, TOLERANCE),
                            gsl_odeiv2_evolve_alloc(flow->n)};
    if (solver.step && solver.control && solver.evolve) {
        advance_block(&solver, flow, dt, block);
    } else {
        for (size_t j = 0; j < block->n; j++)
            block->column[flow->state[0]][j] = (ecp_real)NAN;
        memset(block->fired, 0, block->n);
    }
    flow->settle(block);
    if (solver.evolve)
        gsl_odeiv2_evolve_free(solver.evolve);
    if (solver.control)
        gsl_odeiv2_control_free(solver.control);
    if (solver.step)
        gsl_odeiv2_step_free(solver.step);
}
