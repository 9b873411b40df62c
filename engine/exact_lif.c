#include "engine/exact_lif.h"

#include <math.h>

#include "engine/lif_form.h"

/* Positions in the state. */
enum { V, CURRENT, SLOPE = CURRENT + ECP_EXACT_CURRENTS };

/* Largest value of the membrane's response to a current that decays, and a
 * little more: what it serves for must hold to the last bit. */
static double response_peak(double rate, double current_rate, double c)
{
    const double apart = current_rate - rate;
    if (fabs(apart) < 1e-6 * rate)
        return 1 / (M_E * rate * c) * (1 + 1e-5);
    const double at = log(current_rate / rate) / apart;
    return (exp(-rate * at) - exp(-current_rate * at)) / apart / c * (1 + 1e-9);
}

struct ecp_exact_constants ecp_exact_constants_of(const struct ecp_exact *table,
                                                  const double *param)
{
    if (table->kind != ECP_EXACT_LEAKY)
        return (struct ecp_exact_constants){.threshold = INFINITY, .table = table};
    const double tau_m = param[table->tau_m];
    struct ecp_exact_constants k = {.rate = 1 / tau_m,
                                    .c = param[table->c],
                                    .rest = param[table->e_l] +
                                            param[table->i_e] * tau_m / param[table->c],
                                    .threshold = param[table->v_th],
                                    .reset = param[table->v_reset],
                                    .refractory = param[table->t_ref],
                                    .table = table};
    for (int s = 0; s < table->n_currents; s++) {
        k.current_rate[s] = 1 / param[table->tau[s]];
        k.gain[s] = table->slope[s] >= 0 ? M_E * k.current_rate[s] : 1;
        k.peak[s] = response_peak(k.rate, k.current_rate[s], k.c);
        /* all its charge at once */
        k.peak_slope[s] = 1 / (k.current_rate[s] * k.current_rate[s] * k.c);
    }
    return k;
}

int ecp_exact_position(const struct ecp_exact *table, int field)
{
    if (table->kind != ECP_EXACT_LEAKY)
        return -1;
    if (field == table->v)
        return V;
    for (int s = 0; s < table->n_currents; s++) {
        if (field == table->current[s])
            return CURRENT + s;
        if (field == table->slope[s])
            return SLOPE + s;
    }
    return -1;
}

void ecp_exact_store(const struct ecp_exact *table, const double *state, double *field)
{
    field[table->v] = state[V];
    for (int s = 0; s < table->n_currents; s++) {
        field[table->current[s]] = state[CURRENT + s];
        if (table->slope[s] >= 0)
            field[table->slope[s]] = state[SLOPE + s];
    }
}

static struct ecp_lif_form form_of(const struct ecp_exact_constants *k, const double *state,
                                   double current)
{
    struct ecp_lif_form form = {.rate = k->rate,
                                .rest = k->rest + current / (k->c * k->rate),
                                .c = k->c,
                                .threshold = k->threshold,
                                .v = state[V],
                                .n = k->table->n_currents};
    for (int s = 0; s < form.n; s++) {
        form.current_rate[s] = k->current_rate[s];
        form.current[s] = state[CURRENT + s];
        form.slope[s] = state[SLOPE + s];
    }
    return form;
}

void ecp_exact_advance(const struct ecp_exact_constants *k, double *state, double current,
                       double time, int clamped)
{
    const double rest = k->rest + current / (k->c * k->rate);
    const double kept = clamped ? 0 : exp(-k->rate * time);
    double v = rest + (state[V] - rest) * kept;
    for (int s = 0; s < k->table->n_currents; s++) {
        const double i = state[CURRENT + s], slope = state[SLOPE + s];
        if (i == 0 && slope == 0)
            continue;
        const double left = exp(-k->current_rate[s] * time);
        if (!clamped)
            v += ecp_lif_form_response(
                &(struct ecp_lif_input){i / k->c, slope / k->c, k->rate, k->current_rate[s]}, time,
                kept, left);
        state[CURRENT + s] = (i + slope * time) * left;
        state[SLOPE + s] = slope * left;
    }
    if (!clamped)
        state[V] = v;
}

/* Can V not reach the threshold, whatever the time? Settles most cases. */
static int stays_below(const struct ecp_exact_constants *k, const double *state, double current)
{
    double bound = fmax(state[V], k->rest + current / (k->c * k->rate));
    for (int s = 0; s < k->table->n_currents; s++)
        bound +=
            fmax(state[CURRENT + s], 0) * k->peak[s] + fmax(state[SLOPE + s], 0) * k->peak_slope[s];
    return bound < k->threshold;
}

double ecp_exact_crossing(const struct ecp_exact_constants *k, const double *state, double current)
{
    if (stays_below(k, state, current))
        return INFINITY;
    const struct ecp_lif_form form = form_of(k, state, current);
    return ecp_lif_form_crossing(&form);
}

int ecp_exact_arrive(const struct ecp_exact_constants *k, double *state, int port, double weight,
                     int clamped)
{
    if (k->table->kind != ECP_EXACT_LEAKY)
        return weight != 0;
    const int s = k->table->port_current[port];
    if (s < 0) { /* a jump of the membrane; lost while it rests */
        if (!clamped)
            state[V] += weight;
        return !clamped && state[V] >= k->threshold;
    }
    state[(k->table->slope[s] >= 0 ? SLOPE : CURRENT) + s] += weight * k->gain[s];
    return 0;
}
