/* The network of engram_assemblies: engram_assemblies_network.h. */
#include "scenarios/engram_assemblies_network.h"

#include <math.h>
#include <string.h>

#include "engine/chance.h"

enum { PRESENTED = 0x4153, RESET_PA = -2000 };

/* ---- the ring and the timeline ----------------------------------------------------------------
 */

size_t ecp_assemblies_first(const struct ecp_assemblies_setup *s, size_t pattern)
{
    return s->shared > 0 ? pattern * (s->size - s->shared) : pattern * s->cells / s->patterns;
}

double ecp_assemblies_test(const struct ecp_assemblies_setup *s)
{
    return (double)(s->patterns * s->rounds) * (s->gap + s->cue) + s->gap;
}

/* When cue `k` of a test begins. */
static double cue_at(const struct ecp_assemblies_setup *s, int test, size_t k)
{
    const double begin = s->settle + s->learn;
    const double from =
        test == ECP_ASSEMBLIES_BEFORE ? begin : begin + ecp_assemblies_test(s) + s->rest;
    return from + s->gap + (double)k * (s->gap + s->cue);
}

enum ecp_status ecp_assemblies_check(const struct ecp_assemblies_setup *s)
{
    const size_t end = ecp_assemblies_first(s, s->patterns - 1) + s->size;
    if (s->patterns * s->size > s->cells || end > s->cells)
        return ecp_fail(ECP_ECONFIG,
                        "patterns (%zu) of %zu cells (share) do not fit side by side into %zu",
                        s->patterns, s->size, s->cells);
    if (s->size < 8 || 2 * s->shared + 8 > s->size)
        return ecp_fail(
            ECP_ECONFIG,
            "a pattern has %zu cells (share), of them %zu with its neighbour (overlap); "
            "allowed: at least 8 of its own",
            s->size, s->shared);
    if (s->field > s->cells || s->field < 1)
        return ecp_fail(ECP_ECONFIG, "field (%zu inputs of a cell): found more than there are, %zu",
                        s->field, s->cells);
    if (s->inputs > s->cells)
        return ecp_fail(ECP_ECONFIG, "inputs (%zu): found more than there are cells, %zu",
                        s->inputs, s->cells);
    if (fabs(fmod(1 + 1e-9, s->dt)) > 1e-6)
        return ecp_fail(ECP_ECONFIG, "step (%g ms): found no whole part of a millisecond", s->dt);
    if (s->delay + s->reset > s->gap)
        return ecp_fail(ECP_ECONFIG,
                        "delay (%g ms) and reset (%g ms) do not fit between cues; allowed: at most "
                        "gap (%g ms)",
                        s->delay, s->reset, s->gap);
    if (s->on > s->learn)
        return ecp_fail(ECP_ECONFIG, "learn (%g ms) is shorter than one presentation, on (%g ms)",
                        s->learn, s->on);
    if (fmod(s->cue, s->bin) != 0 || fmod(s->delay, s->bin) != 0 || fmod(s->gap, s->bin) != 0 ||
        fmod(s->rest, s->bin) != 0 || fmod(s->settle, s->bin) != 0 || fmod(s->learn, s->bin) != 0)
        return ecp_fail(ECP_ECONFIG,
                        "settle, learn, rest, cue, delay and gap must be whole "
                        "multiples of bin (%g ms)",
                        s->bin);
    return ECP_OK;
}

/* ---- the plan -------------------------------------------------------------------------------- */

static struct ecp_layout ring(size_t n)
{
    return (struct ecp_layout){
        .kind = ECP_LAYOUT_GRID, .rows = 1, .columns = n, .width = 1, .height = 1, .periodic = 1};
}

static enum ecp_status add_cells(struct ecp_plan *plan, const struct ecp_assemblies_setup *s)
{
    const struct ecp_draw v = {.kind = ECP_DRAW_UNIFORM, .a = -70, .b = -55};
    struct ecp_plan_population *in, *ex, *inh;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_population(plan, "S", "parrot", s->cells, &in));
    ECP_TRY(ecp_plan_add_population(plan, "E", "lif_nmda", s->cells, &ex));
    ECP_TRY(ecp_plan_add_population(plan, "I", "lif_nmda", s->inhibitory, &inh));
    in->layout = ring(s->cells);
    ex->layout = ring(s->cells);
    ECP_TRY(ecp_population_set(ex, "ampa_nmda", 0.2));
    ECP_TRY(ecp_population_set(ex, "q_sfa", s->q_sfa));
    ECP_TRY(ecp_population_set(ex, "tau_sfa", s->tau_sfa));
    ECP_TRY(ecp_population_set(inh, "ampa_nmda", 0.3));
    ECP_TRY(ecp_population_set_draw(ex, "v", v));
    status = ecp_population_set_draw(inh, "v", v);
done:
    return status;
}

struct link {
    const char *source, *target;
    double weight, tau_rec; /* 0: no short-term plasticity */
};

static enum ecp_status add_link(struct ecp_plan *plan, const struct ecp_assemblies_setup *s,
                                const struct link *link, struct ecp_plan_projection **out)
{
    const int is_input = link->source[0] == 'S';
    const enum ecp_rule rule = is_input ? ECP_RULE_DISTANCE : ECP_RULE_PAIRWISE_BERNOULLI;
    struct ecp_plan_projection *p;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_projection(plan, link->source, link->target, rule, &p));
    p->weight = ecp_draw_constant(link->weight);
    p->delay = ecp_draw_constant(1);
    p->probability = (double)s->inputs / (double)s->cells;
    p->autapses = link->source != link->target;
    if (is_input) {
        p->probability = 1;
        p->kernel = ECP_KERNEL_DISC;
        p->scale = 0.5 * (double)s->field / (double)s->cells;
        p->autapses = 1;
    }
    if (link->tau_rec > 0) {
        ECP_TRY(ecp_plan_short_term(plan, p, "tsodyks_markram"));
        ECP_TRY(ecp_projection_set_short_term(p, "u_0", 0.2));
        ECP_TRY(ecp_projection_set_short_term(p, "tau_fac", 600));
        ECP_TRY(ecp_projection_set_short_term(p, "tau_rec", link->tau_rec));
    }
    *out = p;
done:
    return status;
}

static enum ecp_status add_synapses(struct ecp_plan *plan, const struct ecp_assemblies_setup *s,
                                    enum ecp_assemblies_variant variant)
{
    static const char ex[] = "E", inh[] = "I", in[] = "S";
    const int hebb = variant == ECP_ASSEMBLIES_HEBB;
    const double beta = hebb || variant == ECP_ASSEMBLIES_NO_HETERO ? 0 : s->beta;
    const double tau_c = variant == ECP_ASSEMBLIES_NO_REFERENCE ? 1e12 : s->tau_c;
    const struct link link[] = {{in, ex, s->w_in, 150},
                                {ex, inh, s->w_ei, 200},
                                {inh, inh, -s->w_ii, 0},
                                {ex, ex, s->w_ee, 150},
                                {inh, ex, -s->w_ie, 0}};
    struct ecp_plan_projection *p = NULL;
    enum ecp_status status;
    for (size_t k = 0; k < 4; k++)
        ECP_TRY(add_link(plan, s, &link[k], &p));
    ECP_TRY(ecp_plan_plasticity(plan, p, "zenke"));
    ECP_TRY(ecp_projection_set(p, "eta", s->eta));
    ECP_TRY(ecp_projection_set(p, "beta", beta));
    ECP_TRY(ecp_projection_set(p, "delta", hebb ? 0 : s->delta));
    ECP_TRY(ecp_projection_set(p, "tau_c", tau_c));
    ECP_TRY(ecp_projection_set(p, "homeostasis", s->adaptive));
    ECP_TRY(add_link(plan, s, &link[4], &p));
    ECP_TRY(ecp_plan_plasticity(plan, p, "istdp_global"));
    p->modulator = ecp_plan_population_index(plan, "E");
    p->modulator_delay = 1;
    ECP_TRY(ecp_projection_set(p, "eta", hebb ? 0 : s->eta_i));
    ECP_TRY(ecp_projection_set(p, "rho_0", s->rho_0));
    status = ecp_projection_set(p, "cells", (double)s->cells);
done:
    return status;
}

/* Times at which inputs of a half of a pattern change their rate. */
struct schedule {
    size_t n, room;
    double *time, *value;
};

static void show(struct schedule *schedule, double from, double to, double rate)
{
    if (schedule->n + 2 > schedule->room)
        return;
    schedule->time[schedule->n] = from;
    schedule->value[schedule->n++] = rate;
    schedule->time[schedule->n] = to;
    schedule->value[schedule->n++] = 0;
}

static enum ecp_status make_room(struct ecp_plan *plan, const struct ecp_assemblies_setup *s,
                                 struct schedule *schedule)
{
    const double most = s->learn / (0.5 * (s->on + s->off)) + 4 + 2 * (double)s->rounds;
    for (size_t h = 0; h < 2 * s->patterns; h++) {
        schedule[h].room = 2 * (size_t)most;
        schedule[h].time = ecp_plan_alloc(plan, schedule[h].room * sizeof(double));
        schedule[h].value = ecp_plan_alloc(plan, schedule[h].room * sizeof(double));
        if (!schedule[h].time || !schedule[h].value)
            return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    }
    return ECP_OK;
}

/* Presentations last from half of their mean to one and a half of it, and so do pauses. */
static void fill(const struct ecp_assemblies_setup *s, uint64_t seed, struct schedule *schedule)
{
    struct ecp_chance chance = ecp_chance(seed, PRESENTED, 0);
    const double end = s->settle + s->learn;
    double at = s->settle;
    while (at < end) {
        const size_t k = (size_t)ecp_chance_below(&chance, s->patterns);
        const double on = floor(s->on * (0.5 + ecp_chance_uniform(&chance))) + 1;
        const double stop = fmin(at + on, end);
        show(&schedule[2 * k], at, stop, s->shown);
        show(&schedule[2 * k + 1], at, stop, s->shown);
        at += on + floor(s->off * (0.5 + ecp_chance_uniform(&chance))) + 1;
    }
    for (int test = 0; test < ECP_ASSEMBLIES_TESTS; test++)
        for (size_t k = 0; k < s->patterns * s->rounds; k++) {
            const double from = cue_at(s, test, k);
            show(&schedule[2 * (k % s->patterns)], from, from + s->cue, s->cued);
        }
}

static enum ecp_status add_inputs(struct ecp_plan *plan, const struct ecp_assemblies_setup *s,
                                  uint64_t seed)
{
    struct schedule schedule[2 * ECP_ASSEMBLIES_MOST] = {{0}};
    struct ecp_plan_stimulus *in;
    enum ecp_status status;
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "S", &in));
    in->name = "background";
    in->weight = 1;
    in->level = ecp_draw_constant(s->background);
    ECP_TRY(make_room(plan, s, schedule));
    fill(s, seed, schedule);
    for (size_t h = 0; h < 2 * s->patterns; h++) {
        if (schedule[h].n == 0)
            continue;
        ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "S", &in));
        in->name = ecp_plan_printf(plan, "pattern_%zu_%zu", h / 2 + 1, h % 2 + 1);
        in->weight = 1;
        in->level = ecp_draw_constant(0);
        in->target.first = ecp_assemblies_first(s, h / 2) + h % 2 * (s->size / 2);
        in->target.count = h % 2 ? s->size - s->size / 2 : s->size / 2;
        in->n_switches = schedule[h].n;
        in->switch_time = schedule[h].time;
        in->switch_value = schedule[h].value;
    }
done:
    return status;
}

/* A strong current out of all excitatory cells before each cue. */
static enum ecp_status add_resets(struct ecp_plan *plan, const struct ecp_assemblies_setup *s)
{
    const size_t n = s->patterns * s->rounds * ECP_ASSEMBLIES_TESTS;
    struct schedule schedule = {.room = 2 * n};
    struct ecp_plan_stimulus *out;
    enum ecp_status status = ECP_OK;
    if (s->reset <= 0)
        return ECP_OK;
    schedule.time = ecp_plan_alloc(plan, 2 * n * sizeof(double));
    schedule.value = ecp_plan_alloc(plan, 2 * n * sizeof(double));
    if (!schedule.time || !schedule.value)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (size_t k = 0; k < n; k++) {
        const double at = cue_at(s, (int)(k / (n / 2)), k % (n / 2));
        show(&schedule, at - s->reset, at, RESET_PA);
    }
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "E", &out));
    out->name = "reset";
    out->level = ecp_draw_constant(0);
    out->n_switches = schedule.n;
    out->switch_time = schedule.time;
    out->switch_value = schedule.value;
done:
    return status;
}

/* Cells that are a pattern's alone, the first or the second half of them. */
static void half_of(const struct ecp_assemblies_setup *s, size_t h, struct ecp_subset *out)
{
    const size_t own = s->size - 2 * s->shared, first = own / 2;
    out->first = ecp_assemblies_first(s, h / 2) + s->shared + h % 2 * first;
    out->count = h % 2 ? own - first : first;
}

static enum ecp_status add_probes(struct ecp_plan *plan, const struct ecp_assemblies_setup *s)
{
    struct ecp_plan_probe *probe;
    enum ecp_status status;
    for (size_t h = 0; h < 2 * s->patterns + 2; h++) {
        ECP_TRY(
            ecp_plan_add_probe(plan, ECP_PROBE_RATE, h == 2 * s->patterns + 1 ? "I" : "E", &probe));
        probe->interval = s->bin;
        if (h < 2 * s->patterns)
            half_of(s, h, &probe->target);
    }
    for (int k = 0; k < 2; k++) {
        double *time = ecp_plan_alloc(plan, 2 * sizeof *time);
        if (!time)
            return ecp_fail(ECP_ENOMEM, "no memory for the plan");
        time[0] = s->settle + s->learn;
        time[1] = time[0] + ecp_assemblies_test(s) + s->rest;
        ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "E_E", &probe));
        probe->name = k ? "reference" : "weight";
        probe->field_name = k ? "w_ref" : NULL;
        probe->n_times = 2;
        probe->times = time;
    }
    status = ECP_OK;
done:
    return status;
}

enum ecp_status ecp_assemblies_plan(const struct ecp_assemblies_setup *s,
                                    enum ecp_assemblies_variant variant, uint64_t seed,
                                    struct ecp_plan **out)
{
    const struct {
        const char *name;
        double duration;
    } phases[] = {{"settle", s->settle},
                  {"learn", s->learn},
                  {"before", ecp_assemblies_test(s)},
                  {"rest", s->rest},
                  {"after", ecp_assemblies_test(s)}};
    enum ecp_status status;
    struct ecp_plan *plan = NULL;
    struct ecp_plan_phase *phase;
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "engram_assemblies";
    plan->dt = s->dt; /* delays are 1 ms */
    plan->seed = seed;
    ECP_TRY(add_cells(plan, s));
    ECP_TRY(add_synapses(plan, s, variant));
    ECP_TRY(add_inputs(plan, s, seed));
    ECP_TRY(add_resets(plan, s));
    ECP_TRY(add_probes(plan, s));
    for (size_t k = 0; k < sizeof phases / sizeof *phases; k++)
        ECP_TRY(ecp_plan_add_phase(plan, phases[k].name, phases[k].duration, 0, &phase));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

/* ---- measures --------------------------------------------------------------------------------
 */

double ecp_assemblies_overlap(double cued, double uncued, double other)
{
    const double most = fmax(fmax(cued, uncued), other);
    return most > 0 ? (uncued - other) / most : 0;
}

/* Mean of a rate from `from` to `to`. */
static double mean_rate(const struct ecp_recorded_signal *rate, double from, double to)
{
    const size_t first = (size_t)llround((from - rate->start) / rate->interval);
    const size_t n = (size_t)llround((to - from) / rate->interval);
    double sum = 0;
    for (size_t k = first; k < first + n && k < rate->n_frames; k++)
        sum += (double)rate->data[k];
    return sum / (double)n;
}

/* The overlap in a stretch; *right: is the cued assembly the most active? */
static double overlap_in(const struct ecp_assemblies_setup *s, const struct ecp_recording *r,
                         size_t pattern, double from, double to, int *right)
{
    double half[2 * ECP_ASSEMBLIES_MOST], other = 0;
    for (size_t h = 0; h < 2 * s->patterns; h++)
        half[h] = mean_rate(&r->signal[h], from, to);
    for (size_t k = 0; k < s->patterns; k++)
        if (k != pattern)
            other = fmax(other, (half[2 * k] + half[2 * k + 1]) / 2);
    *right = (half[2 * pattern] + half[2 * pattern + 1]) / 2 > other;
    return ecp_assemblies_overlap(half[2 * pattern], half[2 * pattern + 1], other);
}

static struct ecp_assemblies_recall recall_of(const struct ecp_assemblies_setup *s,
                                              const struct ecp_recording *r, int test)
{
    const size_t n = s->patterns * s->rounds;
    struct ecp_assemblies_recall recall = {0};
    for (size_t k = 0; k < n; k++) {
        const double from = cue_at(s, test, k), end = from + s->cue;
        int right = 0;
        recall.during += overlap_in(s, r, k % s->patterns, from, end, &right) / (double)n;
        recall.overlap +=
            overlap_in(s, r, k % s->patterns, end, end + s->delay, &right) / (double)n;
        recall.right += right / (double)n;
    }
    return recall;
}

/* The pattern of a cell, -1: of none, -2: of several. */
static int pattern_of(const struct ecp_assemblies_setup *s, size_t cell)
{
    int found = -1;
    for (size_t k = 0; k < s->patterns; k++) {
        const size_t first = ecp_assemblies_first(s, k);
        if (cell >= first && cell < first + s->size)
            found = found == -1 ? (int)k : -2;
    }
    return found;
}

static struct ecp_assemblies_weights weights_of(const struct ecp_assemblies_setup *s,
                                                const struct ecp_recorded_weights *weight,
                                                const struct ecp_recorded_weights *reference)
{
    static const double border = 0.25; /* w_b of rule zenke */
    struct ecp_assemblies_weights w = {.weakest = INFINITY};
    double of[ECP_ASSEMBLIES_MOST] = {0}, n_of[ECP_ASSEMBLIES_MOST] = {0}, n[2] = {0, 0};
    for (size_t k = 0; k < weight->n; k++) {
        const int from = pattern_of(s, weight->source[k]), to = pattern_of(s, weight->target[k]);
        const double value = (double)weight->weight[k], ref = (double)reference->weight[k];
        w.highest = fmax(w.highest, value);
        if (from < 0 || to < 0)
            continue;
        n[from == to]++;
        if (from == to) {
            of[from] += value;
            n_of[from]++;
            w.within += value;
            w.reference += ref;
            w.near_half += ref >= 0.4;
            w.upper += ref > border;
        } else {
            w.across += value;
            w.reference_across += ref;
            w.near_zero += ref <= 0.1;
            w.lower += ref < border;
        }
    }
    w.within /= n[1];
    w.reference /= n[1];
    w.near_half /= n[1];
    w.upper /= n[1];
    w.across /= n[0];
    w.reference_across /= n[0];
    w.near_zero /= n[0];
    w.lower /= n[0];
    for (size_t k = 0; k < s->patterns; k++) {
        w.weakest = fmin(w.weakest, of[k] / n_of[k]);
        w.strongest = fmax(w.strongest, of[k] / n_of[k]);
    }
    return w;
}

static double silent_share(const struct ecp_recorded_signal *rate, double from, double to)
{
    const double second = fmax(1000, rate->interval);
    double silent = 0, n = 0;
    for (double at = from; at + second <= to; at += second, n++)
        silent += mean_rate(rate, at, at + second) < 0.1;
    return silent / n;
}

static void draw_course(const struct ecp_assemblies_setup *s, const struct ecp_recording *r,
                        const struct ecp_assemblies_course *course)
{
    for (int test = 0; course && course->rate && test < ECP_ASSEMBLIES_TESTS; test++)
        for (size_t h = 0; h < 2 * s->patterns; h++)
            for (size_t b = 0; b < course->n_bins; b++) {
                const double at = cue_at(s, test, 0) - s->gap + (double)b * s->bin;
                course->rate[((size_t)test * 2 * s->patterns + h) * course->n_bins + b] =
                    mean_rate(&r->signal[h], at, at + s->bin);
            }
}

enum ecp_status ecp_assemblies_look(const struct ecp_assemblies_setup *s,
                                    const struct ecp_recording *r,
                                    const struct ecp_assemblies_course *course,
                                    struct ecp_assemblies_seen *out)
{
    const double rest = s->settle + s->learn + ecp_assemblies_test(s);
    *out = (struct ecp_assemblies_seen){0};
    if (r->n_signals != 2 * s->patterns + 2 || r->n_weights != 4)
        return ecp_fail(ECP_EARG, "the recording is not of this network");
    for (int test = 0; test < ECP_ASSEMBLIES_TESTS; test++) {
        out->weights[test] = weights_of(s, &r->weights[2 * test], &r->weights[2 * test + 1]);
        out->recall[test] = recall_of(s, r, test);
    }
    for (size_t k = 0; k < 2; k++)
        out->rest_hz[k] = mean_rate(&r->signal[2 * s->patterns + k], rest, rest + s->rest);
    out->silent = silent_share(&r->signal[2 * s->patterns], rest, rest + s->rest);
    draw_course(s, r, course);
    return ECP_OK;
}
