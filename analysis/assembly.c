/* assembly.c -- how well an assembly completes itself from a part of it (Luboeinski &
 * Tetzlaff 2021).
 *
 * Neurons 0 .. core - 1 of the population are the assembly, the first `cued` of them
 * are stimulated. From the spikes of the stretch: mean rates of the cued, of the rest
 * of the assembly (uncued), and of all others; quality = (uncued - others)/cued.
 * O(spikes). Verified in tests/verify/verify_consolidation.c. */
#include <math.h>

#include "engine/analysis.h"

enum { CORE, CUED, CUED_HZ, UNCUED_HZ, OTHERS_HZ, QUALITY, END };

static const struct ecp_field fields[] = {
    [CORE] = {"core", "1", 150, 2, 1e9, "neurons of the assembly, the first ones", ECP_PARAM},
    [CUED] = {"cued", "1", 75, 1, 1e9, "of them stimulated, the first ones", ECP_PARAM},
    [CUED_HZ] = {"cued_hz", "Hz", 0, 0, INFINITY, "mean rate of stimulated neurons", ECP_RESULT},
    [UNCUED_HZ] = {"uncued_hz", "Hz", 0, 0, INFINITY, "of the rest of the assembly", ECP_RESULT},
    [OTHERS_HZ] = {"others_hz", "Hz", 0, 0, INFINITY, "of all others", ECP_RESULT},
    [QUALITY] = {"quality", "1", 0, -INFINITY, INFINITY, "(uncued - others)/cued", ECP_RESULT},
    [END] = {0}};

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
    for (size_t k = 0; k < p->n_events; k++) {
        const double middle = ((double)p->event[k].step - 0.5) * r->dt;
        if (middle >= call->start && middle < call->stop)
            count[p->event[k].index < cued ? 0 : p->event[k].index < core ? 1 : 2]++;
    }
    const double s = 1e-3 * (fmin(call->stop, r->duration) - call->start);
    result[CUED_HZ] = s > 0 ? count[0] / (cued * s) : NAN;
    result[UNCUED_HZ] = s > 0 ? count[1] / ((core - cued) * s) : NAN;
    result[OTHERS_HZ] = s > 0 ? count[2] / (((double)p->size - core) * s) : NAN;
    result[QUALITY] =
        count[0] > 0 ? (result[UNCUED_HZ] - result[OTHERS_HZ]) / result[CUED_HZ] : NAN;
    return ECP_OK;
}

const struct ecp_analysis ecp_analysis_assembly = {
    .name = "assembly",
    .summary = "how well an assembly of neurons completes itself from a part",
    .equations = "quality = (rate of uncued - rate of others) / rate of cued neurons",
    .reference = "Luboeinski & Tetzlaff 2021, doi:10.1038/s42003-021-01778-y",
    .verified_by = "tests/verify/verify_consolidation.c",
    .fields = fields,
    .needs_spikes = 1,
    .run = run};
