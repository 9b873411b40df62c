/* astrocyte_gate_network.h -- the network of scenario astrocyte_gate: pairs of spikes at many
 * synapses, and a jump of ip3 in the astrocytes at the time that all lags end at. It is a
 * part of astrocyte_gate.c, whose parameters it takes. */
#ifndef ECP_ASTROCYTE_GATE_NETWORK_H
#define ECP_ASTROCYTE_GATE_NETWORK_H

static const double delay = 2 /* ms, of everything */;
static const double tau_pair = 20 /* ms, both traces */, early = 100 /* ms before all */;

/* mV at first: more than all that can be lost, with slow currents of up to 7 pA. */
static double weight_of(const double *param)
{
    const double most = param[FACTOR] == CURRENT ? 7 : 1;
    return 1 + most * param[ETA] * param[A_MINUS] * param[PAIRS] * param[TAU_C];
}

/* What the astrocytes of a network do. */
enum state { WAVE, ABSENT, HELD_BELOW, HELD_ABOVE };

/* ---- sizes and times ------------------------------------------------------------- */

static size_t n_targets(const double *param)
{
    return 2 * (size_t)param[LAGS] * (size_t)param[NEURONS];
}

static double lag_of(const double *param, size_t k)
{
    return param[LAG_MOST] * (double)k / (param[LAGS] - 1);
}

static double kick_time(const double *param)
{
    return early + param[PAIRING] + param[LAG_MOST] + (param[PAIRS] - 1) * param[INTERVAL];
}

static double duration(const double *param)
{
    return ceil(kick_time(param) + param[TAIL]);
}

/* Of target t: which lag, and does the target come first? */
static size_t lag_index(const double *param, size_t t)
{
    return t / (size_t)param[NEURONS] % (size_t)param[LAGS];
}

static int is_reversed(const double *param, size_t t)
{
    return t >= n_targets(param) / 2;
}

/* ---- the network ------------------------------------------------------------------- */

static enum ecp_status add_astrocytes(struct ecp_plan *plan, const double *param, enum state state)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_third *third;
    ECP_TRY(ecp_plan_add_population(plan, "A", "astrocyte_lr", n_targets(param), &p));
    ECP_TRY(ecp_population_set(p, "delta_ip3", param[KICK]));
    ECP_TRY(ecp_population_set(p, "sic_th", param[CA_TH]));
    if (state == HELD_BELOW || state == HELD_ABOVE) {
        ECP_TRY(ecp_population_set(p, "rate_l", 0));
        ECP_TRY(ecp_population_set(p, "rate_ip3r", 0));
        ECP_TRY(ecp_population_set(p, "rate_serca", 0));
        ECP_TRY(ecp_population_set(p, "ca", param[CA_TH] * (state == HELD_ABOVE ? 1.05 : 0.95)));
    }
    ECP_TRY(ecp_plan_add_third(plan, NULL, "S_T", "A", &third));
    third->probability = state == ABSENT ? 0 : param[PROBABILITY];
    third->pool_size = 1;
    third->block = 1;
    third->in->weight = ecp_draw_constant(0);
    third->out->weight = ecp_draw_constant(0);
    third->in->delay = third->out->delay = ecp_draw_constant(delay);
done:
    return status;
}

static enum ecp_status add_synapses(struct ecp_plan *plan, const double *param)
{
    const size_t each = 2 * (size_t)param[SYNAPSES], n = n_targets(param) * each;
    ecp_lid *source = ecp_plan_alloc(plan, n * sizeof *source);
    ecp_lid *target = ecp_plan_alloc(plan, n * sizeof *target);
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    if (!source || !target)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu synapses", n);
    for (size_t k = 0; k < n; k++) {
        source[k] = (ecp_lid)k;
        target[k] = (ecp_lid)(k / each);
    }
    ECP_TRY(ecp_plan_add_projection(plan, "S", "T", ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = n, .source = source, .target = target};
    p->weight = ecp_draw_constant(weight_of(param));
    p->delay = ecp_draw_constant(delay);
    ECP_TRY(ecp_plan_plasticity(plan, p, "astrocyte_gate"));
    ECP_TRY(ecp_projection_set(p, "factor", param[FACTOR]));
    ECP_TRY(ecp_projection_set(p, "ca_th", param[CA_TH]));
    ECP_TRY(ecp_projection_set(p, "tau_c", param[TAU_C]));
    ECP_TRY(ecp_projection_set(p, "tau_plus", tau_pair));
    ECP_TRY(ecp_projection_set(p, "tau_minus", tau_pair));
    ECP_TRY(ecp_projection_set(p, "a_plus", param[A_PLUS]));
    ECP_TRY(ecp_projection_set(p, "a_minus", param[A_MINUS]));
    ECP_TRY(ecp_projection_set(p, "eta", param[ETA]));
    ECP_TRY(ecp_projection_set(p, "period", param[PERIOD]));
    ECP_TRY(ecp_projection_set(p, "w_max", 1e6));
done:
    return status;
}

static enum ecp_status add_spikes(struct ecp_plan *plan, const char *population, double size,
                                  size_t n, const ecp_lid *neuron, const double *time)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_stimulus *s;
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, population, &s));
    s->weight = size;
    s->n_events = n;
    s->event_target = neuron;
    s->event_time = time;
done:
    return status;
}

/* The later spike of the last pair comes T before the kick, but for the jitter. */
static enum ecp_status add_pairs(struct ecp_plan *plan, const double *param)
{
    const size_t targets = n_targets(param), pairs = (size_t)param[PAIRS];
    const size_t active = (size_t)param[SYNAPSES], each = 2 * active;
    ecp_lid *post = ecp_plan_alloc(plan, targets * pairs * sizeof *post);
    double *post_time = ecp_plan_alloc(plan, targets * pairs * sizeof *post_time);
    ecp_lid *pre = ecp_plan_alloc(plan, targets * pairs * active * sizeof *pre);
    double *pre_time = ecp_plan_alloc(plan, targets * pairs * active * sizeof *pre_time);
    ecp_lid *glia = ecp_plan_alloc(plan, targets * sizeof *glia);
    double *kick = ecp_plan_alloc(plan, targets * sizeof *kick);
    struct ecp_chance chance = ecp_chance(plan->seed, 0x2600, 0);
    enum ecp_status status = ECP_OK;
    size_t n_post = 0, n_pre = 0;
    if (!post || !post_time || !pre || !pre_time || !glia || !kick)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu spikes", targets * pairs * active);
    for (size_t t = 0; t < targets; t++) {
        const double last = kick_time(param) - lag_of(param, lag_index(param, t));
        const double apart = is_reversed(param, t) ? -param[PAIRING] : param[PAIRING];
        for (size_t k = 0; k < pairs; k++) {
            const double late = last - param[INTERVAL] * (double)(pairs - 1 - k);
            const double at = is_reversed(param, t) ? late + apart : late;
            post[n_post] = (ecp_lid)t;
            post_time[n_post++] = at;
            for (size_t s = 0; s < active; s++) {
                const double off = param[JITTER] * ecp_chance_normal(&chance);
                pre[n_pre] = (ecp_lid)(t * each + s);
                pre_time[n_pre++] = at - apart + off - delay;
            }
        }
        glia[t] = (ecp_lid)t;
        kick[t] = kick_time(param);
    }
    ECP_TRY(add_spikes(plan, "S", 1, n_pre, pre, pre_time));
    ECP_TRY(add_spikes(plan, "T", 1e6, n_post, post, post_time));
    ECP_TRY(add_spikes(plan, "A", 1, targets, glia, kick));
done:
    return status;
}

static enum ecp_status plan_of(const double *param, uint64_t seed, enum state state,
                               struct ecp_plan **out)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan *plan = NULL;
    struct ecp_plan_population *p;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    double *end;
    ECP_TRY(ecp_plan_create(&plan));
    plan->seed = seed;
    plan->dt = 0.2;
    const size_t targets = n_targets(param);
    ECP_TRY(ecp_plan_add_population(plan, "S", "spike_source",
                                    targets * 2 * (size_t)param[SYNAPSES], &p));
    ECP_TRY(ecp_plan_add_population(plan, "T", "lif_delta", targets, &p));
    ECP_TRY(ecp_population_set(p, "v_th", 900)); /* its synapses alone cannot fire it */
    ECP_TRY(add_synapses(plan, param));
    ECP_TRY(add_astrocytes(plan, param, state));
    ECP_TRY(add_pairs(plan, param));
    ECP_TRY(ecp_plan_add_phase(plan, "run", duration(param), 0, &phase));
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "S_T", &probe));
    end = ecp_plan_alloc(plan, sizeof *end);
    if (!end)
        ECP_TRY(ecp_fail(ECP_ENOMEM, "no memory for a probe"));
    *end = duration(param);
    probe->times = end;
    probe->n_times = 1;
    for (int k = 0; k < 2; k++) {
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "A", &probe));
        probe->field_name = k ? "i_sic" : "ca";
        probe->interval = 1;
        probe->target.count = 1;
    }
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

#endif
