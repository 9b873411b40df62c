/* dual_form.c -- does a trained network remember single experiences? A perceptron is
 * trained while each layer is kept as attention over its training (memory dual_form; Irie,
 * Csordas & Schmidhuber 2022): the same outputs to rounding, for the whole of a training
 * run with momentum, weight decay and bias.
 *
 * Two trainings for each seed, on points about the centres of ten classes (or two tasks of
 * five): `joint` sees all classes, `sequential` first task 1, then task 2. Of test items
 * is asked which training items they attend to, |x_t . x|: the class with the largest sum
 * is the layer's vote; of the 500 training items that are attended to most by items of task
 * 1, the share that is of task 1; and what they are taken for when the experience of task 2
 * is made inaccessible. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/chance.h"
#include "engine/clusters.h"
#include "engine/experience.h"
#include "engine/experiment.h"
#include "engine/plot.h"
#include "engine/scenario.h"

enum {
    INPUTS,
    HIDDEN,
    STEPS,
    BATCH,
    RATE,
    MOMENTUM,
    DECAY,
    BIAS,
    COEFFICIENTS,
    NOISE,
    SHARE,
    ITEMS,
    TESTED,
    TOP,
    SEEDS,
    END
};
enum { EXACT, PLAIN };
enum { CLASSES = 10, LAYERS = 3 };

static const struct ecp_field fields[] = {
    [INPUTS] = {"inputs", "1", 196, 2, 1e4, "of the network", ECP_WHOLE},
    [HIDDEN] = {"hidden", "1", 100, 1, 1e4, "units of each of two hidden layers", ECP_WHOLE},
    [STEPS] = {"steps", "1", 500, 2, 1e6, "of a training", ECP_WHOLE},
    [BATCH] = {"batch", "1", 20, 1, 1e5, "items of a step", ECP_WHOLE},
    [RATE] = {"rate", "1", 0.05, 1e-9, 100, "of learning", ECP_PARAM},
    [MOMENTUM] = {"momentum", "1", 0.9, 0, 0.9999, "of learning", ECP_PARAM},
    [DECAY] = {"decay", "1", 1e-4, 0, 1, "of weights", ECP_PARAM},
    [BIAS] = {"bias", "1", 1, 0, 1, "1: layers have one", ECP_WHOLE},
    [COEFFICIENTS] = {"coefficients", "1", EXACT, 0, PLAIN,
                      "what the memory makes of an error signal: with momentum and decay, or as "
                      "plain descent would",
                      ECP_PARAM},
    [NOISE] = {"noise", "1", 0.5, 0, 100, "about the centres of classes", ECP_PARAM},
    [SHARE] = {"share", "1", 0.2, 0.001, 1, "of the components of a centre that are not 0",
               ECP_PARAM},
    [ITEMS] = {"items", "1", 2000, 10, 1e6, "to train on", ECP_WHOLE},
    [TESTED] = {"tested", "1", 100, 10, 1e5, "items of the test", ECP_WHOLE},
    [TOP] = {"top", "1", 500, 1, 1e6, "training items attended to most", ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "trainings of each kind", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"coefficients", "exact plain"}, {NULL, NULL}};

enum {
    ERROR,
    ACCURACY,
    VOTE_1,
    VOTE_2,
    VOTE_3,
    OUTPUT_3,
    BEFORE,
    AFTER,
    DROP,
    RESTORED,
    ATTENTION_1,
    ATTENTION_2,
    ATTENTION_3,
    RESULTS
};

static const struct ecp_field results[] =
    {[ERROR] = {"error", "1", 0, 0, 0,
                "largest difference of a memory from its layer, relative to the layer's largest "
                "output, over all layers, trainings and seeds",
                ECP_RESULT},
     [ACCURACY] = {"accuracy", "1", 0, 0, 0, "of the joint training, mean over seeds", ECP_RESULT},
     [VOTE_1] = {"vote_1", "1", 0, 0, 0,
                 "share of test items whose class the first layer votes for", ECP_RESULT},
     [VOTE_2] = {"vote_2", "1", 0, 0, 0, "of the second layer", ECP_RESULT},
     [VOTE_3] = {"vote_3", "1", 0, 0, 0, "of the last layer", ECP_RESULT},
     [OUTPUT_3] = {"output_3", "1", 0, 0, 0,
                   "share of test items for whose output of the network the last layer votes",
                   ECP_RESULT},
     [BEFORE] = {"before", "1", 0, 0, 0, "accuracy in task 1 before task 2", ECP_RESULT},
     [AFTER] = {"after", "1", 0, 0, 0, "and after it", ECP_RESULT},
     [DROP] = {"drop", "1", 0, 0, 0, "the least loss of accuracy of any seed", ECP_RESULT},
     [RESTORED] =
         {"restored", "1", 0, 0, 0,
          "accuracy in task 1 without the experience of task 2, over that before; the least "
          "of any seed",
          ECP_RESULT},
     [ATTENTION_1] =
         {"attention_1", "1", 0, 0, 0,
          "share of task 1 among what its test items attend to most after task 2, first "
          "layer",
          ECP_RESULT},
     [ATTENTION_2] = {"attention_2", "1", 0, 0, 0, "second layer", ECP_RESULT},
     [ATTENTION_3] = {"attention_3", "1", 0, 0, 0, "last layer", ECP_RESULT},
     [RESULTS] = {0}};

/* ---- data --------------------------------------------------------------------------- */

struct data {
    size_t inputs, n, tested;
    double *x, *test; /* of one task, or of all classes */
    int *classes, *truth;
};

static enum ecp_status data_of(struct ecp_experiment *e, const double *param, uint64_t seed,
                               int first, int n_classes, struct data *out)
{
    struct data d = {.inputs = (size_t)param[INPUTS],
                     .n = (size_t)param[ITEMS] / (size_t)param[BATCH] * (size_t)param[BATCH],
                     .tested = (size_t)param[TESTED]};
    struct ecp_clusters clusters = {.dimensions = d.inputs,
                                    .first = first,
                                    .classes = n_classes,
                                    .share = param[SHARE],
                                    .noise = param[NOISE],
                                    .size = 2 / sqrt(param[INPUTS]),
                                    .seed = seed,
                                    .set = 2 * (uint32_t)first};
    d.x = ecp_experiment_alloc(e, d.n * d.inputs, sizeof *d.x);
    d.test = ecp_experiment_alloc(e, d.tested * d.inputs, sizeof *d.x);
    d.classes = ecp_experiment_alloc(e, d.n, sizeof *d.classes);
    d.truth = ecp_experiment_alloc(e, d.tested, sizeof *d.truth);
    if (!d.x || !d.test || !d.classes || !d.truth)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu items", d.n);
    ecp_clusters_draw(&clusters, d.n, d.x, d.classes);
    clusters.set++;
    ecp_clusters_draw(&clusters, d.tested, d.test, d.truth);
    *out = d;
    return ECP_OK;
}

static enum ecp_status begin(const double *param, uint64_t seed, struct ecp_experience **out)
{
    const size_t hidden = (size_t)param[HIDDEN];
    const size_t size[] = {(size_t)param[INPUTS], hidden, hidden, CLASSES};
    const size_t batch = (size_t)param[BATCH];
    const struct ecp_experience_setup setup = {.mlp = {.n_layers = LAYERS,
                                                       .size = size,
                                                       .bias = param[BIAS] != 0,
                                                       .rate = param[RATE],
                                                       .momentum = param[MOMENTUM],
                                                       .decay = param[DECAY],
                                                       .seed = seed},
                                               .batch = batch,
                                               .capacity = (size_t)param[STEPS] * batch,
                                               .plain = param[COEFFICIENTS] == PLAIN};
    return ecp_experience_create(&setup, out);
}

static enum ecp_status train(struct ecp_experience *x, const struct data *d, size_t batch,
                             size_t steps, int *labels)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < steps; k++) {
        const size_t at = k * batch % d->n;
        memcpy(labels + ecp_experience_items(x), d->classes + at, batch * sizeof *labels);
        ECP_TRY(ecp_experience_train(x, d->x + at * d->inputs, d->classes + at, NULL));
    }
done:
    return status;
}

/* ---- what is attended to --------------------------------------------------------------- */

/* Of one training, means over test items. */
struct attended {
    double error, accuracy;
    double vote[LAYERS], output, top[LAYERS];
};

static int most_attended(const double *attention, size_t items, const int *labels)
{
    double sum[CLASSES] = {0};
    int best = 0;
    for (size_t t = 0; t < items; t++)
        sum[labels[t]] += attention[t];
    for (int c = 1; c < CLASSES; c++)
        best = sum[c] > sum[best] ? c : best;
    return best;
}

static int descending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Share of the first half of training among the `top` items that are attended to most. */
static double share_of_first(const double *attention, size_t items, size_t top, double *room)
{
    size_t over = 0, first = 0;
    memcpy(room, attention, items * sizeof *room);
    qsort(room, items, sizeof *room, descending);
    const double least = room[top < items ? top - 1 : items - 1];
    for (size_t t = 0; t < items; t++)
        if (attention[t] >= least) {
            over++;
            first += t < items / 2;
        }
    return (double)first / (double)over;
}

enum { AT_ONCE = 50 };

/* Votes and tops of one layer, a few test items at a time. */
static enum ecp_status look_at(struct ecp_experience *x, size_t l, const struct data *d,
                               const int *labels, size_t top, struct attended *out)
{
    const size_t items = ecp_experience_items(x);
    double *attention = malloc((AT_ONCE + 1) * items * sizeof *attention);
    int found[AT_ONCE];
    enum ecp_status status = ECP_OK;
    if (!attention)
        return ecp_fail(ECP_ENOMEM, "no memory for attention to %zu items", items);
    for (size_t first = 0; first < d->tested; first += AT_ONCE) {
        const size_t n = d->tested - first < AT_ONCE ? d->tested - first : AT_ONCE;
        const double *test = d->test + first * d->inputs, share = 1 / (double)d->tested;
        ECP_TRY(ecp_experience_attention(x, l, n, test, attention));
        ECP_TRY(ecp_mlp_classes(ecp_experience_mlp(x), n, test, found));
        for (size_t k = 0; k < n; k++) {
            const double *a = attention + k * items;
            const int vote = most_attended(a, items, labels);
            out->vote[l] += (vote == d->truth[first + k]) * share;
            out->output += l == LAYERS - 1 ? (vote == found[k]) * share : 0;
            out->top[l] += share_of_first(a, items, top, attention + AT_ONCE * items) * share;
        }
    }
done:
    free(attention);
    return status;
}

static enum ecp_status look(struct ecp_experience *x, const double *param, const struct data *d,
                            const int *labels, struct attended *out)
{
    enum ecp_status status;
    memset(out, 0, sizeof *out);
    ECP_TRY(ecp_mlp_accuracy(ecp_experience_mlp(x), d->tested, d->test, d->truth, &out->accuracy));
    for (size_t l = 0; l < LAYERS; l++) {
        double error;
        ECP_TRY(ecp_experience_error(x, l, d->tested, d->test, &error));
        out->error = fmax(out->error, error);
        ECP_TRY(look_at(x, l, d, labels, (size_t)param[TOP], out));
    }
done:
    return status;
}

/* ---- two trainings ----------------------------------------------------------------------- */

struct seed {
    struct attended joint, sequential;
    double before, after, restored;
};

static enum ecp_status train_joint(struct ecp_experiment *e, const double *param, uint64_t seed,
                                   int *labels, struct seed *out)
{
    struct ecp_experience *x = NULL;
    struct data d;
    enum ecp_status status;
    ECP_TRY(data_of(e, param, seed, 0, CLASSES, &d));
    ECP_TRY(begin(param, seed, &x));
    ECP_TRY(train(x, &d, (size_t)param[BATCH], (size_t)param[STEPS], labels));
    ECP_TRY(look(x, param, &d, labels, &out->joint));
done:
    ecp_experience_destroy(x);
    return status;
}

static enum ecp_status train_in_turn(struct ecp_experiment *e, const double *param, uint64_t seed,
                                     int *labels, struct seed *out)
{
    const size_t batch = (size_t)param[BATCH], half = (size_t)param[STEPS] / 2;
    struct ecp_experience *x = NULL;
    struct data first, second;
    enum ecp_status status;
    ECP_TRY(data_of(e, param, seed, 0, CLASSES / 2, &first));
    ECP_TRY(data_of(e, param, seed, CLASSES / 2, CLASSES / 2, &second));
    ECP_TRY(begin(param, seed, &x));
    ECP_TRY(train(x, &first, batch, half, labels));
    ECP_TRY(ecp_experience_accuracy(x, first.tested, first.test, first.truth, &out->before));
    ECP_TRY(train(x, &second, batch, half, labels));
    ECP_TRY(look(x, param, &first, labels, &out->sequential));
    ECP_TRY(ecp_experience_accuracy(x, first.tested, first.test, first.truth, &out->after));
    ECP_TRY(ecp_experience_weigh(x, half * batch, half * batch, 0, 1));
    ECP_TRY(ecp_experience_accuracy(x, first.tested, first.test, first.truth, &out->restored));
done:
    ecp_experience_destroy(x);
    return status;
}

static void put_out(struct ecp_experiment *e, const struct seed *s, size_t n)
{
    double mean[RESULTS] = {0};
    mean[DROP] = mean[RESTORED] = INFINITY;
    for (size_t k = 0; k < n; k++) {
        const double share = 1 / (double)n;
        mean[ERROR] = fmax(mean[ERROR], fmax(s[k].joint.error, s[k].sequential.error));
        mean[ACCURACY] += s[k].joint.accuracy * share;
        mean[OUTPUT_3] += s[k].joint.output * share;
        mean[BEFORE] += s[k].before * share;
        mean[AFTER] += s[k].after * share;
        mean[DROP] = fmin(mean[DROP], s[k].before - s[k].after);
        mean[RESTORED] = fmin(mean[RESTORED], s[k].restored / s[k].before);
        for (int l = 0; l < LAYERS; l++) {
            mean[VOTE_1 + l] += s[k].joint.vote[l] * share;
            mean[ATTENTION_1 + l] += s[k].sequential.top[l] * share;
        }
    }
    for (int k = 0; k < RESULTS; k++)
        ecp_experiment_result(e, k, mean[k]);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static enum ecp_status draw(struct ecp_experiment *e, const struct seed *s, size_t n)
{
    enum { STAGES = 3 };
    static const double layer[LAYERS] = {1, 2, 3}, stage[STAGES] = {1, 2, 3};
    static const double chance[LAYERS] = {0.1, 0.1, 0.1}, half[LAYERS] = {0.5, 0.5, 0.5};
    struct ecp_line *vote = ecp_experiment_alloc(e, n + 1, sizeof *vote);
    struct ecp_line *top = ecp_experiment_alloc(e, n + 1, sizeof *vote);
    struct ecp_line *kept = ecp_experiment_alloc(e, n, sizeof *vote);
    double *shares = ecp_experiment_alloc(e, n * STAGES, sizeof *shares);
    if (!vote || !top || !kept || !shares)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (size_t k = 0; k < n; k++) {
        const char *name = ecp_experiment_printf(e, "seed %zu", k + 1);
        const double three[STAGES] = {s[k].before, s[k].after, s[k].restored};
        memcpy(shares + k * STAGES, three, sizeof three);
        vote[k] =
            (struct ecp_line){name, ECP_LINE, (int)k, LAYERS, layer, s[k].joint.vote, NULL, NULL};
        top[k] = (struct ecp_line){name, ECP_LINE, (int)k, LAYERS, layer, s[k].sequential.top,
                                   NULL, NULL};
        kept[k] = (struct ecp_line){name, ECP_DOTS, (int)k, STAGES, stage, shares + k * STAGES,
                                    NULL, NULL};
    }
    vote[n] =
        (struct ecp_line){"chance", ECP_DASHES, ECP_COLOUR_GREY, LAYERS, layer, chance, NULL, NULL};
    top[n] =
        (struct ecp_line){"chance", ECP_DASHES, ECP_COLOUR_GREY, LAYERS, layer, half, NULL, NULL};
    const struct ecp_picture picture[] = {
        {.title = "votes of training items for the class",
         .x = {"layer", NULL, 0.8, 3.2, 0},
         .y = {"share of test items", NULL, 0, 1.05, 0},
         .n_lines = n + 1,
         .line = vote},
        {.title = "attention to task 1 after task 2",
         .x = {"layer", NULL, 0.8, 3.2, 0},
         .y = {"share of task 1 among the most attended", NULL, 0, 1.05, 0},
         .n_lines = n + 1,
         .line = top},
        {.title = "task 1",
         .x = {"1 before task 2, 2 after it, 3 without it", NULL, 0.8, 3.2, 0},
         .y = {"accuracy", NULL, 0, 1.05, 0},
         .n_lines = n,
         .line = kept}};
    return ecp_experiment_figure(e, "dual_form", "Layers as attention over their training", picture,
                                 3, 3);
}

static enum ecp_status tell(struct ecp_experiment *e, const struct seed *s, size_t n)
{
    static const char *const names[] = {"accuracy",    "vote_1",      "vote_2",     "vote_3",
                                        "output_3",    "before",      "after",      "restored",
                                        "attention_1", "attention_2", "attention_3"};
    enum { COLUMNS = sizeof names / sizeof *names };
    struct ecp_table_column column[COLUMNS];
    double *data = ecp_experiment_alloc(e, COLUMNS * n, sizeof *data);
    if (!data)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t k = 0; k < n; k++) {
        const double row[COLUMNS] = {s[k].joint.accuracy,
                                     s[k].joint.vote[0],
                                     s[k].joint.vote[1],
                                     s[k].joint.vote[2],
                                     s[k].joint.output,
                                     s[k].before,
                                     s[k].after,
                                     s[k].restored,
                                     s[k].sequential.top[0],
                                     s[k].sequential.top[1],
                                     s[k].sequential.top[2]};
        for (size_t c = 0; c < COLUMNS; c++)
            data[c * n + k] = row[c];
    }
    for (size_t c = 0; c < COLUMNS; c++)
        column[c] = (struct ecp_table_column){names[c], "1", "as the result of this name, by seed",
                                              data + c * n, NULL};
    return ecp_experiment_table(e, "seeds", n, column, COLUMNS);
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t n = (size_t)param[SEEDS];
    struct seed *seed = ecp_experiment_alloc(e, n, sizeof *seed);
    int *labels = ecp_experiment_alloc(e, (size_t)(param[STEPS] * param[BATCH]), sizeof *labels);
    enum ecp_status status = ECP_OK;
    if (!seed || !labels)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu seeds", n);
    for (size_t k = 0; k < n; k++) {
        const uint64_t own = ecp_experiment_seed(e) + k;
        ECP_TRY(train_joint(e, param, own, labels, &seed[k]));
        ECP_TRY(ecp_experiment_progress(e, ((double)k + 0.5) / (double)n, "in turn"));
        ECP_TRY(train_in_turn(e, param, own, labels, &seed[k]));
        ECP_TRY(ecp_experiment_progress(e, ((double)k + 1) / (double)n, "together"));
    }
    put_out(e, seed, n);
    ECP_TRY(tell(e, seed, n));
    status = draw(e, seed, n);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char paper[] = "Irie et al. 2022: most attention is on the task an item is of, "
                                "also after the task is forgotten (inputs themselves; chance 0.5)";
    static const char votes[] = "Irie et al. 2022: votes far above chance (0.1)";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {
        {"dual_form.error", 0, 1e-10, "theory: W x = W_0 x + sum of (x_t.x) e_t, to rounding"},
        {"dual_form.accuracy", 0.9, INFINITY, "the classes can be told apart by their centres"},
        {"dual_form.vote_3", 0.5, INFINITY, votes},
        {"dual_form.output_3", 0.5, INFINITY, votes},
        {"dual_form.drop", 0.5, INFINITY,
         "catastrophic forgetting of a task that is no longer trained"},
        {"dual_form.restored", 0.9, 1.1,
         "theory: without the experience of task 2 the weights are those before it"},
        {"dual_form.attention_1", 0.6, INFINITY, paper}};
    enum ecp_status status = ECP_OK;
    if (param[ITEMS] < param[BATCH])
        return ecp_fail(ECP_ECONFIG, "items (%g) must be a batch (%g) or more", param[ITEMS],
                        param[BATCH]);
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_dual_form = {
    .name = "dual_form",
    .question = "Is memory lost, or out of reach?",
    .summary = "a trained network as attention over its training experience, exact to rounding",
    .equations =
        "W x = c_T W_0 x + sum_t kappa_{T - t} (x_t.x) e_t (memory dual_form)\n"
        "attention of test item x to training item t: |x_t.x|; a layer votes for the class\n"
        "with the largest sum; experience of task 2 removed: accessibility 0",
    .reference = "Irie, Csordas & Schmidhuber 2022, doi:10.48550/arXiv.2202.05798",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run};
