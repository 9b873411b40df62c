/* lpl_spiking_claims.h -- claims of scenario lpl_spiking, and what it refuses. Included by
 * lpl_spiking.c alone. */
#ifndef ECP_LPL_SPIKING_CLAIMS_H
#define ECP_LPL_SPIKING_CLAIMS_H

static enum ecp_status check(const double *param)
{
    const double bins = floor(param[TEST] / param[BIN] + 1e-9);
    const double held = floor(param[HELD_OUT] * bins);
    if (held < 10 || bins - held < 10)
        return ecp_fail(ECP_ECONFIG,
                        "test (%g ms) has %g bins of %g ms, of which held_out (%g) leaves %g to "
                        "learn from and %g to guess; allowed: 10 or more each",
                        param[TEST], bins, param[BIN], param[HELD_OUT], bins - held, held);
    if (param[STEP] > 0.8)
        return ecp_fail(ECP_ECONFIG, "step (%g ms) is longer than the synaptic delay (0.8 ms)",
                        param[STEP]);
    return ECP_OK;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char read[] = "Halvagal & Zenke 2023, notebook of Fig. 5: R2 0.807, 0.837";
    static const char shuffled[] = "Halvagal & Zenke 2023, notebook of Fig. 5: R2 of P0, P2, P4 "
                                   "within 0.01 of 0; bound chosen";
    static const char io[] = "Halvagal & Zenke 2023, notebook of Fig. 5: 0.227 before, 0.773 after";
    static const char part[] = "Halvagal & Zenke 2023, Fig. 5: each part of the rule is needed";
    static const char order[] = "Halvagal & Zenke 2023, Fig. 5: without prediction slow inputs do "
                                "not win; the bound tells it from 0";
    static const char sides[] = "Halvagal & Zenke 2023, Fig. 5: with plastic inhibition neurons "
                                "become selective to either signal";
    static const char lean[] = "Halvagal & Zenke 2023, Fig. S9: without inhibition neurons select "
                               "one signal; bound tells the order from none, set after measuring";
    static const char fixed[] = "Halvagal & Zenke 2023, notebook of Fig. S9: R2 of P1 and P3 is "
                                "0.21 less with other inhibition; bound set after measuring";
    const int is_all = param[CONDITIONS] < PREDICTION;
    const struct {
        int all;     /* 1: where all conditions are run */
        double from; /* ms of learning */
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{0, 2e6, "lpl_r2_P1", 0.5, 1, read},
                  {0, 2e6, "lpl_r2_P3", 0.5, 1, read},
                  {0, 0, "shuffled_most", -1, 0.25, shuffled},
                  {0, 0, "prefers", 0.01, 100, order},
                  {0, 0, "blind", 0, 1.1, part},
                  {1, 0, "learned", 0.1, 1, io},
                  {1, 0, "collapse_weight", 0, 0.95, part},
                  {1, 0, "collapse_rate", 0, 0.1, part},
                  {1, 2e6, "lean_less", 0.01, 10, lean},
                  {1, 0, "better", 0.02, 1, fixed},
                  {0, 0, "sides", 0.1, 0.5, sides}};
    enum ecp_status status = check(param);
    for (size_t k = 0; k < sizeof claims / sizeof *claims && status == ECP_OK; k++)
        if (claims[k].all <= is_all && param[LEARN] >= claims[k].from)
            status =
                ecp_plan_add_claim(plan, ecp_plan_printf(plan, "lpl_spiking.%s", claims[k].result),
                                   claims[k].lowest, claims[k].highest, claims[k].source);
    return status;
}

#endif
