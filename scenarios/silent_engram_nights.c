/* silent_engram_nights.c -- plastic paths, closed forms, nights by fast-forward, and
 * tests in which nothing changes. How subjects encode: silent_engram_encoding.c. */
#include "scenarios/silent_engram_nights.h"

#include <math.h>
#include <string.h>

#include "engine/chance.h"

const struct ecp_night_condition ecp_night_conditions[ECP_ASKED] = {
    [ECP_ASK_SALINE_A] = {"saline_natural", "SAL A", ECP_NIGHT_SALINE, ECP_TEST_NATURAL},
    [ECP_ASK_SALINE_B] = {"saline_other", "SAL B", ECP_NIGHT_SALINE, ECP_TEST_OTHER},
    [ECP_ASK_SALINE_LIGHT] = {"saline_high", "SAL light", ECP_NIGHT_SALINE, ECP_TEST_HIGH},
    [ECP_ASK_BLOCKED_A] = {"blocked_natural", "PSI A", ECP_NIGHT_BLOCKED, ECP_TEST_NATURAL},
    [ECP_ASK_BLOCKED_B] = {"blocked_other", "PSI B", ECP_NIGHT_BLOCKED, ECP_TEST_OTHER},
    [ECP_ASK_BLOCKED_LIGHT] = {"blocked_high", "PSI light", ECP_NIGHT_BLOCKED, ECP_TEST_HIGH},
    [ECP_ASK_BLOCKED_MID] = {"blocked_mid", "PSI mid", ECP_NIGHT_BLOCKED, ECP_TEST_MID},
    [ECP_ASK_BLOCKED_LOW] = {"blocked_low", "PSI low", ECP_NIGHT_BLOCKED, ECP_TEST_LOW},
    [ECP_ASK_NAIVE_A] = {"naive_natural", "naive A", ECP_NIGHT_NAIVE, ECP_TEST_NATURAL},
    [ECP_ASK_NAIVE_LIGHT] = {"naive_high", "naive light", ECP_NIGHT_NAIVE, ECP_TEST_HIGH},
    [ECP_ASK_UNGROWN_A] = {"ungrown_natural", "no growth A", ECP_NIGHT_UNGROWN, ECP_TEST_NATURAL},
    [ECP_ASK_UNGROWN_LIGHT] = {"ungrown_high", "no growth light", ECP_NIGHT_UNGROWN, ECP_TEST_HIGH},
    [ECP_ASK_CUT_OUTPUT] = {"cut_output_high", "PSI light, DG-CA3 cut", ECP_NIGHT_CUT_OUTPUT,
                            ECP_TEST_HIGH},
    [ECP_ASK_CUT_INPUT] = {"cut_input_high", "PSI light, EC-DG cut", ECP_NIGHT_CUT_INPUT,
                           ECP_TEST_HIGH},
    [ECP_ASK_RESCUED_A] = {"rescue_natural", "rescue A", ECP_NIGHT_RESCUED, ECP_TEST_NATURAL},
    [ECP_ASK_SALINE_A_DAYS] = {"saline_natural_days", "SAL A, days", ECP_NIGHT_SALINE_DAYS,
                               ECP_TEST_NATURAL},
    [ECP_ASK_SALINE_LIGHT_DAYS] = {"saline_high_days", "SAL light, days", ECP_NIGHT_SALINE_DAYS,
                                   ECP_TEST_HIGH},
    [ECP_ASK_BLOCKED_A_DAYS] = {"blocked_natural_days", "PSI A, days", ECP_NIGHT_BLOCKED_DAYS,
                                ECP_TEST_NATURAL},
    [ECP_ASK_BLOCKED_LIGHT_DAYS] = {"blocked_high_days", "PSI light, days", ECP_NIGHT_BLOCKED_DAYS,
                                    ECP_TEST_HIGH},
    [ECP_ASK_NAIVE_A_DAYS] = {"naive_natural_days", "naive A, days", ECP_NIGHT_NAIVE_DAYS,
                              ECP_TEST_NATURAL},
    [ECP_ASK_ONSET] = {"blocked_second", "PSI 2nd", ECP_NIGHT_BLOCKED + 1, ECP_TEST_NATURAL},
    [ECP_ASK_ONSET + 1] = {"blocked_third", "PSI 3rd", ECP_NIGHT_BLOCKED + 2, ECP_TEST_NATURAL},
    [ECP_ASK_ONSET + 2] = {"blocked_fourth", "PSI 4th", ECP_NIGHT_BLOCKED + 3, ECP_TEST_NATURAL},
    [ECP_ASK_ONSET + 3] = {"blocked_fifth", "PSI 5th", ECP_NIGHT_BLOCKED + 4, ECP_TEST_NATURAL},
    [ECP_ASK_ONSET + 4] = {"blocked_late", "PSI late", ECP_NIGHT_BLOCKED + 5, ECP_TEST_NATURAL}};

static const double relaxation = 688400 / 0.1; /* tau_h/relax of rule stc, ms */
static const double hour = 3.6e6;              /* its tau_p and tau_z */

/* ---- what is asked for ----------------------------------------------------------------------- */

enum ecp_status ecp_night_setup_check(const struct ecp_night_setup *s)
{
    const double step = 1e-3 * s->engram.dt;
    if (s->growing > s->pulses)
        return ecp_fail(ECP_ECONFIG, "growing (%g): found more than pulses (%g)", s->growing,
                        s->pulses);
    if (step * s->burst > 0.9)
        return ecp_fail(ECP_ECONFIG,
                        "burst (%g Hz): found about a spike of each cell in each step of %g ms; "
                        "allowed: at most 0.9",
                        s->burst, s->engram.dt);
    for (int k = 0; k < ECP_ONSETS; k++) {
        if (k > 0 && s->onset[k] <= s->onset[k - 1])
            return ecp_fail(ECP_ECONFIG, "onsets: found %g h after %g h; allowed: ascending ones",
                            s->onset[k] / hour, s->onset[k - 1] / hour);
        if (s->onset[k] >= s->night)
            return ecp_fail(ECP_ECONFIG,
                            "onsets: found %g h, which overlaps with the test after a night of %g "
                            "h; allowed: earlier ones",
                            s->onset[k] / hour, s->night / hour);
    }
    if (s->days <= s->night)
        return ecp_fail(ECP_ECONFIG,
                        "days: found %g h, which overlaps with the test after a night of %g h; "
                        "allowed: more than that",
                        s->days / hour, s->night / hour);
    return ecp_engram_setup_check(&s->engram);
}

double ecp_night_block(const struct ecp_night_setup *s, int night)
{
    if (night >= ECP_NIGHT_BLOCKED && night <= ECP_NIGHT_BLOCKED_LAST)
        return s->onset[night - ECP_NIGHT_BLOCKED];
    return night == ECP_NIGHT_CUT_OUTPUT || night == ECP_NIGHT_CUT_INPUT ||
                   night == ECP_NIGHT_RESCUED || night == ECP_NIGHT_BLOCKED_DAYS
               ? 0
               : INFINITY;
}

static int is_after_days(int night)
{
    return night == ECP_NIGHT_SALINE_DAYS || night == ECP_NIGHT_BLOCKED_DAYS ||
           night == ECP_NIGHT_NAIVE_DAYS;
}

/* Before the tests, in the network that is asked: rescued ones begin behind the night. */
static double asleep(const struct ecp_night_setup *s, int night)
{
    return night == ECP_NIGHT_RESCUED ? 0 : is_after_days(night) ? s->days : s->night;
}

/* Of an early phase, at the tests. */
static double left_of(const struct ecp_night_setup *s, int night)
{
    return exp(-(is_after_days(night) ? s->days : s->night) / relaxation);
}

double ecp_night_tag(const struct ecp_night_setup *s, double early)
{
    return fabs(early) > s->theta_tag ? relaxation * log(fabs(early) / s->theta_tag) : 0;
}

/* Proteins rise with 1 - exp(-t/h) until they are blocked, and then fall; both as long as the
 * tag lives, or the block if that is shorter. */
double ecp_night_theory(const struct ecp_night_setup *s, double early, double block)
{
    const double tag = fmin(ecp_night_tag(s, early), s->night) / hour;
    const double made = fmin(tag, block / hour), fallen = fmin(tag, made + s->block / hour) - made;
    const double proteins = 1 - exp(-made);
    const double then = proteins * exp(-fallen), again = tag - made - fallen;
    const double gain =
        made - proteins + proteins * (1 - exp(-fallen)) + again - (1 - then) * (1 - exp(-again));
    return (early > 0 ? 1 : -0.5) * (1 - exp(-s->alpha * gain));
}

double ecp_night_theory_mean(const struct ecp_night_subject *s, double block)
{
    double sum = 0, n = 0;
    for (int k = 0; k < ECP_PATHS; k++) {
        const size_t from = s->setup->engram.size[k], to = s->setup->engram.size[k + 1];
        for (size_t i = 0; i < from; i++)
            for (size_t j = 0; s->engram.tagged[k][i] && j < to; j++) {
                const double w = (double)s->encoded.weight[k][i * to + j];
                if (isnan(w) || !ecp_night_tagged(s, k, i, j))
                    continue;
                sum += ecp_night_theory(s->setup, w / s->setup->engram.weight[k] - 1, block);
                n++;
            }
    }
    return n > 0 ? sum / n : NAN;
}

/* ---- synapses that change -------------------------------------------------------------------- */

struct value {
    const char *field;
    double value;
};

enum ecp_status ecp_night_plastic(struct ecp_plan *plan, const struct ecp_night_setup *s, int path,
                                  struct ecp_plan_projection *p)
{
    const double w = s->engram.weight[path], unit = w / 4.20075; /* of the rule's defaults */
    const struct value rule[] = {{"h_0", w},
                                 {"h_max", s->h_max * w},
                                 {"sigma", 2.90436 * unit},
                                 {"theta_tag", s->theta_tag * w},
                                 {"theta_pro", s->theta_pro * w},
                                 {"c_pre", s->c_pre},
                                 {"c_post", s->c_post},
                                 {"alpha", s->alpha},
                                 {"delay_pre", 18}};
    enum ecp_status status = ECP_OK;
    p->port_name = "r1";
    p->delay = ecp_draw_constant(plan->dt);
    ECP_TRY(ecp_plan_plasticity(plan, p, "stc"));
    for (size_t k = 0; k < sizeof rule / sizeof *rule; k++)
        ECP_TRY(ecp_projection_set(p, rule[k].field, rule[k].value));
done:
    return status;
}

enum ecp_status ecp_night_changes_begin(struct ecp_plan *plan, size_t room,
                                        struct ecp_night_changes *c)
{
    *c = (struct ecp_night_changes){plan,
                                    ecp_plan_alloc(plan, room * ECP_PATHS * sizeof *c->change), 0};
    return c->change ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for the plan");
}

void ecp_night_change(struct ecp_night_changes *c, const char *field, int structure, double value)
{
    for (size_t k = 0; k < c->plan->n_projections; k++) {
        const struct ecp_plan_projection *p = c->plan->projection[k];
        const struct ecp_plasticity *rule = structure ? p->structure : p->plasticity;
        if (rule)
            c->change[c->n++] =
                (struct ecp_plan_change){.population = -1,
                                         .stimulus = -1,
                                         .rule = (int)k + 1,
                                         .structure = structure,
                                         .field = ecp_field_find(rule->fields, field),
                                         .value = value};
    }
}

void ecp_night_changes_apply(const struct ecp_night_changes *c, struct ecp_plan_phase *phase)
{
    phase->change = c->change;
    phase->n_changes = c->n;
}

enum ecp_status ecp_night_probe(struct ecp_plan *plan, double first, double second)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_probe *probe;
    double *times = ecp_plan_alloc(plan, 2 * sizeof *times);
    if (!times)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    times[0] = first;
    times[1] = second;
    for (size_t k = 0; k < plan->n_projections; k++)
        if (plan->projection[k]->plasticity) {
            ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, plan->projection[k]->name, &probe));
            probe->times = times;
            probe->n_times = second > first ? 2 : 1;
        }
done:
    return status;
}

int ecp_night_tagged(const struct ecp_night_subject *s, int path, size_t source, size_t target)
{
    return s->engram.tagged[path][source] && s->engram.tagged[path + 1][target];
}

/* Contacts among tagged cells over those among all, as shares of pairs. */
double ecp_night_structure(const struct ecp_night_subject *s, const struct ecp_night_synapses *w)
{
    double ratio = 0;
    for (int k = ECP_DG; k < ECP_PATHS; k++) {
        const size_t from = s->setup->engram.size[k], to = s->setup->engram.size[k + 1];
        double n[2] = {0, 0}, pairs[2] = {0, 0};
        for (size_t i = 0; i < from; i++)
            for (size_t j = 0; j < to; j++) {
                const int engram = ecp_night_tagged(s, k, i, j);
                pairs[engram]++;
                n[engram] += !isnan((double)w->weight[k][i * to + j]);
            }
        const double all = (n[0] + n[1]) / (pairs[0] + pairs[1]);
        ratio += all > 0 ? n[1] / pairs[1] / all / (ECP_PATHS - ECP_DG) : NAN;
    }
    return ratio;
}

/* ---- nights and tests ------------------------------------------------------------------------ */

static const struct ecp_night_synapses *synapses_of(const struct ecp_night_subject *s, int night)
{
    return night == ECP_NIGHT_NAIVE || night == ECP_NIGHT_NAIVE_DAYS ? &s->before
           : night == ECP_NIGHT_UNGROWN                              ? &s->ungrown
                                                                     : &s->encoded;
}

static int is_silenced(int night, int path)
{
    return (night == ECP_NIGHT_CUT_OUTPUT && path == ECP_DG) ||
           (night == ECP_NIGHT_CUT_INPUT && path == ECP_EC);
}

/* With which the network begins. Spines of rescued animals have grown on cells of the engram,
 * whoever their sources are, while the early phase passed. */
static double weight_of(const struct ecp_night_subject *s, int night, int path, size_t at)
{
    const double w = (double)synapses_of(s, night)->weight[path][at];
    const double unit = s->setup->engram.weight[path];
    const size_t target = at % s->setup->engram.size[path + 1];
    if (night != ECP_NIGHT_RESCUED)
        return w;
    return unit * (1 + (w / unit - 1) * left_of(s->setup, night) +
                   (s->engram.tagged[path + 1][target] ? s->setup->rescue : 0));
}

static enum ecp_status add_path(struct ecp_plan *plan, const struct ecp_night_subject *s, int night,
                                int path)
{
    const float *weight = synapses_of(s, night)->weight[path];
    const size_t from = s->setup->engram.size[path], to = s->setup->engram.size[path + 1];
    enum ecp_status status = ECP_OK;
    struct ecp_plan_projection *p;
    size_t n = 0;
    for (size_t k = 0; k < from * to; k++)
        n += isnan((double)weight[k]) ? 0 : 1;
    ecp_lid *source = ecp_plan_alloc(plan, (n + 1) * sizeof *source);
    ecp_lid *target = ecp_plan_alloc(plan, (n + 1) * sizeof *target);
    double *w = ecp_plan_alloc(plan, (n + 1) * sizeof *w);
    if (!source || !target || !w)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu synapses", n);
    if (n == 0)
        return ECP_OK;
    n = 0;
    for (size_t k = 0; k < from * to; k++)
        if (!isnan((double)weight[k])) {
            source[n] = (ecp_lid)(k / to);
            target[n] = (ecp_lid)(k % to);
            w[n++] = weight_of(s, night, path, k);
        }
    ECP_TRY(ecp_plan_add_projection(plan, ecp_engram_area[path], ecp_engram_area[path + 1],
                                    ECP_RULE_EXPLICIT, &p));
    p->edges = (struct ecp_edges){.n = n, .source = source, .target = target, .weight = w};
    status = ecp_night_plastic(plan, s->setup, path, p);
done:
    return status;
}

/* Hours pass at once; `alpha` of all synapses is what it says from then on. */
static enum ecp_status add_hours(struct ecp_plan *plan, const char *name, double duration,
                                 double alpha)
{
    enum ecp_status status = ECP_OK;
    struct ecp_plan_phase *phase;
    struct ecp_night_changes c;
    if (duration <= 0)
        return ECP_OK;
    ECP_TRY(ecp_night_changes_begin(plan, 1, &c));
    ecp_night_change(&c, "alpha", 0, alpha);
    ECP_TRY(ecp_plan_add_phase(plan, name, duration, 1, &phase));
    phase->fast_forward = 1;
    ecp_night_changes_apply(&c, phase);
done:
    return status;
}

static enum ecp_status add_night(struct ecp_plan *plan, const struct ecp_night_setup *s, int night)
{
    const double block = fmin(ecp_night_block(s, night), s->night);
    const double blocked = fmin(s->block, s->night - block);
    enum ecp_status status = ECP_OK;
    if (night == ECP_NIGHT_RESCUED)
        return ECP_OK;
    ECP_TRY(add_hours(plan, "night", block, s->alpha));
    ECP_TRY(add_hours(plan, "block", blocked, 0));
    ECP_TRY(add_hours(plan, "morning", s->night - block - blocked, s->alpha));
    if (is_after_days(night))
        ECP_TRY(add_hours(plan, "days", s->days - s->night, s->alpha));
done:
    return status;
}

/* In tests no synapse moves but by what relaxes over hours. */
static enum ecp_status freeze(struct ecp_plan *plan, struct ecp_plan_phase *phase)
{
    enum ecp_status status = ECP_OK;
    struct ecp_night_changes c;
    ECP_TRY(ecp_night_changes_begin(plan, 3, &c));
    ecp_night_change(&c, "gamma_p", 0, 0);
    ecp_night_change(&c, "gamma_d", 0, 0);
    ecp_night_change(&c, "sigma", 0, 0);
    ecp_night_changes_apply(&c, phase);
done:
    return status;
}

static enum ecp_status plan_night(void *context, size_t job, struct ecp_plan **out)
{
    const struct ecp_night_asked *asked = context;
    const struct ecp_night_subject *s = &asked->subject[job / ECP_NIGHTS];
    const int night = (int)(job % ECP_NIGHTS);
    struct ecp_engram_trial trial[ECP_ASKED];
    enum ecp_status status = ECP_OK;
    struct ecp_plan *plan = NULL;
    size_t n = 0;
    for (int c = 0; c < ECP_ASKED; c++)
        if (ecp_night_conditions[c].night == night)
            trial[n++] = ecp_engram_trial_of(&s->setup->engram, ecp_night_conditions[c].test);
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "silent_engram_consolidation";
    plan->dt = s->setup->engram.dt;
    plan->seed = (s->engram.seed << 8) + 201 + (uint64_t)night;
    ECP_TRY(ecp_engram_add_cells(plan, &s->setup->engram));
    for (int k = 0; k < ECP_PATHS; k++)
        if (!is_silenced(night, k))
            ECP_TRY(add_path(plan, s, night, k));
    ECP_TRY(add_night(plan, s->setup, night));
    const size_t first = plan->n_phases;
    ECP_TRY(ecp_engram_add_trials(plan, &s->engram, 0, trial, n));
    ECP_TRY(freeze(plan, plan->phase[first]));
    ECP_TRY(ecp_night_probe(plan, asleep(s->setup, night), 0));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

/* Late phases: what is left of w when h_0 and what is left of the early phase are gone. */
static struct ecp_night_late late_of(const struct ecp_night_subject *s, int night,
                                     const struct ecp_recording *r)
{
    const struct ecp_night_setup *setup = s->setup;
    const double left = left_of(setup, night), block = ecp_night_block(setup, night);
    const struct ecp_night_synapses *synapses = synapses_of(s, night);
    double z[2] = {0, 0}, n[2] = {0, 0}, theory = 0;
    for (size_t m = 0; m < r->n_weights; m++) {
        const struct ecp_recorded_weights *w = &r->weights[m];
        const int path = w->source_population;
        const double unit = setup->engram.weight[path];
        for (size_t j = 0; j < w->n; j++) {
            const size_t at = w->source[j] * setup->engram.size[path + 1] + w->target[j];
            const double early = (double)synapses->weight[path][at] / unit - 1;
            const int engram = ecp_night_tagged(s, path, w->source[j], w->target[j]);
            z[engram] += (double)w->weight[j] / unit - 1 - early * left;
            theory += engram ? ecp_night_theory(setup, early, block) : 0;
            n[engram]++;
        }
    }
    return (struct ecp_night_late){.z = z[1] / n[1],
                                   .theory = theory / n[1],
                                   .structure = ecp_night_structure(s, synapses),
                                   .unpaired = z[0] / n[0]};
}

static enum ecp_status look_at_night(void *context, size_t job, const struct ecp_recording *r)
{
    const struct ecp_night_asked *asked = context;
    const size_t subject = job / ECP_NIGHTS;
    const struct ecp_night_subject *s = &asked->subject[subject];
    const int night = (int)(job % ECP_NIGHTS);
    double start = asleep(s->setup, night);
    enum ecp_status status = ECP_OK;
    for (int c = 0; c < ECP_ASKED; c++)
        if (ecp_night_conditions[c].night == night) {
            ECP_TRY(ecp_engram_measure(&s->engram, r, start,
                                       &asked->recall[subject * ECP_ASKED + (size_t)c]));
            start += s->setup->engram.settle + s->setup->engram.test;
        }
    asked->late[job] = late_of(s, night, r);
done:
    return status;
}

enum ecp_status ecp_night_ask(struct ecp_experiment *e, double from, double to,
                              struct ecp_night_asked *asked)
{
    const struct ecp_jobs jobs = {.n = asked->subjects * ECP_NIGHTS,
                                  .context = asked,
                                  .plan = plan_night,
                                  .look = look_at_night,
                                  .at = "subjects sleep and are asked",
                                  .from = from,
                                  .to = to};
    asked->recall = ecp_experiment_alloc(e, asked->subjects * ECP_ASKED, sizeof *asked->recall);
    asked->late = ecp_experiment_alloc(e, asked->subjects * ECP_NIGHTS, sizeof *asked->late);
    if (!asked->recall || !asked->late)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu subjects", asked->subjects);
    return ecp_experiment_simulate_jobs(e, &jobs);
}
