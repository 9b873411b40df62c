/* lpl_layers.c -- do layers that learn each for itself, from pairs of views, make what the
 * views have in common easier to read (Halvagal & Zenke 2023)?
 *
 * Ten objects u (20 dimensions) are seen together with something else n, redrawn for each
 * view, through a fixed nonlinear mixture: x = tanh(A_2 tanh(A_1 [u, n])). A pair are two
 * views of one object. Three layers of ReLU units (latent.h) learn from pairs alone; then a
 * linear classifier is trained on each layer to name the object. The same without each of the
 * three parts of the rule, and without learning. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/latent.h"
#include "engine/matrix.h"
#include "engine/mlp.h"
#include "engine/scenario.h"
#include "scenarios/lpl_layers.h"

static const struct ecp_field fields[] = {
    [SPREAD] = {"nuisance", "1", 4, 0, 100, "size of what differs between views", ECP_PARAM},
    [STEPS] = {"steps", "1", 1500, 1, 1e6, "batches to learn from", ECP_WHOLE},
    [BATCH] = {"batch", "1", 128, 2, 10000, "pairs of a batch", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, MOST_SEEDS, "worlds and networks", ECP_WHOLE},
    [PREDICT] = {"predict", "1", 1, 0, 1e3, "weight of the predictive part", ECP_PARAM},
    [HEBB] = {"hebb", "1", 1, 0, 1e3, "weight of the Hebbian part", ECP_PARAM},
    [DECORRELATE] = {"decorrelate", "1", 10, 0, 1e4, "weight of the decorrelation", ECP_PARAM},
    [RATE] = {"rate", "1", 1e-3, 1e-6, 1, "rate of learning (Adam)", ECP_PARAM},
    [ABLATIONS] = {"ablations", "1", 1, 0, 1, "1: also without each part", ECP_WHOLE},
    [EPOCHS] = {"epochs", "1", 30, 1, 1e4, "of the classifier", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_field results[] = {
    [INPUT] = {"input", "1", 0, 0, 0, "objects named rightly from the input", ECP_RESULT},
    [LPL_1] = {"layer_1", "1", 0, 0, 0, "from layer 1", ECP_RESULT},
    [LPL_2] = {"layer_2", "1", 0, 0, 0, "from layer 2", ECP_RESULT},
    [LPL_3] = {"layer_3", "1", 0, 0, 0, "from layer 3", ECP_RESULT},
    [LPL_SD] = {"layer_3_sd", "1", 0, 0, 0, "its standard deviation over seeds", ECP_RESULT},
    [GAIN] = {"gain", "1", 0, 0, 0, "layer 3 less input", ECP_RESULT},
    [LEAST_STEP] = {"least_step", "1", 0, 0, 0, "least gain of a layer over the one before it",
                    ECP_RESULT},
    [PRED_3] = {"pred_off", "1", 0, 0, 0, "layer 3 without the predictive part", ECP_RESULT},
    [HEBB_3] = {"hebb_off", "1", 0, 0, 0, "layer 3 without the Hebbian part", ECP_RESULT},
    [DEC_3] = {"decorrelate_off", "1", 0, 0, 0, "layer 3 without decorrelation", ECP_RESULT},
    [UNTRAINED_3] = {"untrained", "1", 0, 0, 0, "layer 3 without learning", ECP_RESULT},
    [PRED_LOSS] = {"pred_off_loss", "1", 0, 0, 0, "layer 3: the rule less pred_off", ECP_RESULT},
    [DEC_LOSS] = {"decorrelate_off_loss", "1", 0, 0, 0, "layer 3: the rule less decorrelate_off",
                  ECP_RESULT},
    [PRED_FALL] = {"pred_off_fall", "1", 0, 0, 0,
                   "largest gain of layer 2 or 3 over the one before it, pred_off", ECP_RESULT},
    [DEC_FALL] = {"decorrelate_off_fall", "1", 0, 0, 0, "the same, decorrelate_off", ECP_RESULT},
    [HEBB_ACTIVITY] = {"hebb_off_activity", "1", 0, 0, 0,
                       "mean standard deviation of the units of layer 3, hebb_off", ECP_RESULT},
    [LPL_DIM_LOW] = {"dimension_low", "1", 0, 0, 0, "least participation ratio of a layer",
                     ECP_RESULT},
    [LPL_DIM_HIGH] = {"dimension_high", "1", 0, 0, 0, "largest one", ECP_RESULT},
    [DEC_DIM] = {"decorrelate_off_dimension", "1", 0, 0, 0, "largest one, decorrelate_off",
                 ECP_RESULT},
    [RESULTS] = {0}};

static const size_t sizes[LAYERS + 1] = {INPUTS, 100, 100, 50};

/* ---- the world ------------------------------ */

struct world {
    double object[OBJECTS * HIDDEN];
    double a1[INPUTS * 2 * HIDDEN], a2[INPUTS * INPUTS];
    double nuisance;
};

static void make_world(struct world *w, uint64_t seed, double nuisance)
{
    struct ecp_chance chance = ecp_chance(seed, 72, 0);
    ecp_chance_normals(&chance, OBJECTS * HIDDEN, w->object);
    for (size_t o = 0; o < OBJECTS; o++) {
        double square = 0;
        for (size_t k = 0; k < HIDDEN; k++)
            square += pow(w->object[o * HIDDEN + k], 2);
        for (size_t k = 0; k < HIDDEN; k++)
            w->object[o * HIDDEN + k] *= 4.47 / sqrt(square);
    }
    ecp_chance_normals(&chance, INPUTS * 2 * HIDDEN, w->a1);
    ecp_chance_normals(&chance, INPUTS * INPUTS, w->a2);
    for (size_t k = 0; k < INPUTS * 2 * HIDDEN; k++)
        w->a1[k] *= 1.5 / sqrt(2 * HIDDEN);
    for (size_t k = 0; k < INPUTS * INPUTS; k++)
        w->a2[k] *= 2 / sqrt(INPUTS);
    w->nuisance = nuisance;
}

/* n views of the objects given, into x (n x INPUTS); `work`: n x (2 HIDDEN + INPUTS). */
static void look(const struct world *w, struct ecp_chance *chance, size_t n, const int *object,
                 double *x, double *work)
{
    double *hidden = work + n * 2 * HIDDEN;
    for (size_t b = 0; b < n; b++) {
        double *row = work + b * 2 * HIDDEN;
        memcpy(row, w->object + (size_t)object[b] * HIDDEN, HIDDEN * sizeof *row);
        ecp_chance_normals(chance, HIDDEN, row + HIDDEN);
        for (size_t k = HIDDEN; k < 2 * HIDDEN; k++)
            row[k] *= w->nuisance;
    }
    ecp_matrix_abt(n, INPUTS, 2 * HIDDEN, work, w->a1, hidden);
    for (size_t k = 0; k < n * INPUTS; k++)
        hidden[k] = tanh(hidden[k]);
    ecp_matrix_abt(n, INPUTS, INPUTS, hidden, w->a2, x);
    for (size_t k = 0; k < n * INPUTS; k++)
        x[k] = tanh(x[k]);
}

static void choose(struct ecp_chance *chance, size_t n, int *object)
{
    for (size_t b = 0; b < n; b++)
        object[b] = (int)ecp_chance_below(chance, OBJECTS);
}

/* ---- reading a layer ------------------------------ */

/* Both sets by mean and standard deviation of the first; the mean of those deviations. */
static double standardise(size_t n, size_t units, double *first, double *second)
{
    double activity = 0;
    for (size_t i = 0; i < units; i++) {
        double mean = 0, square = 0;
        for (size_t b = 0; b < n; b++)
            mean += first[b * units + i] / (double)n;
        for (size_t b = 0; b < n; b++)
            square += pow(first[b * units + i] - mean, 2) / (double)n;
        const double sd = sqrt(square), scale = sd > 1e-8 ? 1 / sd : 1;
        activity += sd / (double)units;
        for (size_t b = 0; b < n; b++) {
            first[b * units + i] = (first[b * units + i] - mean) * scale;
            second[b * units + i] = (second[b * units + i] - mean) * scale;
        }
    }
    return activity;
}

/* (tr C)^2 / tr C^2 of n standardised rows; 0 where nothing varies. */
static double dimension(size_t n, size_t units, const double *x, double *c)
{
    double trace = 0, square = 0;
    ecp_matrix_atb(units, units, n, x, x, c);
    for (size_t i = 0; i < units; i++)
        trace += c[i * units + i];
    for (size_t k = 0; k < units * units; k++)
        square += c[k] * c[k];
    return square > 0 ? trace * trace / square : 0;
}

/* A linear classifier learns from the first set and names the second. */
static enum ecp_status classify(uint64_t seed, size_t epochs, size_t units, const double *first,
                                const int *first_object, const double *second,
                                const int *second_object, double *right)
{
    const size_t size[] = {units, OBJECTS};
    const struct ecp_mlp_setup setup = {
        .n_layers = 1, .size = size, .bias = 1, .rate = 0.005, .seed = seed};
    struct ecp_chance chance = ecp_chance(seed, 73, 0);
    struct ecp_mlp *mlp = NULL;
    size_t *order = calloc(SHOWN, sizeof *order);
    double *x = calloc(AT_ONCE * units, sizeof *x);
    int object[AT_ONCE];
    enum ecp_status status = ECP_OK;
    if (!order || !x) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a classifier");
        goto done;
    }
    ECP_TRY(ecp_mlp_create(&setup, &mlp));
    for (size_t e = 0; e < epochs; e++) {
        ecp_chance_order(&chance, SHOWN, order);
        for (size_t k = 0; k + AT_ONCE <= SHOWN; k += AT_ONCE) {
            for (size_t j = 0; j < AT_ONCE; j++) {
                memcpy(x + j * units, first + order[k + j] * units, units * sizeof *x);
                object[j] = first_object[order[k + j]];
            }
            ECP_TRY(ecp_mlp_train(mlp, AT_ONCE, x, object, NULL));
        }
    }
    ECP_TRY(ecp_mlp_accuracy(mlp, SHOWN, second, second_object, right));
done:
    ecp_mlp_destroy(mlp);
    free(order);
    free(x);
    return status;
}

struct sets {
    double *first, *second; /* SHOWN x INPUTS, as shown */
    double *a, *b;          /* SHOWN x INPUTS: of a layer */
    double *square;         /* INPUTS x INPUTS */
    int first_object[SHOWN], second_object[SHOWN];
};

/* Layer 0 is the input; `latent` may be NULL for it. */
static enum ecp_status read_layer(const struct ecp_latent *latent, const struct sets *s,
                                  uint64_t seed, size_t epochs, size_t layer, int condition,
                                  size_t run, struct outcome *out)
{
    const size_t units = sizes[layer];
    enum ecp_status status = ECP_OK;
    if (layer == 0) {
        memcpy(s->a, s->first, SHOWN * units * sizeof *s->a);
        memcpy(s->b, s->second, SHOWN * units * sizeof *s->b);
    } else {
        ECP_TRY(ecp_latent_activity(latent, SHOWN, s->first, layer, s->a));
        ECP_TRY(ecp_latent_activity(latent, SHOWN, s->second, layer, s->b));
    }
    out->activity[condition][layer][run] = standardise(SHOWN, units, s->a, s->b);
    out->dimension[condition][layer][run] = dimension(SHOWN, units, s->a, s->square);
    status = classify(seed, epochs, units, s->a, s->first_object, s->b, s->second_object,
                      &out->right[condition][layer][run]);
done:
    return status;
}

/* ---- one network ------------------------------ */

static struct ecp_latent_loss loss_of(const double *param, int condition)
{
    return (struct ecp_latent_loss){.predict = condition == PRED_OFF ? 0 : param[PREDICT],
                                    .hebb = condition == HEBB_OFF ? 0 : param[HEBB],
                                    .decorrelate =
                                        condition == DECORRELATE_OFF ? 0 : param[DECORRELATE],
                                    .epsilon = 1e-4};
}

struct job {
    struct ecp_experiment *experiment;
    const double *param;
    size_t run, n_runs;
    int condition, n_conditions;
};

static enum ecp_status tell(const struct job *j, double share)
{
    const double each = 1 / (double)(j->n_runs * (size_t)j->n_conditions);
    return ecp_experiment_progress(
        j->experiment, ((double)(j->run * (size_t)j->n_conditions) + j->condition + share) * each,
        ecp_lpl_conditions[j->condition]);
}

static enum ecp_status learn(const struct job *j, const struct world *w, uint64_t seed,
                             struct ecp_latent **out)
{
    const double *param = j->param;
    const size_t batch = (size_t)param[BATCH];
    const size_t steps = j->condition == UNTRAINED ? 0 : (size_t)param[STEPS];
    const struct ecp_latent_setup setup = {.n_layers = LAYERS,
                                           .pairs = batch,
                                           .size = sizes,
                                           .loss = loss_of(param, j->condition),
                                           .rate = param[RATE],
                                           .decay = 1.5e-6,
                                           .seed = seed};
    struct ecp_chance chance = ecp_chance(seed, 74, 0);
    struct ecp_latent *latent = NULL;
    double *x = calloc(batch * INPUTS, sizeof *x), *view = calloc(batch * INPUTS, sizeof *view);
    double *work = calloc(batch * (2 * HIDDEN + INPUTS), sizeof *work);
    int *object = calloc(batch, sizeof *object);
    enum ecp_status status = ECP_OK;
    if (!x || !view || !work || !object) {
        status = ecp_fail(ECP_ENOMEM, "no memory for batches of %zu pairs", batch);
        goto done;
    }
    ECP_TRY(ecp_latent_create(&setup, &latent));
    for (size_t t = 0; t < steps; t++) {
        choose(&chance, batch, object);
        look(w, &chance, batch, object, x, work);
        look(w, &chance, batch, object, view, work);
        ECP_TRY(ecp_latent_train(latent, x, view));
        ECP_TRY(tell(j, 0.8 * (double)t / (double)steps));
    }
    *out = latent;
    latent = NULL;
done:
    ecp_latent_destroy(latent);
    free(x);
    free(view);
    free(work);
    free(object);
    return status;
}

static enum ecp_status one(const struct job *j, const struct world *w, const struct sets *s,
                           uint64_t seed, struct outcome *out)
{
    struct ecp_latent *latent = NULL;
    enum ecp_status status;
    ECP_TRY(learn(j, w, seed, &latent));
    for (size_t layer = j->condition == RULE ? 0 : 1; layer <= LAYERS; layer++) {
        ECP_TRY(tell(j, 0.8 + 0.05 * (double)layer));
        ECP_TRY(read_layer(latent, s, seed, (size_t)j->param[EPOCHS], layer, j->condition, j->run,
                           out));
    }
    out->right[j->condition][0][j->run] = out->right[RULE][0][j->run];
    out->dimension[j->condition][0][j->run] = out->dimension[RULE][0][j->run];
    out->activity[j->condition][0][j->run] = out->activity[RULE][0][j->run];
done:
    ecp_latent_destroy(latent);
    return status;
}

/* ---- all ------------------------------ */

static enum ecp_status run_seed(struct job *j, struct sets *s, struct outcome *out)
{
    const uint64_t seed = ecp_experiment_seed(j->experiment) * 1000 + j->run;
    struct world *w = calloc(1, sizeof *w);
    double *work = calloc(SHOWN * (2 * HIDDEN + INPUTS), sizeof *work);
    struct ecp_chance chance = ecp_chance(seed, 75, 0);
    enum ecp_status status = ECP_OK;
    if (!w || !work) {
        status = ecp_fail(ECP_ENOMEM, "no memory for views");
        goto done;
    }
    make_world(w, seed, j->param[SPREAD]);
    choose(&chance, SHOWN, s->first_object);
    look(w, &chance, SHOWN, s->first_object, s->first, work);
    choose(&chance, SHOWN, s->second_object);
    look(w, &chance, SHOWN, s->second_object, s->second, work);
    for (j->condition = 0; j->condition < j->n_conditions; j->condition++)
        ECP_TRY(one(j, w, s, seed, out));
done:
    free(w);
    free(work);
    return status;
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    struct job j = {.experiment = e,
                    .param = param,
                    .n_runs = (size_t)param[SEEDS],
                    .n_conditions = param[ABLATIONS] > 0 ? CONDITIONS : 1};
    struct outcome *out = ecp_experiment_alloc(e, 1, sizeof *out);
    struct sets *s = ecp_experiment_alloc(e, 1, sizeof *s);
    double *all = ecp_experiment_alloc(e, 4 * SHOWN * INPUTS + INPUTS * INPUTS, sizeof *all);
    enum ecp_status status = ECP_OK;
    if (!out || !s || !all)
        return ecp_fail(ECP_ENOMEM, "no memory for views");
    s->first = all;
    s->second = all + SHOWN * INPUTS;
    s->a = s->second + SHOWN * INPUTS;
    s->b = s->a + SHOWN * INPUTS;
    s->square = s->b + SHOWN * INPUTS;
    for (j.run = 0; j.run < j.n_runs; j.run++)
        ECP_TRY(run_seed(&j, s, out));
    status = ecp_lpl_layers_show(e, out, j.n_runs, j.n_conditions);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char deep[] = "Halvagal & Zenke 2023, Fig. 3: what stays is easier to read in "
                               "deeper layers";
    static const char parts[] = "Halvagal & Zenke 2023, Fig. 3: each part of the rule is needed";
    static const char classes[] =
        "about as many dimensions as there are objects (10); bound chosen";
    enum ecp_status status = ECP_OK;
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.gain", 0.02, 1, deep));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.least_step", -0.015, 1, deep));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.dimension_low", 8, 16, classes));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.dimension_high", 8, 16, classes));
    if (param[ABLATIONS] <= 0)
        return ECP_OK;
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.pred_off_loss", 0.2, 1, parts));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.decorrelate_off_loss", 0.2, 1, parts));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.pred_off_fall", -1, 0, parts));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.decorrelate_off_fall", -1, 0, parts));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.hebb_off", 0, 0.15, parts));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.hebb_off_activity", 0, 1e-3, parts));
    ECP_TRY(ecp_plan_add_claim(plan, "lpl_layers.decorrelate_off_dimension", 0, 4, parts));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_lpl_layers = {
    .name = "lpl_layers",
    .question = "How does a network learn what matters in its input?",
    .summary = "layers that learn each for itself from pairs of views; without each part of it",
    .equations = "x = tanh(A_2 tanh(A_1 [u, n])), u one of 10 objects, n redrawn for each view\n"
                 "a layer lowers mean (z - y)^2 - mean ln(var z + 1e-4)\n"
                 "    + 10 sum over i != k of C_ik^2/(M^2 - M); none passes to the layer before",
    .reference = "Halvagal & Zenke 2023, doi:10.1038/s41593-023-01460-y",
    .fields = fields,
    .build = build,
    .results = results,
    .run = run};
