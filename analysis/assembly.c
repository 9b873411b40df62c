/* assembly.c -- how well an assembly completes itself from a part of it (Luboeinski &
 * Tetzlaff 2021).
 *
 * Neurons 0 .. core - 1 of the population are the assembly, the first `cued` of them
 * are stimulated. From the spikes of the stretch: mean rates of the cued, of the rest
 * of the assembly (uncued), and of all others; quality = (uncued - others)/cued.
 * Mutual information is that of the counts of a neuron in this stretch and in an earlier
 * one of the same length, over all neurons, by plain shares: finite samples bias it upwards.
 * O(spikes + neurons). Verified in tests/verify/verify_consolidation.c. */
#include <math.h>
#include <stdlib.h>

#include "engine/analysis.h"

enum { CORE, CUED, CUED_HZ, UNCUED_HZ, OTHERS_HZ, QUALITY, REFERENCE, INFORMATION, END };

static const struct ecp_field fields[] = {
    [CORE] = {"core", "1", 150, 2, 1e9, "neurons of the assembly, the first ones", ECP_WHOLE},
    [CUED] = {"cued", "1", 75, 1, 1e9, "of them stimulated, the first ones", ECP_WHOLE},
    [CUED_HZ] = {"cued_hz", "Hz", 0, 0, INFINITY, "mean rate of stimulated neurons", ECP_RESULT},
    [UNCUED_HZ] = {"uncued_hz", "Hz", 0, 0, INFINITY, "of the rest of the assembly", ECP_RESULT},
    [OTHERS_HZ] = {"others_hz", "Hz", 0, 0, INFINITY, "of all others", ECP_RESULT},
    [QUALITY] = {"quality", "1", 0, -INFINITY, INFINITY, "(uncued - others)/cued", ECP_RESULT},
    [REFERENCE] = {"reference", "ms", -1, -1, 1e12,
                   "where the earlier stretch begins, for the mutual information; -1: none",
                   ECP_PARAM},
    [INFORMATION] = {"information", "bits", 0, 0, INFINITY,
                     "mutual information of the neurons' counts in both stretches", ECP_RESULT},
    [END] = {0}};

static int is_in(const struct ecp_recording *r, const struct ecp_spike *spike, double start,
                 double stop)
{
    const double middle = ((double)spike->step - 0.5) * r->dt;
    return middle >= start && middle < stop;
}

static double entropy(const double *share, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum -= share[k] > 0 ? share[k] * log2(share[k]) : 0;
    return sum;
}

/* H(before) + H(now) - H(both) of `n` pairs of counts up to `most`. */
static enum ecp_status information(const size_t *before, const size_t *now, size_t n, size_t most,
                                   double *out)
{
    const size_t values = most + 1;
    double *both = calloc(values * values + 2 * values, sizeof *both);
    if (!both)
        return ecp_fail(ECP_ENOMEM, "no memory for counts up to %zu", most);
    double *first = both + values * values, *second = first + values;
    for (size_t j = 0; j < n; j++) {
        both[before[j] * values + now[j]] += 1 / (double)n;
        first[before[j]] += 1 / (double)n;
        second[now[j]] += 1 / (double)n;
    }
    *out = entropy(first, values) + entropy(second, values) - entropy(both, values * values);
    free(both);
    return ECP_OK;
}

static enum ecp_status compare(const struct ecp_analysis_call *call, double *out)
{
    const struct ecp_recording *r = call->recording;
    const struct ecp_recorded_population *p = &r->population[call->population];
    const double from = call->param[REFERENCE], length = call->stop - call->start;
    size_t most = 0, *before = calloc(2 * p->size, sizeof *before), *now = before + p->size;
    if (!before)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu neurons", p->size);
    for (size_t k = 0; k < p->n_events; k++) {
        before[p->event[k].index] += (size_t)is_in(r, &p->event[k], from, from + length);
        now[p->event[k].index] += (size_t)is_in(r, &p->event[k], call->start, call->stop);
    }
    for (size_t j = 0; j < 2 * p->size; j++)
        most = before[j] > most ? before[j] : most;
    const enum ecp_status status = information(before, now, p->size, most, out);
    free(before);
    return status;
}

static enum ecp_status run(const struct ecp_analysis_call *call, double *result)
{
    const struct ecp_recording *r = call->recording;
    if (call->population < 0 || (size_t)call->population >= r->n_populations)
        return ecp_fail(ECP_EARG, "assembly needs a population");
    const struct ecp_recorded_population *p = &r->population[call->population];
    const double core = call->param[CORE], cued = call->param[CUED];
    if (!(cued < core && core < (double)p->size))
        return ecp_fail(ECP_ECONFIG,
                        "assembly: found cued = %g, core = %g of %zu neurons; allowed: cued < core "
                        "< neurons",
                        cued, core, p->size);
    double count[3] = {0, 0, 0};
    for (size_t k = 0; k < p->n_events; k++)
        if (is_in(r, &p->event[k], call->start, call->stop))
            count[p->event[k].index < cued ? 0 : p->event[k].index < core ? 1 : 2]++;
    const double s = 1e-3 * (fmin(call->stop, r->duration) - call->start);
    result[CUED_HZ] = s > 0 ? count[0] / (cued * s) : NAN;
    result[UNCUED_HZ] = s > 0 ? count[1] / ((core - cued) * s) : NAN;
    result[OTHERS_HZ] = s > 0 ? count[2] / (((double)p->size - core) * s) : NAN;
    result[QUALITY] =
        count[0] > 0 ? (result[UNCUED_HZ] - result[OTHERS_HZ]) / result[CUED_HZ] : NAN;
    result[INFORMATION] = NAN;
    return call->param[REFERENCE] >= 0 ? compare(call, &result[INFORMATION]) : ECP_OK;
}

const struct ecp_analysis ecp_analysis_assembly = {
    .name = "assembly",
    .summary = "how well an assembly of neurons completes itself from a part",
    .equations = "quality = (rate of uncued - rate of others) / rate of cued neurons\n"
                 "information = H(n_before) + H(n_now) - H(n_before, n_now), n: spikes of a neuron",
    .reference = "Luboeinski & Tetzlaff 2021, doi:10.1038/s42003-021-01778-y",
    .verified_by = "tests/verify/verify_consolidation.c",
    .fields = fields,
    .needs_spikes = 1,
    .run = run};
