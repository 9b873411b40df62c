/* score_it.c -- from pictures to a score: a population of spiking neurons that sees 92 images
 * of objects is compared with inferior temporal cortex (IT) of people and of macaques.
 *
 * Each image has simple features (it_features.h): colours of the object's surface, where the
 * object is, contrast of edges. Each neuron is a leaky integrate-and-fire neuron whose input
 * current follows one feature, with noise of its own:
 *
 *   I = drive + gain z + noise,  z: the feature, mean 0 and variance 1 over the images
 *
 * A copy of the population looks at each image (neurons are not coupled, so that this is the
 * same as one image after the other), for `trials` windows of `window`. Spike counts make a
 * matrix of dissimilarities, 1 - r between the patterns of two images, which measure `rsa`
 * compares with those of four people and of macaques. Nothing is fitted to either.
 *
 * Beside it: the features without spikes, pixels, and models that came with the data (V1,
 * silhouettes, HMAX; and EVA). `shuffle` gives the copies the images in another order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"
#include "engine/sheet.h"
#include "scenarios/it_features.h"

enum {
    UNITS,
    COLOUR,
    SHAPE,
    EDGES,
    DRIVE,
    GAIN,
    NOISE,
    TRIALS,
    WINDOW,
    SHUFFLE,
    BOOTSTRAPS,
    SEEDS,
    END
};

static const struct ecp_field fields[] = {
    [UNITS] = {"units", "1", 100, 1, 1e4, "neurons that follow features of each kind", ECP_WHOLE},
    [COLOUR] = {"colour", "1", 1, 0, 1, "0: no neuron follows colours", ECP_WHOLE},
    [SHAPE] = {"shape", "1", 1, 0, 1, "0: none the silhouette", ECP_WHOLE},
    [EDGES] = {"edges", "1", 1, 0, 1, "0: none the edges", ECP_WHOLE},
    [DRIVE] = {"drive", "pA", 400, 0, 1e4, "mean current (375 pA is the threshold)", ECP_PARAM},
    [GAIN] = {"gain", "pA", 60, 0, 1e4, "current for one standard deviation of a feature",
              ECP_PARAM},
    [NOISE] = {"noise", "pA", 80, 0, 1e4, "standard deviation of the noise (tau = 5 ms)",
               ECP_PARAM},
    [TRIALS] = {"trials", "1", 8, 1, 1000, "looks at each image", ECP_WHOLE},
    [WINDOW] = {"window", "ms", 200, 1, 1e5, "time in which spikes are counted", ECP_PARAM},
    [SHUFFLE] = {"shuffle", "1", 0, 0, 1, "1: images in another order than the recordings",
                 ECP_WHOLE},
    [BOOTSTRAPS] = {"bootstraps", "1", 1000, 10, 1e6, "samples of people and images", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 20, "populations", ECP_WHOLE},
    [END] = {0}};

enum {
    HUMAN,
    HUMAN_MEAN,
    SPREAD,
    LOW,
    CEILING_LOWER,
    CEILING_UPPER,
    SHARE,
    FEATURES,
    PIXELS,
    V1,
    SILHOUETTE,
    HMAX,
    EVA,
    ABOVE_HMAX,
    P_HMAX,
    P_V1,
    MACAQUE,
    MACAQUE_LOW,
    MACAQUE_HMAX,
    RATE,
    RESULTS
};

static const struct ecp_field results[] = {
    [HUMAN] = {"human", "1", 0, 0, 0, "mean r with four people; the least of any seed", ECP_RESULT},
    [HUMAN_MEAN] = {"human_mean", "1", 0, 0, 0, "and the mean over seeds", ECP_RESULT},
    [SPREAD] = {"spread", "1", 0, 0, 0, "largest less least of the seeds", ECP_RESULT},
    [LOW] = {"human_low", "1", 0, 0, 0,
             "lower end of the 95 % interval, over people and images; the least of any seed",
             ECP_RESULT},
    [CEILING_LOWER] = {"ceiling_lower", "1", 0, 0, 0,
                       "mean r of each person with the average of the others", ECP_RESULT},
    [CEILING_UPPER] = {"ceiling_upper", "1", 0, 0, 0,
                       "mean r of each person with the average of all", ECP_RESULT},
    [SHARE] = {"share", "1", 0, 0, 0, "human_mean over the lower ceiling", ECP_RESULT},
    [FEATURES] = {"features", "1", 0, 0, 0, "score of the features without spikes", ECP_RESULT},
    [PIXELS] = {"pixels", "1", 0, 0, 0, "score of the pixels", ECP_RESULT},
    [V1] = {"v1", "1", 0, 0, 0, "score of the V1 model of the data set", ECP_RESULT},
    [SILHOUETTE] = {"silhouette", "1", 0, 0, 0, "score of its silhouettes", ECP_RESULT},
    [HMAX] = {"hmax", "1", 0, 0, 0, "score of its HMAX", ECP_RESULT},
    [EVA] = {"eva", "1", 0, 0, 0, "score of what it calls EVA", ECP_RESULT},
    [ABOVE_HMAX] = {"above_hmax", "1", 0, 0, 0, "least score of any seed less HMAX's", ECP_RESULT},
    [P_HMAX] = {"p_hmax", "1", 0, 0, 0, "two-sided: population 1 and HMAX score alike", ECP_RESULT},
    [P_V1] = {"p_v1", "1", 0, 0, 0, "two-sided: population 1 and the V1 model score alike",
              ECP_RESULT},
    [MACAQUE] = {"macaque", "1", 0, 0, 0, "r with macaque IT; the least of any seed", ECP_RESULT},
    [MACAQUE_LOW] = {"macaque_low", "1", 0, 0, 0,
                     "lower end of the 95 % interval, over images; the least of any seed",
                     ECP_RESULT},
    [MACAQUE_HMAX] = {"macaque_hmax", "1", 0, 0, 0, "r of HMAX with macaque IT", ECP_RESULT},
    [RATE] = {"rate_hz", "Hz", 0, 0, 0, "mean rate of the neurons", ECP_RESULT},
    [RESULTS] = {0}};

static const double settle = 50 /* ms */, noise_tau = 5 /* ms */, step = 0.2 /* ms */;

enum { GROUPS = 3, GIVEN = 4, OTHERS = 2 + GIVEN, MOST_MODELS = 20 + OTHERS };
enum { IT92 }; /* texts */
enum { IT_STREAM_DEAL = 0x495431, IT_STREAM_SHUFFLE };

struct work {
    struct ecp_experiment *experiment;
    const double *param;
    size_t n, n_units, n_seeds;
    double *feature; /* n x IT_FEATURES */
    double rate;     /* Hz, mean over seeds */
    struct ecp_dataset *images, *human, *macaque;
    struct ecp_dataset *model[MOST_MODELS]; /* populations; features, pixels; GIVEN */
    size_t n_models;
};

/* ---- the population ----------------------------------------------------------------------- */

static const size_t group_size[GROUPS] = {IT_COLOURS, IT_SHAPE, IT_EDGES};

/* Which feature each neuron follows: those of each kind dealt out in a random order, again
 * and again until all neurons of the kind have one. */
static size_t deal(const struct work *w, uint64_t seed, size_t *of_unit)
{
    const size_t units = (size_t)w->param[UNITS];
    size_t order[IT_FEATURES], n = 0, first = 0;
    for (int g = 0; g < GROUPS; first += group_size[g++]) {
        struct ecp_chance chance = ecp_chance(seed, IT_STREAM_DEAL, (uint32_t)g);
        for (size_t k = 0; k < units && w->param[COLOUR + g] > 0; k++) {
            if (k % group_size[g] == 0)
                ecp_chance_order(&chance, group_size[g], order);
            of_unit[n++] = first + order[k % group_size[g]];
        }
    }
    return n;
}

static enum ecp_status describe(const struct work *w, struct ecp_plan *plan, uint64_t seed)
{
    const size_t n = w->n, p = w->n_units;
    size_t *of_unit = ecp_experiment_alloc(w->experiment, p, sizeof *of_unit);
    size_t *image = ecp_experiment_alloc(w->experiment, n, sizeof *image);
    double *current = ecp_plan_alloc(plan, n * p * sizeof *current);
    struct ecp_plan_stimulus *stimulus;
    struct ecp_plan_population *population;
    struct ecp_plan_probe *probe;
    struct ecp_plan_phase *phase;
    enum ecp_status status = ECP_OK;
    if (!of_unit || !image || !current)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu neurons", n * p);
    (void)deal(w, seed, of_unit);
    for (size_t k = 0; k < n; k++)
        image[k] = k;
    struct ecp_chance chance = ecp_chance(seed, IT_STREAM_SHUFFLE, 0);
    if (w->param[SHUFFLE] > 0)
        ecp_chance_order(&chance, n, image);
    for (size_t k = 0; k < n; k++)
        for (size_t u = 0; u < p; u++)
            current[k * p + u] =
                w->param[DRIVE] + w->param[GAIN] * w->feature[image[k] * IT_FEATURES + of_unit[u]];
    plan->seed = seed;
    plan->dt = step;
    ECP_TRY(ecp_plan_add_population(plan, "it", "lif_delta", n * p, &population));
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_CURRENT, "it", &stimulus));
    stimulus->level = (struct ecp_draw){.kind = ECP_DRAW_LIST, .list = current, .count = n * p};
    ECP_TRY(ecp_plan_add_stimulus(plan, ECP_STIMULUS_NOISE, "it", &stimulus));
    stimulus->sd = w->param[NOISE];
    stimulus->tau = noise_tau;
    ECP_TRY(ecp_plan_add_probe(plan, ECP_PROBE_SPIKES, "it", &probe));
    ECP_TRY(ecp_plan_add_phase(plan, "settle", settle, 1, &phase));
    ECP_TRY(ecp_plan_add_phase(plan, "look", w->param[TRIALS] * w->param[WINDOW], 0, &phase));
done:
    return status;
}

/* Spikes of unit u in look t at image k, as rates of trial t n + k. */
static enum ecp_status count(const struct work *w, const struct ecp_recording *recording,
                             struct ecp_dataset *set)
{
    const size_t n = w->n, p = w->n_units, trials = (size_t)w->param[TRIALS], all = n * trials;
    size_t *condition = ecp_dataset_alloc(set, all, sizeof *condition);
    size_t *repeat = ecp_dataset_alloc(set, all, sizeof *repeat);
    double *response = ecp_dataset_alloc(set, all * p, sizeof *response);
    const struct ecp_recorded_population *it = &recording->population[0];
    if (!condition || !repeat || !response)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu trials of %zu neurons", all, p);
    for (size_t t = 0; t < all; t++) {
        condition[t] = t % n;
        repeat[t] = t / n;
    }
    for (size_t e = 0; e < it->n_events; e++) {
        const double time = (double)it->event[e].step * recording->dt - settle;
        const size_t k = it->event[e].index / p, u = it->event[e].index % p;
        if (time >= 0 && time < w->param[WINDOW] * (double)trials)
            response[((size_t)(time / w->param[WINDOW]) * n + k) * p + u] +=
                1000 / w->param[WINDOW];
    }
    set->n_conditions = n;
    set->n_units = p;
    set->n_trials = all;
    set->trial_condition = condition;
    set->trial_repeat = repeat;
    set->response = response;
    set->response_unit = "Hz";
    return ecp_dataset_average(set);
}

static enum ecp_status look(struct work *w, size_t s)
{
    const uint64_t seed = ecp_experiment_seed(w->experiment) + s;
    struct ecp_plan *plan = NULL;
    struct ecp_simulated simulated = {0};
    struct ecp_dataset *set = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_experiment_progress(w->experiment, 0.05 + 0.8 * (double)s / (double)w->n_seeds,
                                    "spikes"));
    ECP_TRY(ecp_plan_create(&plan));
    ECP_TRY(describe(w, plan, seed));
    ECP_TRY(ecp_experiment_simulate(w->experiment, plan, &simulated));
    ECP_TRY(
        ecp_dataset_create(ecp_experiment_printf(w->experiment, "population_%zu", s + 1), &set));
    w->model[w->n_models++] = set;
    ECP_TRY(count(w, simulated.recording, set));
    w->rate += (double)simulated.recording->population[0].spikes /
               (double)(w->n * w->n_units * w->n_seeds) /
               (w->param[TRIALS] * w->param[WINDOW] / 1000);
done:
    ecp_experiment_release(&simulated);
    ecp_plan_destroy(plan);
    return status;
}

/* ---- what it is compared with ---------------------------------------------------------------- */

static const char *const given[GIVEN] = {"/rdms/v1", "/rdms/silhouette", "/rdms/hmax", "/rdms/eva"};

static enum ecp_status read_files(struct work *w)
{
    struct ecp_experiment *e = w->experiment;
    enum ecp_status status;
    ECP_TRY(ecp_experiment_dataset(e, IT92, "/stimuli/rgb35", &w->images));
    ECP_TRY(ecp_experiment_dataset(e, IT92, "/rdms/human", &w->human));
    ECP_TRY(ecp_experiment_dataset(e, IT92, "/rdms/macaque", &w->macaque));
    w->n = w->images->n_conditions;
    if (w->images->n_units != 3 * IT_PIXELS || w->human->n_conditions != w->n ||
        w->macaque->n_conditions != w->n)
        return ecp_fail(
            ECP_ECONFIG,
            "network.it92: found %zu images of %zu numbers, dissimilarities of %zu and %zu; "
            "allowed: images of %d x %d x 3, and dissimilarities of the same images",
            w->n, w->images->n_units, w->human->n_conditions, w->macaque->n_conditions, IT_SIDE,
            IT_SIDE);
    w->feature = ecp_experiment_alloc(e, w->n * IT_FEATURES, sizeof *w->feature);
    if (!w->feature)
        return ecp_fail(ECP_ENOMEM, "no memory for the features of %zu images", w->n);
    it_features(w->n, w->images->mean, w->feature);
done:
    return status;
}

/* What the neurons of the first seed follow, without spikes. */
static enum ecp_status add_features(struct work *w)
{
    struct ecp_dataset *set = NULL;
    size_t *of_unit = ecp_experiment_alloc(w->experiment, w->n_units, sizeof *of_unit);
    enum ecp_status status = ecp_dataset_create("features", &set);
    if (status != ECP_OK)
        return status;
    w->model[w->n_models++] = set;
    double *mean = ecp_dataset_alloc(set, w->n * w->n_units, sizeof *mean);
    if (!mean || !of_unit)
        return ecp_fail(ECP_ENOMEM, "no memory for the features of %zu images", w->n);
    (void)deal(w, ecp_experiment_seed(w->experiment), of_unit);
    for (size_t k = 0; k < w->n * w->n_units; k++)
        mean[k] = w->feature[k / w->n_units * IT_FEATURES + of_unit[k % w->n_units]];
    set->n_conditions = w->n;
    set->n_units = w->n_units;
    set->mean = mean;
    return ECP_OK;
}

static enum ecp_status add_others(struct work *w)
{
    enum ecp_status status;
    ECP_TRY(add_features(w));
    w->images->name = "pixels";
    w->model[w->n_models++] = w->images;
    w->images = NULL;
    for (int k = 0; k < GIVEN; k++) {
        ECP_TRY(ecp_experiment_dataset(w->experiment, IT92, given[k], &w->model[w->n_models]));
        w->n_models++;
    }
done:
    return status;
}

/* ---- scores ---------------------------------------------------------------------------------- */

/* 1000 samples; of people and images, or (one subject) of images. */
static enum ecp_status score(const struct work *w, const struct ecp_dataset *data,
                             const char *generalise, struct ecp_sheet **out)
{
    const struct ecp_analysis *rsa;
    enum ecp_status status = ecp_analysis_find("rsa", &rsa);
    if (status != ECP_OK)
        return status;
    const size_t n = ecp_field_count(rsa->fields);
    double *param = ecp_experiment_alloc(w->experiment, n, sizeof *param);
    if (!param)
        return ecp_fail(ECP_ENOMEM, "no memory for the scores");
    for (size_t k = 0; k < n; k++)
        param[k] = rsa->fields[k].initial;
    param[ecp_field_find(rsa->fields, "bootstraps")] = w->param[BOOTSTRAPS];
    param[ecp_field_find(rsa->fields, "generalise")] = strcmp(generalise, "both") == 0 ? 3 : 2;
    ECP_TRY(ecp_sheet_create(out));
    const struct ecp_sheet_call call = {.measure = rsa,
                                        .param = param,
                                        .n_models = w->n_models,
                                        .model = (const struct ecp_dataset *const *)w->model,
                                        .data = data,
                                        .seed = ecp_experiment_seed(w->experiment)};
    status = ecp_sheet_score(*out, &call);
done:
    return status;
}

static struct ecp_estimate estimate_of(const struct ecp_sheet *sheet, const char *subject)
{
    const struct ecp_sheet_row *row;
    const size_t n = ecp_sheet_rows(sheet, &row);
    for (size_t k = 0; k < n; k++)
        if (strcmp(row[k].field->name, "score") == 0 && strcmp(row[k].subject, subject) == 0)
            return row[k].estimate;
    return ECP_ESTIMATE(NAN);
}

static double p_of_pair(const struct ecp_sheet *sheet, const char *a, const char *b)
{
    const struct ecp_sheet_table *table;
    const size_t n = ecp_sheet_tables(sheet, &table);
    for (size_t k = 0; k < n; k++)
        for (size_t r = 0; strcmp(table[k].name, "pairs") == 0 && r < table[k].n_rows; r++)
            if (strcmp(table[k].column[0].words[r], a) == 0 &&
                strcmp(table[k].column[1].words[r], b) == 0)
                for (size_t c = 0; c < table[k].n_columns; c++)
                    if (strcmp(table[k].column[c].name, "p") == 0)
                        return table[k].column[c].data[r];
    return NAN;
}

static void put(const struct work *w, const struct ecp_sheet *human,
                const struct ecp_sheet *macaque)
{
    struct ecp_experiment *e = w->experiment;
    double least = INFINITY, most = -INFINITY, sum = 0, low = INFINITY, monkey = INFINITY,
           monkey_low = INFINITY;
    for (size_t s = 0; s < w->n_seeds; s++) {
        const struct ecp_estimate of = estimate_of(human, w->model[s]->name);
        const struct ecp_estimate other = estimate_of(macaque, w->model[s]->name);
        least = fmin(least, of.value);
        most = fmax(most, of.value);
        sum += of.value;
        low = fmin(low, of.low);
        monkey = fmin(monkey, other.value);
        monkey_low = fmin(monkey_low, other.low);
    }
    const double ceiling = ecp_sheet_value(human, "rsa", "ceiling_lower", NULL);
    const double hmax = estimate_of(human, "hmax").value, mean = sum / (double)w->n_seeds;
    ecp_experiment_result(e, HUMAN, least);
    ecp_experiment_result(e, HUMAN_MEAN, mean);
    ecp_experiment_result(e, SPREAD, most - least);
    ecp_experiment_result(e, LOW, low);
    ecp_experiment_result(e, CEILING_LOWER, ceiling);
    ecp_experiment_result(e, CEILING_UPPER, ecp_sheet_value(human, "rsa", "ceiling_upper", NULL));
    ecp_experiment_result(e, SHARE, mean / ceiling);
    ecp_experiment_result(e, FEATURES, estimate_of(human, "features").value);
    ecp_experiment_result(e, PIXELS, estimate_of(human, "pixels").value);
    ecp_experiment_result(e, V1, estimate_of(human, "v1").value);
    ecp_experiment_result(e, SILHOUETTE, estimate_of(human, "silhouette").value);
    ecp_experiment_result(e, HMAX, hmax);
    ecp_experiment_result(e, EVA, estimate_of(human, "eva").value);
    ecp_experiment_result(e, ABOVE_HMAX, least - hmax);
    ecp_experiment_result(e, P_HMAX, p_of_pair(human, w->model[0]->name, "hmax"));
    ecp_experiment_result(e, P_V1, p_of_pair(human, w->model[0]->name, "v1"));
    ecp_experiment_result(e, MACAQUE, monkey);
    ecp_experiment_result(e, MACAQUE_LOW, monkey_low);
    ecp_experiment_result(e, MACAQUE_HMAX, estimate_of(macaque, "hmax").value);
    ecp_experiment_result(e, RATE, w->rate);
}

#include "scenarios/score_it_show.h"

static void clear(struct work *w)
{
    for (size_t k = 0; k < w->n_models; k++)
        ecp_dataset_destroy(w->model[k]);
    ecp_dataset_destroy(w->images);
    ecp_dataset_destroy(w->human);
    ecp_dataset_destroy(w->macaque);
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct work w = {.experiment = e, .param = param, .n_seeds = (size_t)param[SEEDS]};
    struct ecp_sheet *human = NULL, *macaque = NULL;
    enum ecp_status status;
    for (int g = 0; g < GROUPS; g++)
        w.n_units += param[COLOUR + g] > 0 ? (size_t)param[UNITS] : 0;
    ECP_TRY(read_files(&w));
    for (size_t s = 0; s < w.n_seeds; s++)
        ECP_TRY(look(&w, s));
    ECP_TRY(add_others(&w));
    ECP_TRY(ecp_experiment_progress(e, 0.9, "scores"));
    ECP_TRY(score(&w, w.human, "both", &human));
    ECP_TRY(score(&w, w.macaque, "conditions", &macaque));
    put(&w, human, macaque);
    status = show(&w, human, macaque);
done:
    ecp_sheet_destroy(human);
    ecp_sheet_destroy(macaque);
    clear(&w);
    return status;
}

/* ---- claims ---------------------------------------------------------------------------------- */

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char toolbox[] = "rsatoolbox f1f83cad on the same dissimilarities";
    static const char target[] = "better than the models of the data set that compute on images; "
                                 "HMAX reaches 0.152 (people) and 0.281 (macaque)";
    static const char chance[] = "bootstrap over people and images";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"score_it.human", 0.1521, INFINITY, target},
                  {"score_it.human_low", 0, INFINITY, chance},
                  {"score_it.above_hmax", 0, INFINITY, target},
                  {"score_it.spread", 0, 0.02, "seeds of neurons and noise hardly matter"},
                  {"score_it.macaque", 0.2812, INFINITY, target},
                  {"score_it.macaque_low", 0, INFINITY, "bootstrap over images"},
                  {"score_it.v1", 0.0249, 0.0251, toolbox},
                  {"score_it.silhouette", 0.1158, 0.1160, toolbox},
                  {"score_it.hmax", 0.1520, 0.1522, toolbox},
                  {"score_it.eva", 0.2590, 0.2592, toolbox},
                  {"score_it.ceiling_lower", 0.393, 0.395, toolbox}};
    enum ecp_status status = ECP_OK;
    if (param[COLOUR] + param[SHAPE] + param[EDGES] == 0)
        return ecp_fail(ECP_ECONFIG, "colour, shape and edges are all 0; one of them must be 1");
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

static const struct ecp_scenario_text texts[] = {
    [IT92] = {"it92", "data/it92/it92.h5",
              "HDF5 file with the images and the dissimilarities of 92 objects "
              "(scenarios/data/it92)",
              1, 1},
    {0}};

const struct ecp_scenario ecp_scenario_score_it = {
    .name = "score_it",
    .question = "Does a model see as the brain does?",
    .summary = "a spiking population that sees 92 images, scored against IT of people and macaques",
    .equations = "I = drive + gain z + noise into lif_delta; z: colours, silhouette, edges\n"
                 "d_ij = 1 - r of mean counts for images i, j; score: mean r with the subjects' d\n"
                 "intervals: dual bootstrap over people and images",
    .reference = "Kriegeskorte et al. 2008, doi:10.1016/j.neuron.2008.10.043; Kiani et al. 2007, "
                 "doi:10.1152/jn.00024.2007",
    .fields = fields,
    .build = build,
    .texts = texts,
    .results = results,
    .run = run};
