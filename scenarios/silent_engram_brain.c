/* silent_engram_brain.c -- one subject: its wiring, its network as a plan, what becomes of
 * its synapses. How it learns and is asked: silent_engram_tests.c. */
#include "scenarios/silent_engram_brain.h"

#include <math.h>

#include "engine/chance.h"

const struct ecp_engram_condition ecp_engram_conditions[ECP_CONDITIONS] = {
    [ECP_SALINE_NATURAL] = {"saline_natural", "SAL A", ECP_FATE_SALINE, ECP_TEST_NATURAL},
    [ECP_SALINE_OTHER] = {"saline_other", "SAL B", ECP_FATE_SALINE, ECP_TEST_OTHER},
    [ECP_SALINE_HIGH] = {"saline_high", "SAL light", ECP_FATE_SALINE, ECP_TEST_HIGH},
    [ECP_SALINE_MID] = {"saline_mid", "SAL mid", ECP_FATE_SALINE, ECP_TEST_MID},
    [ECP_SALINE_LOW] = {"saline_low", "SAL low", ECP_FATE_SALINE, ECP_TEST_LOW},
    [ECP_BLOCKED_NATURAL] = {"blocked_natural", "PSI A", ECP_FATE_BLOCKED, ECP_TEST_NATURAL},
    [ECP_BLOCKED_OTHER] = {"blocked_other", "PSI B", ECP_FATE_BLOCKED, ECP_TEST_OTHER},
    [ECP_BLOCKED_HIGH] = {"blocked_high", "PSI light", ECP_FATE_BLOCKED, ECP_TEST_HIGH},
    [ECP_BLOCKED_MID] = {"blocked_mid", "PSI mid", ECP_FATE_BLOCKED, ECP_TEST_MID},
    [ECP_BLOCKED_LOW] = {"blocked_low", "PSI low", ECP_FATE_BLOCKED, ECP_TEST_LOW},
    [ECP_CUT_OUTPUT_HIGH] = {"cut_output", "output cut", ECP_FATE_CUT_OUTPUT, ECP_TEST_HIGH},
    [ECP_CUT_INPUT_HIGH] = {"cut_input", "input cut", ECP_FATE_CUT_INPUT, ECP_TEST_HIGH},
    [ECP_RESCUE_DG_NATURAL] = {"rescue_dg", "rescue DG", ECP_FATE_RESCUE_DG, ECP_TEST_NATURAL},
    [ECP_RESCUE_NATURAL] = {"rescue", "rescue all", ECP_FATE_RESCUE, ECP_TEST_NATURAL},
    [ECP_UNTAUGHT_NATURAL] = {"untaught_natural", "naive A", ECP_FATE_UNTAUGHT, ECP_TEST_NATURAL},
    [ECP_UNTAUGHT_HIGH] = {"untaught_high", "naive light", ECP_FATE_UNTAUGHT, ECP_TEST_HIGH}};

const char *const ecp_engram_area[ECP_AREAS] = {"EC", "DG", "CA3", "BLA"};
enum { LIGHT = 0x910, LOSS = 0x920 }; /* what is drawn (chance.h) */

/* ---- what is asked for ------------------------------------------------------------------ */

static const double hour = 3.6e6, day_ms = 8.64e7;

enum ecp_status ecp_engram_timeline_check(const struct ecp_engram_timeline *t)
{
    static const char *const key[ECP_DAYS] = {"first_test", "second_test"};
    const double block_end = t->block_from + t->block_for;
    for (int k = 0; k < ECP_DAYS; k++)
        if (t->test[k] <= 0)
            return ecp_fail(ECP_ECONFIG,
                            "%s (0): the timeline lacks a test; allowed: a time after "
                            "learning, such as \"1 d\"",
                            key[k]);
    if (t->test[0] < t->consolidation)
        return ecp_fail(ECP_ECONFIG,
                        "first_test (%g h after learning) overlaps with consolidation, which lasts "
                        "%g h; allowed: at its end or later",
                        t->test[0] / hour, t->consolidation / hour);
    if (t->test[0] < block_end)
        return ecp_fail(ECP_ECONFIG,
                        "first_test (%g h after learning) overlaps with the block of protein "
                        "synthesis (block_from + block_for = %g h); allowed: at its end or later",
                        t->test[0] / hour, block_end / hour);
    if (t->test[1] <= t->test[0])
        return ecp_fail(ECP_ECONFIG,
                        "second_test (%g d after learning) overlaps with first_test (%g d); "
                        "allowed: a later time",
                        t->test[1] / day_ms, t->test[0] / day_ms);
    return ECP_OK;
}

double ecp_engram_consolidated(const struct ecp_engram_timeline *t, int blocked)
{
    const double end = fmin(t->block_from + t->block_for, t->consolidation);
    const double lost = blocked ? fmax(0, end - t->block_from) : 0;
    return t->consolidation > 0 ? 1 - lost / t->consolidation : 1;
}

enum ecp_status ecp_engram_setup_check(const struct ecp_engram_setup *s)
{
    static const char *const key[ECP_AREAS] = {"", "engram_dg", "engram_ca3", "engram_bla"};
    if (2 * s->cued > s->size[ECP_EC])
        return ecp_fail(ECP_ECONFIG,
                        "cued (%zu): found a cue larger than its population, for two contexts have "
                        "cells of their own among the %zu of EC; allowed: at most %zu",
                        s->cued, s->size[ECP_EC], s->size[ECP_EC] / 2);
    for (int a = ECP_DG; a < ECP_AREAS; a++)
        if (s->engram[a] >= s->size[a])
            return ecp_fail(ECP_ECONFIG,
                            "%s (%zu): found an engram that leaves no other of the %zu cells of "
                            "%s; allowed: at most %zu",
                            key[a], s->engram[a], s->size[a], ecp_engram_area[a], s->size[a] - 1);
    for (int k = 0; k < ECP_PATHS; k++)
        if (s->contact[k] + s->learnt[k] > 1)
            return ecp_fail(ECP_ECONFIG,
                            "contacts from %s to %s: found a probability of %g + %g after "
                            "learning; allowed: at most 1",
                            ecp_engram_area[k], ecp_engram_area[k + 1], s->contact[k],
                            s->learnt[k]);
    if (s->volley > s->period)
        return ecp_fail(ECP_ECONFIG,
                        "volley (%g ms): found one longer than the period of %g ms; allowed: "
                        "as long (an even cue) or shorter",
                        s->volley, s->period);
    if (s->cue < s->background)
        return ecp_fail(ECP_ECONFIG, "cue (%g Hz): found less than background (%g Hz)", s->cue,
                        s->background);
    if (1e-3 * s->dt * s->cue * s->period / s->volley > 0.9)
        return ecp_fail(ECP_ECONFIG,
                        "cue (%g Hz in volleys of %g ms every %g ms): found about a spike of each "
                        "cell in each step of %g ms; allowed: at most 0.9",
                        s->cue, s->volley, s->period, s->dt);
    for (int k = 1; k < ECP_POWERS; k++)
        if (s->power[k] >= s->power[k - 1])
            return ecp_fail(ECP_ECONFIG, "power_%s (%g): found no less than power_%s (%g)",
                            k == 1 ? "mid" : "low", s->power[k], k == 1 ? "high" : "mid",
                            s->power[k - 1]);
    return ecp_engram_timeline_check(&s->time);
}

/* ---- synapses ----------------------------------------------------------------------------- */

static int both_tagged(const struct ecp_engram_subject *s, int path, size_t source, size_t target)
{
    return s->tagged[path][source] && s->tagged[path + 1][target];
}

/* A number in (0, 1) of a synapse's own. */
static double own_number(const struct ecp_engram_subject *s, uint32_t what, size_t at)
{
    struct ecp_chance chance = ecp_chance(s->seed, what, (uint32_t)at);
    return ecp_chance_uniform(&chance);
}

uint8_t ecp_engram_contact_now(const struct ecp_engram_subject *s, enum ecp_engram_fate fate,
                               int day, int path, size_t source, size_t target)
{
    const size_t at = source * s->setup->size[path + 1] + target;
    const uint8_t kind = s->contact[path][at];
    const struct ecp_engram_timeline *t = &s->setup->time;
    if ((fate == ECP_FATE_CUT_OUTPUT && path == ECP_DG) ||
        (fate == ECP_FATE_CUT_INPUT && path == ECP_EC))
        return ECP_NO_CONTACT;
    if (kind != ECP_CONTACT_LEARNT)
        return kind;
    if (fate == ECP_FATE_UNTAUGHT || day < 0)
        return ECP_NO_CONTACT;
    if (t->contact_tau > 0 &&
        own_number(s, LOSS + (uint32_t)path, at) > exp(-t->test[day] / t->contact_tau))
        return ECP_NO_CONTACT;
    return kind;
}

double ecp_engram_gain_now(const struct ecp_engram_subject *s, enum ecp_engram_fate fate, int day,
                           int path, size_t source, size_t target)
{
    const struct ecp_engram_setup *setup = s->setup;
    const struct ecp_engram_timeline *t = &setup->time;
    const int rescued = fate == ECP_FATE_RESCUE || (fate == ECP_FATE_RESCUE_DG && path == ECP_EC);
    if (day < 0 || fate == ECP_FATE_UNTAUGHT || !both_tagged(s, path, source, target))
        return 1;
    if (rescued)
        return setup->rescue; /* grown shortly before the test */
    const double grown = (setup->gain - 1) * ecp_engram_consolidated(t, fate != ECP_FATE_SALINE);
    return 1 + grown * (t->gain_tau > 0 ? exp(-t->test[day] / t->gain_tau) : 1);
}

static enum ecp_status add_path(struct ecp_plan *plan, const struct ecp_engram_subject *s,
                                enum ecp_engram_fate fate, int day, int path)
{
    const size_t from = s->setup->size[path], to = s->setup->size[path + 1];
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    size_t n = 0;
    for (size_t i = 0; i < from; i++)
        for (size_t j = 0; j < to; j++)
            n += ecp_engram_contact_now(s, fate, day, path, i, j) != ECP_NO_CONTACT;
    if (n == 0)
        return ECP_OK;
    ecp_lid *source = ecp_plan_alloc(plan, n * sizeof *source);
    ecp_lid *target = ecp_plan_alloc(plan, n * sizeof *target);
    double *weight = ecp_plan_alloc(plan, n * sizeof *weight);
    if (!source || !target || !weight)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu synapses", n);
    n = 0;
    for (size_t i = 0; i < from; i++)
        for (size_t j = 0; j < to; j++)
            if (ecp_engram_contact_now(s, fate, day, path, i, j) != ECP_NO_CONTACT) {
                source[n] = (ecp_lid)i;
                target[n] = (ecp_lid)j;
                weight[n++] =
                    s->setup->weight[path] * ecp_engram_gain_now(s, fate, day, path, i, j);
            }
    ECP_TRY(ecp_plan_add_projection(plan, ecp_engram_area[path], ecp_engram_area[path + 1],
                                    ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = n, .source = source, .target = target, .weight = weight};
    p->delay = ecp_draw_constant(plan->dt);
    p->port_name = "r1";
done:
    return status;
}

/* ---- cells ---------------------------------------------------------------------------------- */

/* Of a current that is drawn anew with correlation rho from step to step, the sd that makes
 * the membrane's sd `wanted`: V' = a V + (1 - a) I. */
static double current_sd(double wanted, double tau_m, double tau, double dt)
{
    const double a = exp(-dt / tau_m), rho = exp(-dt / tau);
    return wanted * sqrt((1 + a) / (1 - a) * (1 - a * rho) / (1 + a * rho));
}

/* tau_m 20 ms on 20 pF: 1 pA moves the membrane by 1 mV in the end. */
static enum ecp_status add_area(struct ecp_plan *plan, const struct ecp_engram_setup *s, int area)
{
    const struct {
        const char *field;
        double value;
    } cell[] = {{"tau_m", 20},    {"c", 20},         {"e_l", -70},         {"v_th", -50},
                {"v_reset", -60}, {"t_ref", 2},      {"i_e", s->bias},     {"v", -70 + s->bias},
                {"tau_syn_1", 5}, {"tau_syn_2", 10}, {"tau_syn_3", 0.025}, {"tau_syn_4", 0},
                {"tau_syn_5", 0}, {"tau_syn_6", 0},  {"tau_syn_7", 0},     {"tau_syn_8", 0}};
    const double tau = 0.1;
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_projection *inhibition;
    struct ecp_plan_stimulus *noise;
    ECP_TRY(
        ecp_plan_add_population(plan, ecp_engram_area[area], "lif_exp_ports", s->size[area], &p));
    for (size_t k = 0; k < sizeof cell / sizeof cell[0]; k++)
        ECP_TRY(ecp_population_set(p, cell[k].field, cell[k].value));
    if (s->inhibition > 0) {
        ECP_TRY(ecp_plan_add_projection(plan, ecp_engram_area[area], ecp_engram_area[area],
                                        ECP_RULE_ALL_TO_ALL, &inhibition));
        inhibition->weight = ecp_draw_constant(-s->inhibition);
        inhibition->delay = ecp_draw_constant(plan->dt);
        inhibition->port_name = "r2";
    }
    if (s->noise > 0) {
        ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_NOISE, ecp_engram_area[area], &noise));
        noise->name = ecp_plan_printf(plan, "noise_%s", ecp_engram_area[area]);
        noise->sd = current_sd(s->noise, 20, tau, plan->dt);
        noise->tau = tau;
    }
done:
    return status;
}

enum ecp_status ecp_engram_add_cells(struct ecp_plan *plan, const struct ecp_engram_setup *s)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_population *p;
    struct ecp_plan_stimulus *background;
    struct ecp_plan_probe *probe;
    ECP_TRY(ecp_plan_add_population(plan, ecp_engram_area[ECP_EC], "parrot", s->size[ECP_EC], &p));
    for (int a = ECP_DG; a < ECP_AREAS; a++)
        ECP_TRY(add_area(plan, s, a));
    if (s->background > 0) {
        ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, ecp_engram_area[ECP_EC],
                                      &background));
        background->name = "background";
        background->level = ecp_draw_constant(s->background);
        background->weight = 1;
    }
    for (int a = 0; a < ECP_AREAS; a++)
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, ecp_engram_area[a], &probe));
done:
    return status;
}

/* ---- trials --------------------------------------------------------------------------------- */

struct trials {
    const struct ecp_engram_trial *trial;
    size_t n;
    double start; /* of the first */
};

/* Of Poisson spikes that give, at most one a step, the mean of the cue. Hz. */
static double volley_rate(const struct ecp_engram_setup *s)
{
    const double step = 1e-3 * s->dt;
    return -log1p(-step * (s->cue - s->background) * s->period / s->volley) / step;
}

/* The cells of a context that its trials have: all while it is learnt. */
static size_t cued_cells(const struct ecp_engram_setup *s, struct trials t)
{
    int taught = 0;
    for (size_t k = 0; k < t.n; k++)
        taught |= t.trial[k].teach;
    return taught ? s->cued : (size_t)fmax(1, floor(s->cue_share * (double)s->cued + 0.5));
}

/* Volleys to the EC cells of a context in all its trials. */
static enum ecp_status add_cue(struct ecp_plan *plan, const struct ecp_engram_setup *s,
                               struct trials t, int context)
{
    const int even = s->volley >= s->period;
    const double rate = volley_rate(s);
    enum ecp_status status = ECP_OK;
    struct ecp_plan_stimulus *cue;
    size_t room = 0, n = 0;
    double start = t.start;
    for (size_t k = 0; k < t.n; k++)
        if (t.trial[k].context == context)
            room += even ? 1 : (size_t)ceil(t.trial[k].duration / s->period);
    if (room == 0)
        return ECP_OK;
    double *time = ecp_plan_alloc(plan, 2 * room * sizeof *time);
    double *value = ecp_plan_alloc(plan, 2 * room * sizeof *value);
    if (!time || !value)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu volleys", room);
    for (size_t k = 0; k < t.n; start += t.trial[k++].duration)
        for (double at = 0; t.trial[k].context == context && at < t.trial[k].duration && n < room;
             at += even ? t.trial[k].duration : s->period, n++) {
            time[2 * n] = start + at;
            time[2 * n + 1] =
                start + (even ? t.trial[k].duration : fmin(at + s->volley, t.trial[k].duration));
            value[2 * n] = rate;
            value[2 * n + 1] = 0;
        }
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, ecp_engram_area[ECP_EC], &cue));
    cue->name = context == 1 ? "context_A" : "context_B";
    cue->target.first = context == 1 ? 0 : s->cued;
    cue->target.count = cued_cells(s, t);
    cue->level = ecp_draw_constant(0);
    cue->weight = 1;
    cue->n_switches = 2 * n;
    cue->switch_time = time;
    cue->switch_value = value;
done:
    return status;
}

/* Pulses of light: cells of the engram fire once, at the same time, or do not. */
static enum ecp_status add_light(struct ecp_plan *plan, const struct ecp_engram_subject *s,
                                 struct trials t, int day)
{
    const double period = s->setup->period;
    enum ecp_status status = ECP_OK;
    struct ecp_plan_stimulus *light;
    size_t pulses = 0, n = 0;
    double start = t.start;
    for (size_t k = 0; k < t.n; k++)
        if (t.trial[k].power > 0)
            pulses += (size_t)ceil(t.trial[k].duration / period);
    const size_t room = pulses * s->n_tagged[ECP_DG];
    if (room == 0)
        return ECP_OK;
    ecp_lid *target = ecp_plan_alloc(plan, room * sizeof *target);
    double *time = ecp_plan_alloc(plan, room * sizeof *time);
    if (!target || !time)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu pulses of light", room);
    struct ecp_chance chance = ecp_chance(s->seed, LIGHT, (uint32_t)(day + 1));
    for (size_t k = 0; k < t.n; start += t.trial[k++].duration)
        for (double at = 0; t.trial[k].power > 0 && at < t.trial[k].duration; at += period)
            for (size_t j = 0; j < s->setup->size[ECP_DG]; j++)
                if (s->tagged[ECP_DG][j] && ecp_chance_uniform(&chance) < t.trial[k].power) {
                    target[n] = (ecp_lid)j;
                    time[n++] = start + at + plan->dt;
                }
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_SPIKES, ecp_engram_area[ECP_DG], &light));
    light->name = "light";
    light->port_name = "r3";
    light->weight = 1e5; /* 120 mV at once, and gone after a step */
    light->n_events = n;
    light->event_target = target;
    light->event_time = time;
done:
    return status;
}

/* Excitable cells of DG and CA3, and the shock to cells of BLA. */
static enum ecp_status add_drive(struct ecp_plan *plan, const struct ecp_engram_subject *s,
                                 struct trials t)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_stimulus *drive;
    double start = t.start;
    for (size_t k = 0; k < t.n; start += t.trial[k++].duration)
        for (int a = ECP_DG; t.trial[k].teach && a < ECP_AREAS; a++) {
            ecp_lid *list = ecp_plan_alloc(plan, (s->setup->engram[a] + 1) * sizeof *list);
            size_t n = 0;
            if (!list)
                return ecp_fail(ECP_ENOMEM, "no memory for the plan");
            for (size_t j = 0; j < s->setup->size[a]; j++)
                if (s->driven[a][j])
                    list[n++] = (ecp_lid)j;
            ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, ecp_engram_area[a], &drive));
            drive->name = ecp_plan_printf(plan, "drive_%s_%zu", ecp_engram_area[a], k);
            drive->target.list = list;
            drive->target.count = n;
            drive->start = start;
            drive->stop = start + t.trial[k].duration;
            drive->level = ecp_draw_constant(a == ECP_BLA ? s->setup->us : s->setup->allocation);
        }
done:
    return status;
}

enum ecp_status ecp_engram_add_trials(struct ecp_plan *plan,
                                      const struct ecp_engram_subject *subject, int day,
                                      const struct ecp_engram_trial *trial, size_t n)
{
    const struct trials trials = {trial, n, ecp_plan_duration(plan)};
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    ECP_TRY(add_cue(plan, subject->setup, trials, 1));
    ECP_TRY(add_cue(plan, subject->setup, trials, 2));
    ECP_TRY(add_light(plan, subject, trials, day));
    ECP_TRY(add_drive(plan, subject, trials));
    for (size_t k = 0; k < n; k++)
        ECP_TRY(ecp_plan_add_phase(plan, trial[k].name, trial[k].duration, 0, &phase));
done:
    return status;
}

enum ecp_status ecp_engram_plan(const struct ecp_engram_subject *subject, enum ecp_engram_fate fate,
                                int day, const struct ecp_engram_trial *trial, size_t n_trials,
                                struct ecp_plan **out)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan *plan = NULL;
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "silent_engram";
    plan->dt = subject->setup->dt;
    /* A subject's networks have random numbers of their own. */
    plan->seed = (subject->seed << 8) + (uint64_t)(3 * (int)fate + day + 1);
    ECP_TRY(ecp_engram_add_cells(plan, subject->setup));
    for (int k = 0; k < ECP_PATHS; k++)
        ECP_TRY(add_path(plan, subject, fate, day, k));
    ECP_TRY(ecp_engram_add_trials(plan, subject, day, trial, n_trials));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}
