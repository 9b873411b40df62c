#include "engine/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/comparison.h"
#include "engine/config_place.h"
#include "engine/recall.h"
#include "engine/scenario.h"

enum { RATE, CV, BUILT_IN };

static const struct ecp_field built_in[BUILT_IN + 1] = {
    [RATE] = {"rate_hz", "Hz", 0, 0, INFINITY, "spikes per neuron and second", ECP_RESULT},
    [CV] = {"cv_isi", "1", 0, 0, INFINITY, "mean coefficient of variation of the intervals",
            ECP_RESULT},
    [BUILT_IN] = {0}};

double ecp_recorded_rate_hz(const struct ecp_recording *recording, size_t population)
{
    const struct ecp_recorded_population *p = &recording->population[population];
    const double neuron_seconds = (double)p->size * recording->counted / 1000;
    return neuron_seconds > 0 ? (double)p->spikes / neuron_seconds : NAN;
}

void ecp_intervals_add(struct ecp_intervals *to, const uint32_t *intervals,
                       const uint64_t *interval_sum, const double *interval_square_sum, size_t size)
{
    for (size_t j = 0; j < size; j++) {
        const double n = intervals[j];
        const double total = (double)interval_sum[j];
        if (n < 3 || total <= 0)
            continue;
        /* sd / mean with both taken times n, so that whole steps stay exact. */
        const double spread = n * interval_square_sum[j] - total * total;
        to->sum += sqrt(spread > 0 ? spread : 0) / total;
        to->neurons++;
    }
}

double ecp_recorded_cv_isi(const struct ecp_recording *recording, size_t population)
{
    const struct ecp_recorded_population *p = &recording->population[population];
    struct ecp_intervals all = p->summed;
    if (p->intervals) {
        all = (struct ecp_intervals){0, 0};
        ecp_intervals_add(&all, p->intervals, p->interval_sum, p->interval_square_sum, p->size);
    }
    return all.neurons > 0 ? all.sum / (double)all.neurons : NAN;
}

double ecp_scores_value(const struct ecp_scores *scores, const char *name)
{
    for (size_t k = 0; k < scores->n_results; k++)
        if (strcmp(scores->result[k].name, name) == 0)
            return scores->result[k].value;
    return NAN;
}

void ecp_scores_clear(struct ecp_scores *scores)
{
    if (!scores)
        return;
    for (size_t k = 0; k < scores->n_results; k++)
        free(scores->result[k].name);
    free(scores->result);
    free(scores->verdict);
    *scores = (struct ecp_scores){0};
}

/* ---- the names, known before the run ---------------------------------- */

static size_t result_count(const struct ecp_plan *plan)
{
    char label[ECP_RECALL_LABEL];
    size_t n = BUILT_IN * plan->n_populations;
    for (size_t a = 0; a < plan->n_analyses; a++)
        n += ecp_field_count(plan->analysis[a]->analysis->fields);
    for (size_t c = 0; c < plan->n_comparisons; c++)
        n += ecp_field_count(plan->comparison[c]->measure->fields) *
             (1 + plan->comparison[c]->n_models);
    if (plan->computes)
        n += ecp_field_count(plan->computes->results);
    for (size_t k = 0; ecp_plan_recall(plan, k, label); k++)
        n += ECP_RECALL_RESULTS;
    return n; /* an upper bound: parameters are counted, too */
}

static enum ecp_status add_results(struct ecp_scores *to, const char *label,
                                   const struct ecp_field *fields)
{
    for (const struct ecp_field *f = fields; f && f->name; f++) {
        if (f->kind != ECP_RESULT)
            continue;
        const size_t length = strlen(label) + strlen(f->name) + 2;
        char *name = malloc(length);
        if (!name)
            return ecp_fail(ECP_ENOMEM, "no memory for the names of results");
        (void)snprintf(name, length, "%s.%s", label, f->name);
        to->result[to->n_results++] = (struct ecp_result){name, f->unit, f->meaning, NAN};
    }
    return ECP_OK;
}

static enum ecp_status add_compared(struct ecp_scores *to, const struct ecp_plan_comparison *c)
{
    struct ecp_comparison_result of;
    for (size_t k = 0; ecp_comparison_result(c, k, &of); k++) {
        const char *model = of.model >= 0 ? c->model[of.model].name : "";
        const size_t length = strlen(c->label) + strlen(model) + strlen(of.field->name) + 3;
        char *name = malloc(length);
        if (!name)
            return ecp_fail(ECP_ENOMEM, "no memory for the names of results");
        (void)snprintf(name, length, "%s%s%s.%s", c->label, of.model >= 0 ? "." : "", model,
                       of.field->name);
        to->result[to->n_results++] =
            (struct ecp_result){name, of.field->unit, of.field->meaning, NAN};
    }
    return ECP_OK;
}

/* All results of a plan, named and still undefined: the populations', then
 * those of each analysis in its order, then of each comparison, then what the
 * scenario computes, then what memories recall. */
static enum ecp_status name_results(const struct ecp_plan *plan, struct ecp_scores *to)
{
    enum ecp_status status = ECP_OK;
    char label[ECP_RECALL_LABEL];
    to->result = calloc(result_count(plan) + 1, sizeof *to->result);
    if (!to->result)
        return ecp_fail(ECP_ENOMEM, "no memory for the results");
    for (size_t p = 0; status == ECP_OK && p < plan->n_populations; p++)
        status = add_results(to, plan->population[p]->name, built_in);
    for (size_t a = 0; status == ECP_OK && a < plan->n_analyses; a++)
        status = add_results(to, plan->analysis[a]->label, plan->analysis[a]->analysis->fields);
    for (size_t c = 0; status == ECP_OK && c < plan->n_comparisons; c++)
        status = add_compared(to, plan->comparison[c]);
    if (status == ECP_OK && plan->computes)
        status = add_results(to, plan->computes->name, plan->computes->results);
    for (size_t k = 0; status == ECP_OK && ecp_plan_recall(plan, k, label); k++)
        status = add_results(to, label, ecp_recall_fields);
    return status;
}

static enum ecp_status refuse_claim(const struct ecp_plan_claim *claim,
                                    const struct ecp_scores *scores)
{
    char allowed[ECP_ALLOWED_LENGTH];
    const char **names = calloc(scores->n_results + 1, sizeof *names);
    if (!names)
        return ecp_fail(ECP_ENOMEM, "no memory for the names of results");
    for (size_t k = 0; k < scores->n_results; k++)
        names[k] = scores->result[k].name;
    const enum ecp_status status =
        ecp_refuse(&claim->place, "claims", "found result \"%s\"; %s", claim->result,
                   ecp_allowed(allowed, claim->result, names, scores->n_results));
    free(names);
    return status;
}

static enum ecp_status check_claims(const struct ecp_plan *plan, const struct ecp_scores *scores)
{
    for (size_t c = 0; c < plan->n_claims; c++) {
        const struct ecp_plan_claim *claim = plan->claim[c];
        size_t k = 0;
        while (k < scores->n_results && strcmp(scores->result[k].name, claim->result) != 0)
            k++;
        if (k == scores->n_results)
            return refuse_claim(claim, scores);
        if (!(claim->lowest <= claim->highest))
            return ecp_refuse(&claim->place, "claims",
                              "found %s from %g to %g; the lowest must not exceed the highest",
                              claim->result, claim->lowest, claim->highest);
    }
    return ECP_OK;
}

/* An analysis may give a name again that a population has (activity of E gives
 * E.rate_hz, perhaps of one phase): the analysis' is meant. */
static void drop_shadowed(struct ecp_scores *scores, size_t n_built_in)
{
    size_t kept = 0;
    for (size_t k = 0; k < scores->n_results; k++) {
        size_t j = n_built_in;
        while (k < n_built_in && j < scores->n_results &&
               strcmp(scores->result[j].name, scores->result[k].name) != 0)
            j++;
        if (k < n_built_in && j < scores->n_results)
            free(scores->result[k].name);
        else
            scores->result[kept++] = scores->result[k];
    }
    scores->n_results = kept;
}

/* Two analyses must not give the same name. */
static enum ecp_status check_names(const struct ecp_plan *plan, const struct ecp_scores *scores)
{
    size_t at = BUILT_IN * plan->n_populations;
    const size_t first = at;
    for (size_t a = 0; a < plan->n_analyses; a++) {
        const struct ecp_plan_analysis *analysis = plan->analysis[a];
        for (const struct ecp_field *f = analysis->analysis->fields; f && f->name; f++) {
            if (f->kind != ECP_RESULT)
                continue;
            for (size_t k = first; k < at; k++)
                if (strcmp(scores->result[k].name, scores->result[at].name) == 0)
                    return ecp_refuse(&analysis->place, "analyses",
                                      "found result %s a second time; allowed: once (give a "
                                      "label)",
                                      scores->result[at].name);
            at++;
        }
    }
    return ECP_OK;
}

/* ---- the time that an analysis looks at -------------------------------- */

/* From the beginning of the first to the end of the last phase named `name`,
 * or phase that counts; NAN without any. What is discarded between them is
 * the analysis' to leave out. */
static void stretch(const struct ecp_plan *plan, const char *name, double window[2])
{
    double now = 0;
    window[0] = window[1] = NAN;
    for (size_t k = 0; k < plan->n_phases; k++) {
        const struct ecp_plan_phase *phase = plan->phase[k];
        const double start = now;
        now += phase->duration;
        if (name ? strcmp(phase->name, name) != 0 : phase->discard)
            continue;
        if (isnan(window[0]))
            window[0] = start;
        window[1] = now;
    }
}

static enum ecp_status check_time(const struct ecp_plan *plan)
{
    for (size_t a = 0; a < plan->n_analyses; a++) {
        const struct ecp_plan_analysis *analysis = plan->analysis[a];
        double window[2];
        stretch(plan, analysis->phase, window);
        if (!isnan(window[0]))
            continue;
        if (analysis->phase)
            return ecp_refuse(&analysis->place, "analyses",
                              "found %s in phase \"%s\"; there is no phase of that name",
                              analysis->label, analysis->phase);
        return ecp_refuse(&analysis->place, "analyses",
                          "found %s, but all phases are discarded; one must count",
                          analysis->label);
    }
    return ECP_OK;
}

enum ecp_status ecp_score_check(const struct ecp_plan *plan)
{
    struct ecp_scores scores = {0};
    enum ecp_status status;
    ECP_TRY(name_results(plan, &scores));
    ECP_TRY(check_names(plan, &scores));
    ECP_TRY(check_time(plan));
    ECP_TRY(check_claims(plan, &scores));
done:
    ecp_scores_clear(&scores);
    return status;
}

/* ---- values and verdicts ----------------------------------------------- */

static int recorded_population(const struct ecp_recording *recording, const char *name)
{
    for (size_t k = 0; k < recording->n_populations; k++)
        if (strcmp(recording->population[k].name, name) == 0)
            return (int)k;
    return -1;
}

static int recorded_signal(const struct ecp_recording *recording, const char *probe)
{
    for (size_t k = 0; k < recording->n_signals; k++)
        if (strcmp(recording->signal[k].probe, probe) == 0)
            return (int)k;
    return -1;
}

/* Runs one analysis into `result` (its ECP_RESULT fields, in their order). */
static enum ecp_status run_analysis(const struct ecp_plan *plan, const struct ecp_recording *of,
                                    const struct ecp_plan_analysis *a, struct ecp_result *result)
{
    struct ecp_analysis_call call = {of, -1, -1, 0, 0, a->param};
    double window[2];
    stretch(plan, a->phase, window);
    call.start = window[0];
    call.stop = fmin(window[1], of->duration);
    if (!(call.stop > call.start))
        return ECP_OK; /* never run, or stopped before: stays undefined */

    int population = a->population;
    if (a->probe >= 0) {
        const struct ecp_plan_probe *probe = plan->probe[a->probe];
        call.signal = recorded_signal(of, probe->name);
        if (population < 0 && probe->kind != ECP_PROBE_WEIGHTS)
            population = probe->target.population;
    }
    if (population >= 0)
        call.population = recorded_population(of, plan->population[population]->name);

    const struct ecp_field *fields = a->analysis->fields;
    const size_t n = ecp_field_count(fields);
    double *value = malloc((n + 1) * sizeof *value);
    if (!value)
        return ecp_fail(ECP_ENOMEM, "no memory for the results of %s", a->label);
    for (size_t k = 0; k < n; k++)
        value[k] = NAN;
    const enum ecp_status status = a->analysis->run(&call, value);
    for (size_t k = 0; status == ECP_OK && k < n; k++)
        if (fields[k].kind == ECP_RESULT)
            (result++)->value = value[k];
    free(value);
    if (status != ECP_OK)
        return ecp_fail(status, "analysis %s (%s) failed: %s", a->label, a->analysis->name,
                        ecp_status_text(status));
    return ECP_OK;
}

/* Computed by the plan's scenario? */
static int is_computed(const struct ecp_plan *plan, const char *result)
{
    const size_t n = plan->computes ? strlen(plan->computes->name) : 0;
    return n > 0 && strncmp(result, plan->computes->name, n) == 0 && result[n] == '.';
}

static struct ecp_verdict judge(const struct ecp_plan_claim *claim, const struct ecp_result *result)
{
    struct ecp_verdict v = {.claim = claim->result,
                            .unit = result->unit,
                            .value = result->value,
                            .lowest = claim->lowest,
                            .highest = claim->highest,
                            .source = claim->source ? claim->source : "no source given"};
    v.margin = isnan(v.value) ? NAN : fmin(v.value - v.lowest, v.highest - v.value);
    v.pass = v.margin >= 0;
    return v;
}

static enum ecp_status judge_all(const struct ecp_plan *plan, int stopped,
                                 struct ecp_scores *scores)
{
    scores->verdict = calloc(plan->n_claims + 1, sizeof *scores->verdict);
    if (!scores->verdict)
        return ecp_fail(ECP_ENOMEM, "no memory for the verdicts");
    for (size_t c = 0; c < plan->n_claims; c++) {
        size_t k = 0;
        while (strcmp(scores->result[k].name, plan->claim[c]->result) != 0)
            k++; /* check_claims found it */
        struct ecp_verdict *v = &scores->verdict[c];
        *v = judge(plan->claim[c], &scores->result[k]);
        if (stopped && (isnan(v->value) || is_computed(plan, v->claim))) {
            v->unjudged = 1;
            v->pass = 0;
        }
        scores->n_failed += !v->unjudged && !v->pass;
        scores->n_unjudged += v->unjudged != 0;
    }
    scores->n_verdicts = plan->n_claims;
    return ECP_OK;
}

static size_t count_results(const struct ecp_field *fields)
{
    size_t n = 0;
    for (const struct ecp_field *f = fields; f && f->name; f++)
        n += f->kind == ECP_RESULT;
    return n;
}

/* In the order in which they are named: into result[0], result[1] ... */
static size_t take_computed(const struct ecp_scenario *scenario, const double *value,
                            struct ecp_result *result)
{
    size_t n = 0;
    const struct ecp_field *f = scenario->results;
    for (size_t k = 0; f && f[k].name; k++)
        if (f[k].kind == ECP_RESULT)
            result[n++].value = value ? value[k] : NAN;
    return n;
}

enum ecp_status ecp_score(const struct ecp_plan *plan, const struct ecp_recording *recording,
                          struct ecp_scores *out)
{
    return ecp_score_outcome(plan, &(struct ecp_outcome){.recording = recording}, out);
}

enum ecp_status ecp_score_outcome(const struct ecp_plan *plan, const struct ecp_outcome *outcome,
                                  struct ecp_scores *out)
{
    const struct ecp_recording *recording = outcome->recording;
    struct ecp_scores scores = {0};
    enum ecp_status status;
    ECP_TRY(name_results(plan, &scores));
    size_t at = 0;
    for (size_t p = 0; p < plan->n_populations && recording; p++) {
        const int k = recorded_population(recording, plan->population[p]->name);
        if (k >= 0) {
            scores.result[at + RATE].value = ecp_recorded_rate_hz(recording, (size_t)k);
            scores.result[at + CV].value = ecp_recorded_cv_isi(recording, (size_t)k);
        }
        at += BUILT_IN;
    }
    at = BUILT_IN * plan->n_populations;
    for (size_t a = 0; a < plan->n_analyses && recording; a++) {
        const struct ecp_plan_analysis *analysis = plan->analysis[a];
        ECP_TRY(run_analysis(plan, recording, analysis, &scores.result[at]));
        at += count_results(analysis->analysis->fields);
    }
    for (size_t a = 0; a < plan->n_analyses && !recording; a++)
        at += count_results(plan->analysis[a]->analysis->fields);
    for (size_t c = 0; c < plan->n_comparisons; c++) {
        struct ecp_comparison_result of;
        for (size_t k = 0; ecp_comparison_result(plan->comparison[c], k, &of); k++, at++)
            if (outcome->compared)
                scores.result[at].value = ecp_comparisons_value(outcome->compared, c, &of);
    }
    if (plan->computes)
        at += take_computed(plan->computes, outcome->computed, &scores.result[at]);
    for (size_t k = 0; outcome->recalled && at + k < scores.n_results; k++)
        scores.result[at + k].value = outcome->recalled[k];
    drop_shadowed(&scores, BUILT_IN * plan->n_populations);
    ECP_TRY(check_claims(plan, &scores));
    ECP_TRY(judge_all(plan, outcome->stopped, &scores));
    *out = scores;
    return ECP_OK;
done:
    ecp_scores_clear(&scores);
    return status;
}
