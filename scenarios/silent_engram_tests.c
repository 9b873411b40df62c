/* silent_engram_tests.c -- a subject learns, and is asked: the runs of its networks, and what
 * is read from their spikes. */
#include "scenarios/silent_engram_brain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"

enum { WIRE = 0x900, DRIVEN = 0x908, LEARN = 0x90c }; /* what is drawn (chance.h) */

static const char *const test_name[ECP_TESTS] = {"context_A", "context_B", "light_high",
                                                 "light_mid", "light_low"};

/* Spikes of each cell of an area between two times of a recording (ms). */
static void count_spikes(const struct ecp_recording *r, int area, double start, double stop,
                         double *count)
{
    const struct ecp_recorded_population *p = &r->population[area];
    memset(count, 0, p->size * sizeof *count);
    for (size_t k = 0; k < p->n_events; k++) {
        const double middle = ((double)p->event[k].step - 0.5) * r->dt;
        if (middle >= start && middle < stop)
            count[p->event[k].index]++;
    }
}

/* A number for each cell of the largest area. */
static double *count_room(const struct ecp_engram_setup *setup)
{
    size_t most = 0;
    for (int a = 0; a < ECP_AREAS; a++)
        most = setup->size[a] > most ? setup->size[a] : most;
    return malloc(most * sizeof(double));
}

/* ---- learning ------------------------------------------------------------------------------- */

enum ecp_status ecp_engram_draw_cells(struct ecp_experiment *e, struct ecp_engram_subject *s)
{
    const struct ecp_engram_setup *setup = s->setup;
    for (int a = 0; a < ECP_AREAS; a++) {
        s->driven[a] = ecp_experiment_alloc(e, setup->size[a], 1);
        s->tagged[a] = ecp_experiment_alloc(e, setup->size[a], 1);
        if (!s->driven[a] || !s->tagged[a])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu cells", setup->size[a]);
    }
    for (int a = ECP_DG; a < ECP_AREAS; a++) {
        struct ecp_chance chance = ecp_chance(s->seed, DRIVEN, (uint32_t)a);
        size_t *order = ecp_experiment_alloc(e, setup->size[a], sizeof *order);
        if (!order)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu cells", setup->size[a]);
        ecp_chance_order(&chance, setup->size[a], order);
        for (size_t j = 0; j < setup->engram[a]; j++)
            s->driven[a][order[j]] = 1;
    }
    return ECP_OK;
}

static enum ecp_status draw_subject(struct ecp_experiment *e, struct ecp_engram_subject *s)
{
    const struct ecp_engram_setup *setup = s->setup;
    for (int k = 0; k < ECP_PATHS; k++) {
        const size_t n = setup->size[k] * setup->size[k + 1];
        struct ecp_chance chance = ecp_chance(s->seed, WIRE, (uint32_t)k);
        s->contact[k] = ecp_experiment_alloc(e, n, 1);
        if (!s->contact[k])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu pairs of cells", n);
        for (size_t j = 0; j < n; j++)
            s->contact[k][j] =
                ecp_chance_uniform(&chance) < setup->contact[k] ? ECP_CONTACT_OLD : ECP_NO_CONTACT;
    }
    return ecp_engram_draw_cells(e, s);
}

static enum ecp_status check_tags(const struct ecp_engram_subject *s)
{
    static const char *const cause[] = {"cue", "allocation", "allocation", "us"};
    for (int a = 0; a < ECP_AREAS; a++)
        if (s->n_tagged[a] == 0 || s->n_tagged[a] == s->setup->size[a])
            return ecp_fail(ECP_ECONFIG,
                            "%s: while learning %zu of the %zu cells of %s fired above the "
                            "threshold of %g Hz, so that there is no engram; allowed: drive "
                            "that makes some of them fire",
                            cause[a], s->n_tagged[a], s->setup->size[a], ecp_engram_area[a],
                            s->threshold[a]);
    return ECP_OK;
}

enum ecp_status ecp_engram_tag(struct ecp_engram_subject *s, const struct ecp_recording *r,
                               struct ecp_engram_stretch rest, struct ecp_engram_stretch learn)
{
    const struct ecp_engram_setup *setup = s->setup;
    const double rest_s = 1e-3 * (rest.stop - rest.start);
    const double learn_s = 1e-3 * (learn.stop - learn.start);
    double *count = count_room(setup), both = 0, driven = 0, tagged = 0;
    if (!count)
        return ecp_fail(ECP_ENOMEM, "no memory to count spikes");
    for (int a = 0; a < ECP_AREAS; a++) {
        const double n = (double)setup->size[a];
        double sum = 0, square = 0;
        count_spikes(r, a, rest.start, rest.stop, count);
        for (size_t j = 0; j < setup->size[a]; j++) {
            sum += count[j] / rest_s / n;
            square += count[j] / rest_s * (count[j] / rest_s) / n;
        }
        s->threshold[a] =
            fmax(setup->tag_hz, sum + setup->tag_sd * sqrt(fmax(0, square - sum * sum)));
        count_spikes(r, a, learn.start, learn.stop, count);
        for (size_t j = 0; j < setup->size[a]; j++) {
            s->tagged[a][j] = count[j] / learn_s > s->threshold[a];
            s->n_tagged[a] += s->tagged[a][j];
            both += a > ECP_EC && s->tagged[a][j] && s->driven[a][j];
            tagged += a > ECP_EC && s->tagged[a][j];
            driven += a > ECP_EC && s->driven[a][j];
        }
    }
    s->tagged_driven = driven > 0 ? both / driven : NAN;
    s->driven_tagged = tagged > 0 ? both / tagged : NAN;
    free(count);
    return check_tags(s);
}

/* Cells that fired together make contacts where they had none, with the probability that
 * raises the share of contacts by `learnt`. */
static void make_contacts(struct ecp_engram_subject *s)
{
    const struct ecp_engram_setup *setup = s->setup;
    for (int k = 0; k < ECP_PATHS; k++) {
        struct ecp_chance chance = ecp_chance(s->seed, LEARN, (uint32_t)k);
        const double p = setup->contact[k] < 1 ? setup->learnt[k] / (1 - setup->contact[k]) : 0;
        const size_t to = setup->size[k + 1];
        for (size_t i = 0; i < setup->size[k]; i++)
            for (size_t j = 0; j < to; j++) {
                uint8_t *c = &s->contact[k][i * to + j];
                const double drawn = ecp_chance_uniform(&chance);
                if (*c == ECP_NO_CONTACT && s->tagged[k][i] && s->tagged[k + 1][j] && drawn < p)
                    *c = ECP_CONTACT_LEARNT;
            }
    }
}

/* The subjects of a call. */
struct class
{
    const struct ecp_engram_setup *setup;
    struct ecp_engram_subject *subject;
};

static enum ecp_status plan_lesson(void *context, size_t job, struct ecp_plan **out)
{
    const struct class *c = context;
    const struct ecp_engram_trial trial[] = {{"rest", 0, 0, 0, c->setup->teach},
                                             {"learn", 1, 0, 1, c->setup->teach}};
    return ecp_engram_plan(&c->subject[job], ECP_FATE_UNTAUGHT, -1, trial, 2, out);
}

static enum ecp_status look_at_lesson(void *context, size_t job, const struct ecp_recording *r)
{
    const struct class *c = context;
    const double teach = c->setup->teach;
    const struct ecp_engram_stretch rest = {0, teach}, learn = {teach, 2 * teach};
    const enum ecp_status status = ecp_engram_tag(&c->subject[job], r, rest, learn);
    if (status == ECP_OK)
        make_contacts(&c->subject[job]);
    return status;
}

enum ecp_status ecp_engram_learn(struct ecp_experiment *e, const struct ecp_engram_setup *setup,
                                 const struct ecp_engram_seeds *seeds, double until,
                                 struct ecp_engram_subject *subject)
{
    struct class c = {setup, subject};
    const struct ecp_jobs jobs = {.n = seeds->n,
                                  .context = &c,
                                  .plan = plan_lesson,
                                  .look = look_at_lesson,
                                  .at = "subjects learn",
                                  .to = until};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < seeds->n; k++) {
        subject[k] = (struct ecp_engram_subject){
            .setup = setup, .seed = ecp_experiment_seed(e) + k * (uint64_t)seeds->step};
        ECP_TRY(draw_subject(e, &subject[k]));
    }
    status = ecp_experiment_simulate_jobs(e, &jobs);
done:
    return status;
}

/* ---- what a test shows ------------------------------------------------------------------------
 */

static double bits_of(double joint, double a, double b)
{
    return joint > 0 ? joint * log2(joint / (a * b)) : 0;
}

/* Of being tagged (t), active again (r), and both (x), as shares. */
static double information(double t, double r, double x)
{
    return bits_of(x, t, r) + bits_of(t - x, t, 1 - r) + bits_of(r - x, 1 - t, r) +
           bits_of(1 - t - r + x, 1 - t, 1 - r);
}

static void judge(struct ecp_engram_recall *r, double cells, double tagged, double active,
                  double both)
{
    const double bla = r->engram[ECP_BLA], other = r->other[ECP_BLA];
    r->index = (bla - other) / (bla + other + 1);
    r->freezing = 1 / (1 + exp(-(bla - 5) / 1.5));
    r->quality = r->engram[ECP_DG] > 0 ? (bla - other) / r->engram[ECP_DG] : NAN;
    r->overlap = both / tagged;
    r->chance = active / cells;
    r->bits = information(tagged / cells, active / cells, both / cells);
}

static void measure(const struct ecp_engram_subject *s, const struct ecp_recording *r, double start,
                    double *count, struct ecp_engram_recall *out)
{
    const struct ecp_engram_setup *setup = s->setup;
    const double from = start + setup->settle, stop = start + setup->settle + setup->test;
    const double seconds = 1e-3 * setup->test;
    double cells = 0, tagged = 0, active = 0, both = 0;
    *out = (struct ecp_engram_recall){0};
    for (int a = 0; a < ECP_AREAS; a++) {
        double sum[2] = {0, 0};
        count_spikes(r, a, from, stop, count);
        for (size_t j = 0; j < setup->size[a]; j++) {
            const int is_tagged = s->tagged[a][j], is_active = count[j] / seconds > s->threshold[a];
            sum[is_tagged] += count[j] / seconds;
            cells += a > ECP_EC;
            tagged += a > ECP_EC && is_tagged;
            active += a > ECP_EC && is_active;
            both += a > ECP_EC && is_tagged && is_active;
        }
        out->engram[a] = sum[1] / (double)s->n_tagged[a];
        out->other[a] = sum[0] / (double)(setup->size[a] - s->n_tagged[a]);
    }
    judge(out, cells, tagged, active, both);
}

enum ecp_status ecp_engram_measure(const struct ecp_engram_subject *s,
                                   const struct ecp_recording *r, double start,
                                   struct ecp_engram_recall *out)
{
    double *count = count_room(s->setup);
    if (!count)
        return ecp_fail(ECP_ENOMEM, "no memory to count spikes");
    measure(s, r, start, count, out);
    free(count);
    return ECP_OK;
}

/* Rows: tagged cells below, then as many of the others. */
static void keep_raster(const struct ecp_engram_subject *s, const struct ecp_recording *r,
                        double start, double *row, struct ecp_engram_raster *out)
{
    const double from = start + s->setup->settle;
    for (int a = 0; a < ECP_AREAS; a++) {
        const struct ecp_recorded_population *p = &r->population[a];
        size_t n[2] = {s->n_tagged[a], 0}; /* others follow the tagged ones */
        for (size_t j = 0; j < p->size; j++)
            row[j] = (double)(s->tagged[a][j] ? n[1]++ : n[0]++);
        for (size_t k = 0; k < p->n_events && out->n[a] < out->room; k++) {
            const double at = (double)p->event[k].step * r->dt - from;
            if (at < 0 || at >= out->shown || row[p->event[k].index] >= 2 * (double)s->n_tagged[a])
                continue;
            out->time[a][out->n[a]] = at;
            out->row[a][out->n[a]++] = row[p->event[k].index];
        }
    }
}

/* Contacts among tagged cells of DG, CA3 and BLA, as a share of pairs, over that among all. */
static double structure_of(const struct ecp_engram_subject *s, enum ecp_engram_fate fate, int day)
{
    const int cut = fate == ECP_FATE_CUT_OUTPUT || fate == ECP_FATE_CUT_INPUT;
    const enum ecp_engram_fate as = cut ? ECP_FATE_BLOCKED : fate; /* silenced, but there */
    double ratio = 0;
    for (int k = ECP_DG; k < ECP_PATHS; k++) {
        double n[2] = {0, 0}, pairs[2] = {0, 0};
        for (size_t i = 0; i < s->setup->size[k]; i++)
            for (size_t j = 0; j < s->setup->size[k + 1]; j++) {
                const int engram = s->tagged[k][i] && s->tagged[k + 1][j];
                pairs[engram]++;
                n[engram] += ecp_engram_contact_now(s, as, day, k, i, j) != ECP_NO_CONTACT;
            }
        const double all = (n[0] + n[1]) / (pairs[0] + pairs[1]);
        ratio += all > 0 ? n[1] / pairs[1] / all / (ECP_PATHS - ECP_DG) : NAN;
    }
    return ratio;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

/* A job is a subject, a day and a fate, whose tests follow each other in one network. */
static void job_of(size_t job, size_t *subject, int *day, enum ecp_engram_fate *fate)
{
    *subject = job / (ECP_DAYS * ECP_FATES);
    *day = (int)(job / ECP_FATES % ECP_DAYS);
    *fate = (enum ecp_engram_fate)(job % ECP_FATES);
}

struct ecp_engram_trial ecp_engram_trial_of(const struct ecp_engram_setup *setup,
                                            enum ecp_engram_test t)
{
    static const int context[ECP_TESTS] = {[ECP_TEST_NATURAL] = 1, [ECP_TEST_OTHER] = 2};
    return (struct ecp_engram_trial){test_name[t], context[t],
                                     t >= ECP_TEST_HIGH ? setup->power[t - ECP_TEST_HIGH] : 0, 0,
                                     setup->settle + setup->test};
}

static enum ecp_status plan_tests(void *context, size_t job, struct ecp_plan **out)
{
    const struct ecp_engram_asked *a = context;
    struct ecp_engram_trial trial[ECP_CONDITIONS];
    enum ecp_engram_fate fate;
    size_t s, n = 0;
    int day;
    job_of(job, &s, &day, &fate);
    for (int c = 0; c < ECP_CONDITIONS; c++)
        if (ecp_engram_conditions[c].fate == fate)
            trial[n++] = ecp_engram_trial_of(a->subject[s].setup, ecp_engram_conditions[c].test);
    return ecp_engram_plan(&a->subject[s], fate, day, trial, n, out);
}

static enum ecp_status look_at_tests(void *context, size_t job, const struct ecp_recording *r)
{
    struct ecp_engram_asked *a = context;
    enum ecp_engram_fate fate;
    double start = 0;
    size_t s;
    int day;
    job_of(job, &s, &day, &fate);
    const struct ecp_engram_subject *subject = &a->subject[s];
    double *count = count_room(subject->setup);
    if (!count)
        return ecp_fail(ECP_ENOMEM, "no memory to count spikes");
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        if (ecp_engram_conditions[c].fate != fate)
            continue;
        measure(subject, r, start, count, &a->recall[day][s * ECP_CONDITIONS + (size_t)c]);
        if (s == 0 && day == 0 && a->raster && a->raster[c].room > 0)
            keep_raster(subject, r, start, count, &a->raster[c]);
        start += subject->setup->settle + subject->setup->test;
    }
    a->structure[day][s * ECP_FATES + (size_t)fate] = structure_of(subject, fate, day);
    free(count);
    return ECP_OK;
}

enum ecp_status ecp_engram_ask(struct ecp_experiment *e, double from, double to,
                               struct ecp_engram_asked *asked)
{
    const struct ecp_jobs jobs = {.n = asked->subjects * ECP_DAYS * ECP_FATES,
                                  .context = asked,
                                  .plan = plan_tests,
                                  .look = look_at_tests,
                                  .at = "subjects are asked",
                                  .from = from,
                                  .to = to};
    for (int day = 0; day < ECP_DAYS; day++) {
        asked->recall[day] =
            ecp_experiment_alloc(e, asked->subjects * ECP_CONDITIONS, sizeof **asked->recall);
        asked->structure[day] =
            ecp_experiment_alloc(e, asked->subjects * ECP_FATES, sizeof(double));
        if (!asked->recall[day] || !asked->structure[day])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu subjects", asked->subjects);
    }
    return ecp_experiment_simulate_jobs(e, &jobs);
}
