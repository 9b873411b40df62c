/* silent_engram_tests.c -- a subject learns, and is asked: the runs of its networks, and what
 * is read from their spikes. */
#include "scenarios/silent_engram_brain.h"

#include <math.h>
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

/* ---- learning ------------------------------------------------------------------------------- */

static enum ecp_status draw_subject(struct ecp_experiment *e, struct ecp_engram_subject *s)
{
    const struct ecp_engram_setup *setup = s->setup;
    for (int a = 0; a < ECP_AREAS; a++) {
        s->driven[a] = ecp_experiment_alloc(e, setup->size[a], 1);
        s->tagged[a] = ecp_experiment_alloc(e, setup->size[a], 1);
        if (!s->driven[a] || !s->tagged[a])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu cells", setup->size[a]);
    }
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

/* Cells that fire more than tag_sd sd over the mean of their area at rest. */
static enum ecp_status tag(struct ecp_experiment *e, struct ecp_engram_subject *s,
                           const struct ecp_recording *r)
{
    const struct ecp_engram_setup *setup = s->setup;
    const double seconds = 1e-3 * setup->teach;
    double both = 0, driven = 0, tagged = 0;
    for (int a = 0; a < ECP_AREAS; a++) {
        const double n = (double)setup->size[a];
        double *count = ecp_experiment_alloc(e, setup->size[a], sizeof *count);
        double sum = 0, square = 0;
        if (!count)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu cells", setup->size[a]);
        count_spikes(r, a, 0, setup->teach, count);
        for (size_t j = 0; j < setup->size[a]; j++) {
            sum += count[j] / seconds / n;
            square += count[j] / seconds * (count[j] / seconds) / n;
        }
        s->threshold[a] =
            fmax(setup->tag_hz, sum + setup->tag_sd * sqrt(fmax(0, square - sum * sum)));
        count_spikes(r, a, setup->teach, 2 * setup->teach, count);
        for (size_t j = 0; j < setup->size[a]; j++) {
            s->tagged[a][j] = count[j] / seconds > s->threshold[a];
            s->n_tagged[a] += s->tagged[a][j];
            both += a > ECP_EC && s->tagged[a][j] && s->driven[a][j];
            tagged += a > ECP_EC && s->tagged[a][j];
            driven += a > ECP_EC && s->driven[a][j];
        }
    }
    s->tagged_driven = driven > 0 ? both / driven : NAN;
    s->driven_tagged = tagged > 0 ? both / tagged : NAN;
    return ECP_OK;
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

enum ecp_status ecp_engram_learn(struct ecp_experiment *e, const struct ecp_engram_setup *setup,
                                 uint64_t seed, struct ecp_engram_subject *out)
{
    const struct ecp_engram_trial trial[] = {{"rest", 0, 0, 0, setup->teach},
                                             {"learn", 1, 0, 1, setup->teach}};
    struct ecp_engram_subject subject = {.setup = setup, .seed = seed};
    struct ecp_simulated run = {0};
    struct ecp_plan *plan = NULL;
    enum ecp_status status;
    ECP_TRY(draw_subject(e, &subject));
    ECP_TRY(ecp_engram_plan(&subject, ECP_FATE_UNTAUGHT, -1, trial, 2, &plan));
    ECP_TRY(ecp_experiment_simulate(e, plan, &run));
    ECP_TRY(tag(e, &subject, run.recording));
    for (int a = 0; a < ECP_AREAS; a++)
        if (subject.n_tagged[a] == 0 || subject.n_tagged[a] == setup->size[a]) {
            static const char *const cause[] = {"cue", "allocation", "allocation", "us"};
            status = ecp_fail(ECP_ECONFIG,
                              "%s: while learning %zu of the %zu cells of %s fired above the "
                              "threshold of %g Hz, so that there is no engram; allowed: drive "
                              "that makes some of them fire",
                              cause[a], subject.n_tagged[a], setup->size[a], ecp_engram_area[a],
                              subject.threshold[a]);
            goto done;
        }
    make_contacts(&subject);
    *out = subject;
done:
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
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

static enum ecp_status measure(const struct ecp_engram_subject *s, const struct ecp_recording *r,
                               double start, double *count, struct ecp_engram_recall *out)
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

enum ecp_status ecp_engram_ask(struct ecp_experiment *e, const struct ecp_engram_subject *s,
                               enum ecp_engram_fate fate, int day, const int wanted[ECP_TESTS],
                               struct ecp_engram_recall recall[ECP_TESTS],
                               struct ecp_engram_raster *raster, double *structure)
{
    const struct ecp_engram_setup *setup = s->setup;
    const double duration = setup->settle + setup->test;
    struct ecp_engram_trial trial[ECP_TESTS];
    struct ecp_simulated run = {0};
    struct ecp_plan *plan = NULL;
    size_t n = 0, most = 0;
    enum ecp_status status = ECP_OK;
    for (int t = 0; t < ECP_TESTS; t++)
        if (wanted[t])
            trial[n++] = (struct ecp_engram_trial){
                test_name[t],
                t == ECP_TEST_NATURAL ? 1
                : t == ECP_TEST_OTHER ? 2
                                      : 0,
                t >= ECP_TEST_HIGH ? setup->power[t - ECP_TEST_HIGH] : 0, 0, duration};
    for (int a = 0; a < ECP_AREAS; a++)
        most = setup->size[a] > most ? setup->size[a] : most;
    double *count = ecp_experiment_alloc(e, most, sizeof *count);
    if (!count)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu cells", most);
    ECP_TRY(ecp_engram_plan(s, fate, day, trial, n, &plan));
    ECP_TRY(ecp_experiment_simulate(e, plan, &run));
    n = 0;
    for (int t = 0; t < ECP_TESTS; t++) {
        if (!wanted[t])
            continue;
        ECP_TRY(measure(s, run.recording, (double)n * duration, count, &recall[t]));
        if (raster && raster[t].room > 0)
            keep_raster(s, run.recording, (double)n * duration, count, &raster[t]);
        n++;
    }
    if (structure)
        *structure = structure_of(s, fate, day);
done:
    ecp_experiment_release(&run);
    ecp_plan_destroy(plan);
    return status;
}

enum ecp_status ecp_engram_conditions_of(struct ecp_experiment *e,
                                         const struct ecp_engram_subject *s, int day,
                                         struct ecp_engram_recall *recall,
                                         struct ecp_engram_raster *raster, double *structure)
{
    enum ecp_status status = ECP_OK;
    for (int fate = 0; fate < ECP_FATES; fate++) {
        struct ecp_engram_raster kept[ECP_TESTS] = {{0}};
        struct ecp_engram_recall found[ECP_TESTS];
        int wanted[ECP_TESTS] = {0};
        for (int c = 0; c < ECP_CONDITIONS; c++)
            if ((int)ecp_engram_conditions[c].fate == fate) {
                wanted[ecp_engram_conditions[c].test] = 1;
                if (raster)
                    kept[ecp_engram_conditions[c].test] = raster[c];
            }
        ECP_TRY(ecp_engram_ask(e, s, (enum ecp_engram_fate)fate, day, wanted, found, kept,
                               structure ? &structure[fate] : NULL));
        for (int c = 0; c < ECP_CONDITIONS; c++)
            if ((int)ecp_engram_conditions[c].fate == fate) {
                recall[c] = found[ecp_engram_conditions[c].test];
                if (raster)
                    raster[c] = kept[ecp_engram_conditions[c].test];
            }
    }
done:
    return status;
}
