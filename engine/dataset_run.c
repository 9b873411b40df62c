/* dataset_run.c -- a run as a data set: neurons are units, phases are what was shown. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/dataset_read.h"
#include "engine/forecast.h"
#include "engine/names.h"
#include "engine/recording.h"

/* Neurons first .. first + size - 1 of the set are those of `population`. */
struct part {
    const struct ecp_recorded_population *population;
    size_t first;
};

struct making {
    const struct ecp_recording *recording;
    const struct ecp_dataset_request *request;
    struct ecp_dataset *set;
    size_t n_parts;
    struct part *part;
    size_t *phase; /* n_trials: number of the phase */
    double *from, *to;
    double *response;
    struct ecp_train *train; /* NULL: not kept */
};

/* ---- units ---------------------------------------------------------------------------- */

static enum ecp_status no_such_population(const struct making *m)
{
    enum { MANY = 64 };
    const char *names[MANY];
    char all[256] = "";
    size_t n = 0;
    for (size_t k = 0; k < m->recording->n_populations && n < MANY; k++) {
        const struct ecp_recorded_population *p = &m->recording->population[k];
        if (!p->recorded)
            continue;
        names[n++] = p->name;
        const size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s%s", used > 0 ? ", " : "", p->name);
    }
    const char *asked = m->request->population;
    if (n == 0)
        return ecp_fail(ECP_ECONFIG,
                        "%s: no population's spikes are recorded; a probe of kind spikes records "
                        "them",
                        m->set->name);
    const char *near = ecp_names_nearest(asked, names, n);
    return ecp_fail(ECP_ECONFIG,
                    "%s: there is no population \"%.60s\" with recorded spikes%s%s%s; allowed: %s",
                    m->set->name, asked, near ? "; \"" : "", near ? near : "",
                    near ? "\" was meant?" : "", all);
}

static enum ecp_status choose_populations(struct making *m)
{
    const struct ecp_recording *r = m->recording;
    const char *asked = m->request->population;
    m->part = ecp_dataset_alloc(m->set, r->n_populations, sizeof *m->part);
    if (!m->part)
        return ecp_fail(ECP_ENOMEM, "no memory for the populations of %s", m->set->name);
    for (size_t k = 0; k < r->n_populations; k++) {
        const struct ecp_recorded_population *p = &r->population[k];
        if (!p->recorded || (asked && strcmp(asked, p->name) != 0))
            continue;
        m->part[m->n_parts++] = (struct part){p, m->set->n_units};
        m->set->n_units += p->size;
    }
    return m->n_parts > 0 ? ECP_OK : no_such_population(m);
}

static enum ecp_status name_units(struct making *m)
{
    struct ecp_dataset *set = m->set;
    const char **unit = ecp_dataset_alloc(set, set->n_units, sizeof *unit);
    const char **population = ecp_dataset_alloc(set, set->n_units, sizeof *population);
    double *index = ecp_dataset_alloc(set, set->n_units, sizeof *index);
    struct ecp_label *label = ecp_dataset_alloc(set, 2, sizeof *label);
    if (!unit || !population || !index || !label)
        return ecp_fail(ECP_ENOMEM, "no memory for the units of %s", set->name);
    for (size_t k = 0; k < m->n_parts; k++) {
        const struct ecp_recorded_population *p = m->part[k].population;
        const char *name = ecp_arena_strdup(set->arena, p->name);
        for (size_t i = 0; i < p->size; i++) {
            const size_t u = m->part[k].first + i;
            unit[u] = ecp_dataset_printf(set, "%s.%zu", p->name, i);
            population[u] = name;
            index[u] = (double)i;
            if (!unit[u] || !name)
                return ecp_fail(ECP_ENOMEM, "no memory for the units of %s", set->name);
        }
    }
    label[0] = (struct ecp_label){.name = "population", .word = population};
    label[1] = (struct ecp_label){.name = "index", .number = index};
    set->unit = unit;
    set->unit_label = label;
    set->n_unit_labels = 2;
    return ECP_OK;
}

/* ---- conditions ------------------------------------------------------------------------- */

size_t ecp_phase_condition(const char *phase)
{
    const size_t length = strlen(phase);
    size_t k = length;
    while (k > 0 && isdigit((unsigned char)phase[k - 1]))
        k--;
    return k < length && k > 2 && phase[k - 1] == '-' && phase[k - 2] == '-' ? k - 2 : length;
}

static size_t condition_named(const struct ecp_dataset *set, const char *name, size_t length)
{
    size_t k = 0;
    while (k < set->n_conditions &&
           (strncmp(set->condition[k], name, length) != 0 || set->condition[k][length] != '\0'))
        k++;
    return k;
}

static enum ecp_status add_trial(struct making *m, size_t phase, const char **condition,
                                 size_t *of_trial, size_t *repeat)
{
    struct ecp_dataset *set = m->set;
    const struct ecp_recorded_phase *p = &m->recording->phase[phase];
    const size_t length = ecp_phase_condition(p->name), t = set->n_trials++;
    const size_t at = condition_named(set, p->name, length);
    if (at == set->n_conditions) {
        condition[at] = ecp_dataset_printf(set, "%.*s", (int)length, p->name);
        if (!condition[at])
            return ecp_fail(ECP_ENOMEM, "no memory for the conditions of %s", set->name);
        set->n_conditions++;
    }
    m->phase[t] = phase;
    of_trial[t] = at;
    for (size_t k = 0; k < t; k++)
        repeat[t] += of_trial[k] == at;
    return ECP_OK;
}

static enum ecp_status find_trials(struct making *m)
{
    struct ecp_dataset *set = m->set;
    const struct ecp_recording *r = m->recording;
    const size_t n = r->n_phases;
    const char **condition = ecp_dataset_alloc(set, n, sizeof *condition);
    size_t *of_trial = ecp_dataset_alloc(set, n, sizeof *of_trial);
    size_t *repeat = ecp_dataset_alloc(set, n, sizeof *repeat);
    size_t *session = ecp_dataset_alloc(set, n, sizeof *session);
    enum ecp_status status = ECP_OK;
    m->phase = ecp_dataset_alloc(set, n, sizeof *m->phase);
    if (!condition || !of_trial || !repeat || !session || !m->phase)
        return ecp_fail(ECP_ENOMEM, "no memory for the phases of %s", set->name);
    set->condition = condition;
    for (size_t k = 0; k < n && status == ECP_OK; k++)
        if (!r->phase[k].discarded && r->phase[k].stop <= r->duration * (1 + 1e-12))
            status = add_trial(m, k, condition, of_trial, repeat);
    set->trial_condition = of_trial;
    set->trial_repeat = repeat;
    set->trial_session = session;
    if (status == ECP_OK && set->n_trials == 0)
        status = ecp_fail(ECP_ECONFIG, "%s: no phase that counts was finished", set->name);
    return status;
}

/* ---- responses ---------------------------------------------------------------------------- */

/* Where the spikes of each trial are counted; what lies outside of the run is refused. */
static enum ecp_status open_windows(struct making *m)
{
    const struct ecp_dataset_request *q = m->request;
    const struct ecp_recording *r = m->recording;
    struct ecp_dataset *set = m->set;
    const double slack = 1e-6 * r->dt;
    m->from = ecp_dataset_alloc(set, set->n_trials, sizeof *m->from);
    m->to = ecp_dataset_alloc(set, set->n_trials, sizeof *m->to);
    if (!m->from || !m->to)
        return ecp_fail(ECP_ENOMEM, "no memory for the trials of %s", set->name);
    set->start = isnan(q->from) ? 0 : q->from;
    set->stop = isnan(q->to) ? 0 : q->to;
    for (size_t t = 0; t < set->n_trials; t++) {
        const struct ecp_recorded_phase *p = &r->phase[m->phase[t]];
        const double to = isnan(q->to) ? p->stop - p->start : q->to;
        m->from[t] = p->start + set->start;
        m->to[t] = p->start + to;
        if (m->from[t] < -slack || m->to[t] > r->duration + slack || !(m->to[t] > m->from[t]))
            return ecp_fail(ECP_ECONFIG,
                            "%s: the window %g ms to %g ms of phase %s, which begins at %g ms, "
                            "is not within the run's %g ms",
                            set->name, set->start, to, p->name, p->start, r->duration);
        set->stop = fmax(set->stop, to);
    }
    return ECP_OK;
}

/* What the responses and trains of the set take, before they are made. */
static enum ecp_status afford(const struct making *m)
{
    const double cells = (double)m->set->n_trials * (double)m->set->n_units;
    double bytes = cells * sizeof(double);
    const double available = ecp_memory_available();
    if (m->request->keep_trains) {
        bytes += cells * sizeof(struct ecp_train);
        for (size_t k = 0; k < m->n_parts; k++)
            bytes += (double)m->part[k].population->n_events * sizeof(double);
    }
    if (bytes > available)
        return ecp_fail(ECP_ENOMEM,
                        "%s: %zu trials of %zu neurons take %.3g GB of memory and %.3g GB are "
                        "available; --population takes one of several",
                        m->set->name, m->set->n_trials, m->set->n_units, bytes / 1e9,
                        available / 1e9);
    return ECP_OK;
}

/* The first event of a step whose middle is at `time` or later. */
static size_t first_event(const struct ecp_recorded_population *p, double dt, double time)
{
    size_t low = 0, high = p->n_events;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (((double)p->event[middle].step - 0.5) * dt < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Times of the events low .. high - 1 as trains of each neuron, by time. `at`: scratch. */
static enum ecp_status keep_trains(struct making *m, const struct part *part, size_t t,
                                   const size_t range[2], double **at)
{
    const struct ecp_recorded_population *p = part->population;
    const double dt = m->recording->dt, onset = m->from[t] - m->set->start;
    struct ecp_train *train = m->train + t * m->set->n_units + part->first;
    double *time = ecp_dataset_alloc(m->set, range[1] - range[0], sizeof *time);
    if (!time)
        return ecp_fail(ECP_ENOMEM, "no memory for the spikes of %s", m->set->name);
    for (size_t k = range[0]; k < range[1]; k++)
        train[p->event[k].index].n++;
    for (size_t i = 0; i < p->size; i++) {
        train[i].time = time;
        at[i] = time;
        time += train[i].n;
    }
    for (size_t k = range[0]; k < range[1]; k++)
        *at[p->event[k].index]++ = ((double)p->event[k].step - 0.5) * dt - onset;
    return ECP_OK;
}

static enum ecp_status respond(struct making *m, const struct part *part)
{
    const struct ecp_recorded_population *p = part->population;
    struct ecp_dataset *set = m->set;
    enum ecp_status status = ECP_OK;
    double **at = calloc(p->size + 1, sizeof *at);
    if (!at)
        return ecp_fail(ECP_ENOMEM, "no memory for the spikes of %s", set->name);
    for (size_t t = 0; t < set->n_trials && status == ECP_OK; t++) {
        double *response = m->response + t * set->n_units + part->first;
        const double seconds = (m->to[t] - m->from[t]) / 1000;
        const size_t range[2] = {first_event(p, m->recording->dt, m->from[t]),
                                 first_event(p, m->recording->dt, m->to[t])};
        for (size_t k = range[0]; k < range[1]; k++)
            response[p->event[k].index]++;
        for (size_t i = 0; i < p->size; i++)
            response[i] /= seconds;
        if (m->train)
            status = keep_trains(m, part, t, range, at);
    }
    free(at);
    return status;
}

static enum ecp_status fill(struct making *m)
{
    struct ecp_dataset *set = m->set;
    enum ecp_status status;
    ECP_TRY(choose_populations(m));
    ECP_TRY(find_trials(m));
    ECP_TRY(open_windows(m));
    ECP_TRY(afford(m));
    ECP_TRY(name_units(m));
    const size_t cells = set->n_trials * set->n_units;
    m->response = ecp_dataset_alloc(set, cells, sizeof *m->response);
    if (m->request->keep_trains)
        m->train = ecp_dataset_alloc(set, cells, sizeof *m->train);
    if (!m->response || (m->request->keep_trains && !m->train)) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the responses of %s", set->name);
        goto done;
    }
    for (size_t k = 0; k < m->n_parts; k++)
        ECP_TRY(respond(m, &m->part[k]));
    set->response = m->response;
    set->response_unit = "Hz";
    set->train = m->train;
    status = ecp_dataset_average(set);
done:
    return status;
}

enum ecp_status ecp_dataset_of_recording(const struct ecp_recording *recording,
                                         const struct ecp_dataset_request *request,
                                         struct ecp_dataset **out)
{
    struct making m = {.recording = recording, .request = request};
    const char *path = request->path ? request->path : "the run";
    enum ecp_status status;
    ECP_TRY(ecp_dataset_create(request->name ? request->name : path, &m.set));
    m.set->source = ecp_dataset_printf(m.set, "%s%s%s", path, request->population ? ", " : "",
                                       request->population ? request->population : "");
    ECP_TRY(fill(&m));
    *out = m.set;
    m.set = NULL;
done:
    ecp_dataset_destroy(m.set);
    return status;
}
