/* silent_engram_encoding.c -- subjects encode: pulses in which contacts grow (rule structural)
 * and synapses of cells that fire together strengthen (rule stc). */
#include <math.h>

#include "scenarios/silent_engram_nights.h"

static const double rest = 500, calm = 200; /* before and after encoding */
static const double growth_tau = 100;       /* calcium of growth */
static const double growth_floor = 1e-4;    /* its rate, in 1/ms, at which nothing grows */
static const double spare = 0.25;           /* elements of a cell at first, so that the little
                                               that a silent one loses costs no contact */

/* ---- growth ---------------------------------------------------------------------------------- */

struct value {
    const char *field;
    double value;
};

/* Elements grow by calcium over a floor that is next to nothing: nu (1 - Ca/eps), nu < 0. */
static double growth_nu(const struct ecp_night_setup *s)
{
    return -s->growth * growth_floor;
}

static enum ecp_status add_growth(struct ecp_plan *plan, const struct ecp_night_setup *s,
                                  struct ecp_plan_projection *p)
{
    enum { LINEAR = 1 };
    const struct value rule[] = {{"axon_curve", LINEAR},
                                 {"dendrite_curve", LINEAR},
                                 {"axon_eps", growth_floor},
                                 {"dendrite_eps", growth_floor},
                                 {"axon_nu", 0},
                                 {"dendrite_nu", 0},
                                 {"axon_z", spare},
                                 {"dendrite_z", spare},
                                 {"tau_ca", growth_tau},
                                 {"beta_ca", 1 / growth_tau},
                                 {"tau_vacant", 0},
                                 {"update_interval", s->update}};
    enum ecp_status status = ECP_OK;
    ECP_TRY(ecp_plan_structure(plan, p, "structural"));
    for (size_t k = 0; k < sizeof rule / sizeof *rule; k++)
        ECP_TRY(ecp_projection_set_structure(p, rule[k].field, rule[k].value));
done:
    return status;
}

/* ---- encoding -------------------------------------------------------------------------------- */

struct class
{
    struct ecp_night_subject *subject;
};

/* Pulses and pauses; phases: rest, pulse, pause, pulse ... calm. */
static size_t lesson_of(const struct ecp_night_setup *s,
                        struct ecp_engram_trial trial[2 * ECP_MOST_PULSES + 2])
{
    static const char *const pulse[ECP_MOST_PULSES] = {"pulse--1", "pulse--2", "pulse--3",
                                                       "pulse--4", "pulse--5", "pulse--6",
                                                       "pulse--7", "pulse--8"};
    static const char *const pause[ECP_MOST_PULSES] = {"pause--1", "pause--2", "pause--3",
                                                       "pause--4", "pause--5", "pause--6",
                                                       "pause--7", "pause--8"};
    size_t n = 0;
    trial[n++] = (struct ecp_engram_trial){"rest", 0, 0, 0, rest};
    for (size_t k = 0; k < (size_t)s->pulses; k++) {
        trial[n++] = (struct ecp_engram_trial){pulse[k], 1, 0, 1, s->pulse};
        trial[n++] = (struct ecp_engram_trial){pause[k], 0, 0, 0, s->pause};
    }
    trial[n++] = (struct ecp_engram_trial){"calm", 0, 0, 0, calm};
    return n;
}

/* Growth is on from the first pulse until the pulses that are not `growing`. */
static enum ecp_status switch_growth(struct ecp_plan *plan, const struct ecp_night_setup *s)
{
    enum ecp_status status = ECP_OK;
    for (int on = 1; on >= 0; on--) {
        struct ecp_night_changes c;
        ECP_TRY(ecp_night_changes_begin(plan, 2, &c));
        ecp_night_change(&c, "axon_nu", 1, on ? growth_nu(s) : 0);
        ecp_night_change(&c, "dendrite_nu", 1, on ? growth_nu(s) : 0);
        ecp_night_changes_apply(&c, plan->phase[on ? 1 : 1 + 2 * (size_t)s->growing]);
    }
done:
    return status;
}

/* Job 2 k: subject k; 2 k + 1: the same without growth. */
static enum ecp_status plan_lesson(void *context, size_t job, struct ecp_plan **out)
{
    const struct class *c = context;
    const struct ecp_night_subject *s = &c->subject[job / 2];
    const struct ecp_night_setup *setup = s->setup;
    struct ecp_engram_trial trial[2 * ECP_MOST_PULSES + 2];
    enum ecp_status status = ECP_OK;
    struct ecp_plan *plan = NULL;
    struct ecp_plan_projection *p;
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "silent_engram_consolidation";
    plan->dt = setup->engram.dt;
    plan->seed = (s->engram.seed << 8) + 200; /* the same wiring with growth and without */
    ECP_TRY(ecp_engram_add_cells(plan, &s->teaching));
    for (int k = 0; k < ECP_PATHS; k++) {
        ECP_TRY(ecp_plan_add_projection(plan, ecp_engram_area[k], ecp_engram_area[k + 1],
                                        ECP_RULE_PAIRWISE_BERNOULLI, &p));
        p->probability = setup->engram.contact[k];
        p->multapses = 0;
        p->weight = ecp_draw_constant(setup->engram.weight[k]);
        ECP_TRY(ecp_night_plastic(plan, setup, k, p));
        ECP_TRY(add_growth(plan, setup, p));
    }
    const size_t n = lesson_of(setup, trial);
    ECP_TRY(ecp_engram_add_trials(plan, &s->engram, 0, trial, n));
    if (job % 2 == 0 && setup->growing > 0)
        ECP_TRY(switch_growth(plan, setup));
    ECP_TRY(ecp_night_probe(plan, 0, ecp_plan_duration(plan)));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

static void keep_synapses(const struct ecp_night_subject *s, const struct ecp_recording *r,
                          int first, const struct ecp_night_synapses *out)
{
    for (int k = 0; k < ECP_PATHS; k++) {
        const size_t to = s->setup->engram.size[k + 1], n = s->setup->engram.size[k] * to;
        for (size_t j = 0; j < n; j++)
            out->weight[k][j] = NAN;
        for (size_t m = 0; m < r->n_weights; m++) {
            const struct ecp_recorded_weights *w = &r->weights[m];
            if (w->source_population != k || w->target_population != k + 1 ||
                (w->time > 0) == first)
                continue;
            for (size_t j = 0; j < w->n; j++)
                out->weight[k][w->source[j] * to + w->target[j]] = w->weight[j];
        }
    }
}

/* Of synapses among tagged cells after encoding: how many, how strong. */
static void look_at_synapses(struct ecp_night_subject *s)
{
    double sum = 0, all = 0;
    for (int k = 0; k < ECP_PATHS; k++) {
        const size_t from = s->setup->engram.size[k], to = s->setup->engram.size[k + 1];
        double n = 0;
        for (size_t i = 0; i < from; i++)
            for (size_t j = 0; j < to; j++) {
                const double w = (double)s->encoded.weight[k][i * to + j];
                if (isnan(w) || !ecp_night_tagged(s, k, i, j))
                    continue;
                sum += w / s->setup->engram.weight[k] - 1;
                n++;
            }
        all += n;
        s->share[k] = n / (double)(s->engram.n_tagged[k] * s->engram.n_tagged[k + 1]);
    }
    s->strengthened = all > 0 ? sum / all : NAN;
}

/* Mean rates of tagged cells in the pulses. */
static void rates_of(struct ecp_night_subject *s, const struct ecp_recording *r)
{
    const struct ecp_night_setup *setup = s->setup;
    for (int a = 0; a < ECP_AREAS; a++) {
        const struct ecp_recorded_population *p = &r->population[a];
        double n = 0;
        for (size_t k = 0; k < p->n_events; k++) {
            const double at = ((double)p->event[k].step - 0.5) * r->dt - rest;
            const double in = fmod(at, setup->pulse + setup->pause);
            n += s->engram.tagged[a][p->event[k].index] && at > 0 && in < setup->pulse &&
                 at < setup->pulses * (setup->pulse + setup->pause);
        }
        s->rate[a] = n / (double)s->engram.n_tagged[a] / (1e-3 * setup->pulse * setup->pulses);
    }
}

static enum ecp_status look_at_lesson(void *context, size_t job, const struct ecp_recording *r)
{
    const struct class *c = context;
    struct ecp_night_subject *s = &c->subject[job / 2];
    const struct ecp_night_setup *setup = s->setup;
    const struct ecp_engram_stretch before = {0, rest};
    const struct ecp_engram_stretch pulses = {rest,
                                              rest + setup->pulses * (setup->pulse + setup->pause)};
    enum ecp_status status = ECP_OK;
    if (job % 2 == 1) {
        keep_synapses(s, r, 0, &s->ungrown);
        return ECP_OK;
    }
    ECP_TRY(ecp_engram_tag(&s->engram, r, before, pulses));
    keep_synapses(s, r, 1, &s->before);
    keep_synapses(s, r, 0, &s->encoded);
    rates_of(s, r);
    s->structure = ecp_night_structure(s, &s->encoded);
    look_at_synapses(s);
done:
    return status;
}

static enum ecp_status make_room(struct ecp_experiment *e, const struct ecp_engram_setup *s,
                                 struct ecp_night_synapses *out)
{
    for (int k = 0; k < ECP_PATHS; k++) {
        const size_t n = s->size[k] * s->size[k + 1];
        out->weight[k] = ecp_experiment_alloc(e, n, sizeof(float));
        if (!out->weight[k])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu pairs of cells", n);
    }
    return ECP_OK;
}

static struct ecp_engram_setup teaching_of(const struct ecp_night_setup *s)
{
    struct ecp_engram_setup out = s->engram;
    out.cue = s->burst;
    out.cue_share = 1;
    out.volley = out.period; /* even */
    out.allocation = s->allocation;
    out.us = s->us;
    return out;
}

enum ecp_status ecp_night_encode(struct ecp_experiment *e, const struct ecp_night_setup *setup,
                                 const struct ecp_night_seeds *seeds, double from, double to,
                                 struct ecp_night_subject *subject)
{
    struct class c = {subject};
    const struct ecp_jobs jobs = {.n = 2 * seeds->n,
                                  .context = &c,
                                  .plan = plan_lesson,
                                  .look = look_at_lesson,
                                  .at = "subjects encode",
                                  .from = from,
                                  .to = to};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < seeds->n; k++) {
        struct ecp_night_subject *s = &subject[k];
        *s = (struct ecp_night_subject){.setup = setup, .teaching = teaching_of(setup)};
        s->engram.setup = &s->teaching;
        s->engram.seed = ecp_experiment_seed(e) + k * (uint64_t)seeds->step;
        ECP_TRY(ecp_engram_draw_cells(e, &s->engram));
        ECP_TRY(make_room(e, &setup->engram, &s->before));
        ECP_TRY(make_room(e, &setup->engram, &s->encoded));
        ECP_TRY(make_room(e, &setup->engram, &s->ungrown));
    }
    status = ecp_experiment_simulate_jobs(e, &jobs);
    for (size_t k = 0; k < seeds->n; k++)
        subject[k].engram.setup = &setup->engram; /* cues of tests from here on */
done:
    return status;
}
