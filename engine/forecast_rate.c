/* How fast populations will fire, as far as the plan says. */
#include <math.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/forecast_private.h"

static const double RATE_HZ = 5; /* where nothing says better */

/* Middle of a claimed band of rates, or the bound that is there; NAN when the
 * claim is not about the rate of `population`. */
static double claimed_rate(const struct ecp_plan_claim *claim, const char *population)
{
    const size_t length = strlen(population);
    if (strncmp(claim->result, population, length) != 0 ||
        strcmp(claim->result + length, ".rate_hz") != 0)
        return NAN;
    if (isfinite(claim->lowest) && isfinite(claim->highest))
        return (claim->lowest + claim->highest) / 2;
    return isfinite(claim->highest) ? claim->highest : claim->lowest;
}

static int find_theory(const struct ecp_analysis *analysis)
{
    for (int k = 0; analysis->fields[k].name; k++)
        if (analysis->fields[k].kind == ECP_RESULT &&
            strcmp(analysis->fields[k].name, "theory_hz") == 0)
            return k;
    return -1;
}

/* What a measure that needs no run knows of the rate; NAN: nothing. */
static double theoretical_rate(const struct ecp_plan_analysis *a)
{
    const struct ecp_recording nothing = {0};
    double result[ECP_MAX_FIELDS] = {0};
    const int theory = a->analysis && !a->analysis->needs_spikes ? find_theory(a->analysis) : -1;
    if (theory < 0)
        return NAN;
    const struct ecp_analysis_call call = {
        .recording = &nothing, .population = -1, .signal = -1, .param = a->param};
    const int is_first = ecp_error_message()[0] == '\0';
    const enum ecp_status status = a->analysis->run(&call, result);
    if (status != ECP_OK && is_first)
        ecp_error_clear(); /* the run will say it */
    return status == ECP_OK ? result[theory] : NAN;
}

void ecp_forecast_rates(const struct ecp_plan *plan, double given, double *rate_hz)
{
    double spikes = 0, neurons = 0;
    for (size_t p = 0; p < plan->n_populations; p++) {
        rate_hz[p] = given > 0 ? given : NAN;
        for (size_t c = 0; c < plan->n_claims && isnan(rate_hz[p]); c++)
            rate_hz[p] = claimed_rate(plan->claim[c], plan->population[p]->name);
        for (size_t k = 0; k < plan->n_analyses && isnan(rate_hz[p]); k++)
            if (plan->analysis[k]->population == (int)p)
                rate_hz[p] = theoretical_rate(plan->analysis[k]);
        if (isfinite(rate_hz[p])) {
            spikes += rate_hz[p] * (double)plan->population[p]->size;
            neurons += (double)plan->population[p]->size;
        }
    }
    for (size_t p = 0; p < plan->n_populations; p++)
        if (!isfinite(rate_hz[p]))
            rate_hz[p] = neurons > 0 ? spikes / neurons : RATE_HZ;
}
