#include "analysis/ascent.h"

#include <math.h>
#include <string.h>

#include "analysis/dense.h"

size_t ecp_ascent_work(const struct ecp_ascent *how)
{
    return 2 * how->readout->n + 2 * how->readout->q + 2 * how->readout->p;
}

/* Squared differences of neighbouring pixels; the gradient of minus `weight` times them. */
static double roughness(const struct ecp_ascent *how, const double *x, double weight,
                        double *gradient)
{
    const size_t p = how->readout->p, w = how->width;
    double sum = 0;
    for (size_t k = 0; k < p; k++)
        for (int down = 0; down < 2; down++) {
            const size_t next = down ? k + w : k + 1;
            if (next >= p || (!down && next % w == 0))
                continue;
            const double d = x[next] - x[k];
            sum += d * d;
            if (gradient) {
                gradient[next] -= 2 * weight * d;
                gradient[k] += 2 * weight * d;
            }
        }
    return sum;
}

double ecp_ascent_value(const struct ecp_ascent *how, const double *x, double *gradient,
                        double *work)
{
    const struct ecp_readout *r = how->readout;
    const size_t q = r->q;
    double *response = work + 2 * r->n, *c = response + q, value = 0, most = -INFINITY, sum = 0;
    ecp_readout_respond(r, x, response, work);
    for (size_t v = 0; v < q; v++) { /* c: z, and then the derivative by each response */
        c[v] = (response[v] - how->centre[v]) / how->spread[v];
        most = fmax(most, c[v]);
    }
    for (size_t v = 0; v < q; v++)
        sum += exp(c[v] - most);
    value = how->target == ECP_TARGET_STRETCH   ? c[how->unit]
            : how->target == ECP_TARGET_ONE_HOT ? c[how->unit] - most - log(sum)
                                                : 0;
    for (size_t v = 0; v < q; v++) {
        const double own = v == how->unit;
        if (how->target == ECP_TARGET_POPULATION)
            value += c[v] / (double)q;
        c[v] = (how->target == ECP_TARGET_STRETCH   ? own
                : how->target == ECP_TARGET_ONE_HOT ? own - exp(c[v] - most) / sum
                                                    : 1 / (double)q) /
               how->spread[v];
    }
    if (gradient)
        ecp_readout_gradient(r, x, response, c, gradient, work);
    if (how->smooth > 0 && how->width > 0) {
        const double weight = how->smooth / (how->radius * how->radius);
        value -= weight * roughness(how, x, weight, gradient);
    }
    return value;
}

static void project(size_t p, double radius, double *x)
{
    const double length = sqrt(ecp_dense_square(p, x));
    for (size_t k = 0; k < p && length > radius; k++)
        x[k] *= radius / length;
}

double ecp_ascend(const struct ecp_ascent *how, double *x, double *work)
{
    const size_t p = how->readout->p;
    double *gradient = work + ecp_ascent_work(how) - 2 * p, *next = gradient + p;
    project(p, how->radius, x);
    double value = ecp_ascent_value(how, x, gradient, work), step = 0;
    for (size_t k = 0; k < how->steps; k++) {
        const double slope = sqrt(ecp_dense_square(p, gradient));
        double moved = 0, now = -INFINITY;
        if (!(slope > 0))
            break;
        step = k == 0 ? how->radius / slope : 4 * step;
        for (int halving = 0; halving < 60; halving++, step /= 2) {
            moved = 0;
            for (size_t j = 0; j < p; j++)
                next[j] = x[j] + step * gradient[j];
            project(p, how->radius, next);
            for (size_t j = 0; j < p; j++)
                moved += (next[j] - x[j]) * (next[j] - x[j]);
            now = ecp_ascent_value(how, next, NULL, work);
            if (now >= value + 1e-4 * moved / step || moved < 1e-24 * how->radius * how->radius)
                break;
        }
        if (!(now >= value))
            break;
        memcpy(x, next, p * sizeof *x);
        value = ecp_ascent_value(how, x, gradient, work);
        if (moved < 1e-18 * how->radius * how->radius)
            break;
    }
    return value;
}
