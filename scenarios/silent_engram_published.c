/* silent_engram_published.c -- trials of the network, and how they compare. */
#include "scenarios/silent_engram_published.h"

#include <math.h>

#include "engine/analysis.h"
#include "engine/plot.h"
#include "scenarios/consolidation_network.h"

const double ecp_table_size[ECP_TABLE_SIZES] = {100, 150, 200, 250};

/* Means and sd of 50 trials as the authors put them out with their code
 * (jlubo/memory-consolidation-stc, notebook simulator_comparison_memory_recall): 10 s, 8 h. */
const struct ecp_table_published ecp_table_published[ECP_TABLE_SIZES][2] = {
    {{{92.431, 5.801, 4.194, 16.059, 0.01738, 0.6612},
      {0.160, 1.452, 0.399, 0.581, 0.01460, 0.0478}},
     {{92.478, 7.106, 4.910, 17.137, 0.02374, 0.7094},
      {0.192, 1.825, 0.396, 0.625, 0.01830, 0.0512}}},
    {{{92.579, 8.725, 5.880, 21.463, 0.03073, 0.8605},
      {0.162, 1.576, 0.546, 0.778, 0.01403, 0.0656}},
     {{92.810, 10.191, 7.035, 23.230, 0.03398, 0.9408},
      {0.245, 1.692, 0.461, 0.721, 0.01553, 0.0616}}},
    {{{92.791, 11.070, 7.447, 26.461, 0.03904, 1.0240},
      {0.209, 1.777, 0.589, 0.830, 0.01783, 0.0660}},
     {{93.385, 13.952, 9.144, 29.188, 0.05138, 1.1046},
      {0.803, 2.585, 0.802, 1.462, 0.02190, 0.0585}}},
    {{{93.047, 13.721, 9.045, 31.295, 0.05026, 1.1690},
      {0.241, 1.807, 0.611, 0.855, 0.01616, 0.0605}},
     {{95.100, 19.650, 11.983, 36.624, 0.08013, 1.2924},
      {3.092, 4.233, 1.756, 3.994, 0.02733, 0.0695}}}};
static const double published_trials = 50;

/* ---- running --------------------------------------------------------------------------------- */

size_t ecp_table_control(const struct ecp_table *t)
{
    return t->first == 1 ? 0 : 1;
}

/* A job is a size, a kind and a trial. */
static double *value_of(const struct ecp_table *t, size_t size, size_t kind, size_t trial)
{
    return t->value + ((size * ECP_TABLE_KINDS + kind) * t->trials + trial) * ECP_TABLE_MEASURES;
}

struct lesson {
    const struct ecp_table *table;
    uint64_t seed;
    const struct ecp_analysis *measure;
};

/* Those of 150 neurons alone are asked without proteins and without learning, too. */
static size_t jobs_of(const struct ecp_table *t)
{
    return (2 * t->sizes + 2) * t->trials;
}

static void job_of(const struct lesson *l, size_t job, size_t *size, size_t *kind, size_t *trial)
{
    const size_t group = job / l->table->trials, pairs = 2 * l->table->sizes;
    *trial = job % l->table->trials;
    *size = group < pairs ? group / 2 : ecp_table_control(l->table);
    *kind = group < pairs ? group % 2 : ECP_TABLE_BLOCKED + group - pairs;
}

static struct ecp_consolidation run_of(const struct lesson *l, size_t size, size_t kind)
{
    return (struct ecp_consolidation){.neurons = l->table->neurons,
                                      .core = ecp_table_size[l->table->first + size],
                                      .learning = kind != ECP_TABLE_UNTAUGHT,
                                      .night = kind == ECP_TABLE_LATE || kind == ECP_TABLE_BLOCKED,
                                      .block = kind == ECP_TABLE_BLOCKED ? 0 : INFINITY};
}

static enum ecp_status plan_trial(void *context, size_t job, struct ecp_plan **out)
{
    const struct lesson *l = context;
    enum ecp_status status = ECP_OK;
    struct ecp_plan *plan = NULL;
    struct ecp_plan_probe *probe;
    size_t size, kind, trial;
    job_of(l, job, &size, &kind, &trial);
    const struct ecp_consolidation run = run_of(l, size, kind);
    ECP_TRY(ecp_plan_create(&plan));
    plan->name = "consolidation";
    plan->dt = 0.2; /* ms, as published: cells fire each 2.2 ms while they are cued */
    plan->seed = l->seed + trial * (uint64_t)l->table->seed_step;
    ECP_TRY(ecp_consolidation_add(plan, &run));
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "E", &probe));
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "I", &probe));
    *out = plan;
    return ECP_OK;
done:
    ecp_plan_destroy(plan);
    return status;
}

static double result_of(const struct ecp_analysis *a, const double *result, const char *name)
{
    return result[ecp_field_find(a->fields, name)];
}

static double inhibitory_rate(const struct ecp_recording *r, double start, double stop)
{
    const struct ecp_recorded_population *p = &r->population[1];
    double n = 0;
    for (size_t k = 0; k < p->n_events; k++) {
        const double middle = ((double)p->event[k].step - 0.5) * r->dt;
        n += middle >= start && middle < stop;
    }
    return n / ((double)p->size * 1e-3 * (stop - start));
}

static enum ecp_status look_at_trial(void *context, size_t job, const struct ecp_recording *r)
{
    const struct lesson *l = context;
    const struct ecp_analysis *a = l->measure;
    double param[16] = {0}, result[16] = {0};
    size_t size, kind, trial;
    job_of(l, job, &size, &kind, &trial);
    const struct ecp_consolidation run = run_of(l, size, kind);
    const struct ecp_recorded_phase *recall = &r->phase[r->n_phases - 1];
    param[ecp_field_find(a->fields, "core")] = run.core;
    param[ecp_field_find(a->fields, "cued")] = floor(run.core / 2);
    param[ecp_field_find(a->fields, "reference")] =
        run.learning ? ecp_consolidation_reference() : -1;
    const struct ecp_analysis_call call = {
        .recording = r, .signal = -1, .start = recall->start, .stop = recall->stop, .param = param};
    const enum ecp_status status = a->run(&call, result);
    double *value = value_of(l->table, size, kind, trial);
    value[ECP_TABLE_CUED] = result_of(a, result, "cued_hz");
    value[ECP_TABLE_UNCUED] = result_of(a, result, "uncued_hz");
    value[ECP_TABLE_OTHERS] = result_of(a, result, "others_hz");
    value[ECP_TABLE_INHIBITORY] = inhibitory_rate(r, call.start, call.stop);
    value[ECP_TABLE_QUALITY] = result_of(a, result, "quality");
    value[ECP_TABLE_INFORMATION] = result_of(a, result, "information");
    return status;
}

enum ecp_status ecp_table_run(struct ecp_experiment *e, double from, double to,
                              struct ecp_table *table)
{
    const size_t runs = table->sizes * ECP_TABLE_KINDS * table->trials;
    struct lesson lesson = {.table = table, .seed = ecp_experiment_seed(e)};
    const struct ecp_jobs jobs = {.n = jobs_of(table),
                                  .context = &lesson,
                                  .plan = plan_trial,
                                  .look = look_at_trial,
                                  .at = "assemblies are learned and recalled",
                                  .from = from,
                                  .to = to};
    enum ecp_status status = ECP_OK;
    ECP_TRY(ecp_analysis_find("assembly", &lesson.measure));
    table->value = ecp_experiment_alloc(e, runs * ECP_TABLE_MEASURES, sizeof *table->value);
    if (!table->value)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu trials", runs);
    for (size_t k = 0; k < runs * ECP_TABLE_MEASURES; k++)
        table->value[k] = NAN; /* what is not asked */
    status = ecp_experiment_simulate_jobs(e, &jobs);
done:
    return status;
}

/* ---- comparing ------------------------------------------------------------------------------- */

struct ecp_engram_mean ecp_table_mean(const struct ecp_table *t, size_t size,
                                      enum ecp_table_kind kind, int measure)
{
    return ecp_engram_mean_of(value_of(t, size, (size_t)kind, 0) + measure,
                              ECP_TABLE_MEASURES * sizeof(double), t->trials);
}

/* A few trials give no sd of their own: the published one stands for both. */
static double in_errors(const struct ecp_table *t, size_t size, int late, int measure)
{
    const struct ecp_table_published *p = &ecp_table_published[t->first + size][late];
    const double found =
        ecp_table_mean(t, size, late ? ECP_TABLE_LATE : ECP_TABLE_EARLY, measure).mean;
    return fabs(found - p->mean[measure]) /
           (p->sd[measure] * sqrt(1 / (double)t->trials + 1 / published_trials));
}

static void judge_rates(const struct ecp_table *t, size_t size, int late,
                        struct ecp_table_judged *out)
{
    const struct ecp_table_published *p = &ecp_table_published[t->first + size][late];
    for (int m = 0; m < ECP_TABLE_RATES; m++) {
        const double found =
            ecp_table_mean(t, size, late ? ECP_TABLE_LATE : ECP_TABLE_EARLY, m).mean;
        const double off = fabs(found / p->mean[m] - 1);
        const double error = p->sd[m] / p->mean[m] * sqrt(1 / (double)t->trials);
        out->rates = fmax(out->rates, off);
        out->rates_beyond = fmax(out->rates_beyond, off - 2 * error);
    }
}

struct ecp_table_judged ecp_table_judge(const struct ecp_table *t)
{
    struct ecp_table_judged out = {.improves = INFINITY, .improves_quality = INFINITY};
    const size_t control = ecp_table_control(t);
    for (size_t size = 0; size < t->sizes; size++) {
        const double early = ecp_table_mean(t, size, ECP_TABLE_EARLY, ECP_TABLE_INFORMATION).mean;
        const double late = ecp_table_mean(t, size, ECP_TABLE_LATE, ECP_TABLE_INFORMATION).mean;
        const double q_early = ecp_table_mean(t, size, ECP_TABLE_EARLY, ECP_TABLE_QUALITY).mean;
        const double q_late = ecp_table_mean(t, size, ECP_TABLE_LATE, ECP_TABLE_QUALITY).mean;
        for (int k = 0; k < 2; k++) {
            judge_rates(t, size, k, &out);
            out.quality = fmax(out.quality, in_errors(t, size, k, ECP_TABLE_QUALITY));
            out.information = fmax(out.information, in_errors(t, size, k, ECP_TABLE_INFORMATION));
        }
        out.improves = fmin(out.improves, late - early);
        out.improves_quality = fmin(out.improves_quality, q_late - q_early);
    }
    out.blocked = ecp_table_mean(t, control, ECP_TABLE_BLOCKED, ECP_TABLE_QUALITY).mean;
    out.untaught = ecp_table_mean(t, control, ECP_TABLE_UNTAUGHT, ECP_TABLE_QUALITY).mean;
    return out;
}

/* ---- showing --------------------------------------------------------------------------------- */

static const char *const kind_name[ECP_TABLE_KINDS] = {"10 s", "8 h", "8 h, blocked", "untaught"};
static const char *const measure_name[ECP_TABLE_MEASURES] = {
    "cued", "uncued", "others", "inhibitory", "quality", "information"};
static const char *const measure_unit[ECP_TABLE_MEASURES] = {"Hz", "Hz", "Hz", "Hz", "1", "bits"};

/* Means, their standard errors, and the published means. */
static enum ecp_status show_means(struct ecp_experiment *e, const struct ecp_table *t)
{
    enum { COLUMNS = 2 + 3 * ECP_TABLE_MEASURES, MOST = ECP_TABLE_SIZES * ECP_TABLE_KINDS };
    double size_at[MOST], data[3 * ECP_TABLE_MEASURES][MOST];
    const char *words[MOST];
    struct ecp_table_column column[COLUMNS] = {
        {"assembly", "1", "neurons of the assembly", size_at, NULL},
        {"when", "1", "recall after learning", NULL, words}};
    size_t n = 0;
    for (size_t s = 0; s < t->sizes; s++)
        for (int k = 0; k < ECP_TABLE_KINDS; k++, n++) {
            size_at[n] = ecp_table_size[t->first + s];
            words[n] = kind_name[k];
            for (int m = 0; m < ECP_TABLE_MEASURES; m++) {
                const struct ecp_engram_mean mean = ecp_table_mean(t, s, (enum ecp_table_kind)k, m);
                data[3 * m][n] = mean.mean;
                data[3 * m + 1][n] = mean.error;
                data[3 * m + 2][n] =
                    k <= ECP_TABLE_LATE ? ecp_table_published[t->first + s][k].mean[m] : NAN;
            }
        }
    for (int m = 0; m < ECP_TABLE_MEASURES; m++) {
        const char *se = ecp_experiment_printf(e, "%s_se", measure_name[m]);
        const char *published = ecp_experiment_printf(e, "%s_published", measure_name[m]);
        if (!se || !published)
            return ecp_fail(ECP_ENOMEM, "no memory for a table");
        column[2 + 3 * m] = (struct ecp_table_column){measure_name[m], measure_unit[m],
                                                      "mean of trials", data[3 * m], NULL};
        column[3 + 3 * m] = (struct ecp_table_column){se, measure_unit[m], "its standard error",
                                                      data[3 * m + 1], NULL};
        column[4 + 3 * m] = (struct ecp_table_column){
            published, measure_unit[m], "mean of 50 published trials", data[3 * m + 2], NULL};
    }
    return ecp_experiment_table(e, "published", n, column, COLUMNS);
}

static enum ecp_status show_trials(struct ecp_experiment *e, const struct ecp_table *t)
{
    enum { COLUMNS = 3 + ECP_TABLE_MEASURES };
    const size_t rows = t->sizes * ECP_TABLE_KINDS * t->trials;
    double *data = ecp_experiment_alloc(e, rows * COLUMNS, sizeof *data);
    const char **words = ecp_experiment_alloc(e, rows, sizeof *words);
    struct ecp_table_column column[COLUMNS];
    size_t n = 0;
    if (!data || !words)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t s = 0; s < t->sizes; s++)
        for (size_t k = 0; k < ECP_TABLE_KINDS; k++)
            for (size_t i = 0; i < t->trials; i++, n++) {
                data[n] = ecp_table_size[t->first + s];
                data[rows + n] = (double)(i + 1);
                words[n] = kind_name[k];
                for (size_t m = 0; m < ECP_TABLE_MEASURES; m++)
                    data[(2 + m) * rows + n] = value_of(t, s, k, i)[m];
            }
    column[0] = (struct ecp_table_column){"assembly", "1", "neurons of the assembly", data, NULL};
    column[1] = (struct ecp_table_column){"trial", "1", "number of the trial", data + rows, NULL};
    column[2] = (struct ecp_table_column){"when", "1", "recall after learning", NULL, words};
    for (size_t m = 0; m < ECP_TABLE_MEASURES; m++)
        column[3 + m] = (struct ecp_table_column){measure_name[m], measure_unit[m], "of one trial",
                                                  data + (2 + m) * rows, NULL};
    return ecp_experiment_table(e, "trials", rows, column, COLUMNS);
}

/* Ours as dots beside each other, theirs, of all sizes, as dashes. */
enum { DRAWN = 3, LINES = DRAWN + 2 };
struct curves {
    double x[LINES][ECP_TABLE_SIZES], y[LINES][ECP_TABLE_SIZES], error[DRAWN][ECP_TABLE_SIZES];
    struct ecp_line line[LINES];
};

static void make_curves(const struct ecp_table *t, int measure, struct curves *c)
{
    for (int d = 0; d < DRAWN; d++) {
        for (size_t s = 0; s < t->sizes; s++) {
            const struct ecp_engram_mean m = ecp_table_mean(t, s, (enum ecp_table_kind)d, measure);
            c->x[d][s] = ecp_table_size[t->first + s] + 2.0 * (d - 1);
            c->y[d][s] = m.mean;
            c->error[d][s] = m.error;
        }
        c->line[d] = (struct ecp_line){kind_name[d], ECP_DOTS, d,    t->sizes,
                                       c->x[d],      c->y[d],  NULL, c->error[d]};
    }
    for (int d = 0; d < 2; d++) {
        for (size_t s = 0; s < ECP_TABLE_SIZES; s++) {
            c->x[DRAWN + d][s] = ecp_table_size[s];
            c->y[DRAWN + d][s] = ecp_table_published[s][d].mean[measure];
        }
        c->line[DRAWN + d] = (struct ecp_line){d == 0 ? "published" : NULL,
                                               ECP_DASHES,
                                               d,
                                               ECP_TABLE_SIZES,
                                               c->x[DRAWN + d],
                                               c->y[DRAWN + d],
                                               NULL,
                                               NULL};
    }
}

static enum ecp_status draw(struct ecp_experiment *e, const struct ecp_table *t)
{
    struct curves quality, bits;
    make_curves(t, ECP_TABLE_QUALITY, &quality);
    make_curves(t, ECP_TABLE_INFORMATION, &bits);
    const struct ecp_picture picture[] = {{.title = "quality of recall",
                                           .x = {"neurons of the assembly", NULL, 80, 270, 0},
                                           .y = {"quality", NULL, 0, 0, 0},
                                           .n_lines = LINES,
                                           .line = quality.line},
                                          {.title = "mutual information",
                                           .x = {"neurons of the assembly", NULL, 80, 270, 0},
                                           .y = {"information", "bits", 0, 0, 0},
                                           .n_lines = LINES,
                                           .line = bits.line}};
    return ecp_experiment_figure(e, "published", "The published network", picture, 2, 2);
}

enum ecp_status ecp_table_show(struct ecp_experiment *e, const struct ecp_table *t)
{
    enum ecp_status status;
    ECP_TRY(show_means(e, t));
    ECP_TRY(show_trials(e, t));
    status = draw(e, t);
done:
    return status;
}
