/* key_value_forgetting.c -- two experiments on keys and values (Gershman, Fiete & Irie 2025).
 *
 * A. N items with a key (d = 2) and a value (number of features) each, both learnt: item j
 *    asks with its key, A = softmax over i of k_i.k_j/sqrt(2) with the stored keys held fixed,
 *    answers sum_i A_ij sigmoid(v_i), and should name its class's features; mean square error,
 *    Adam. Keys come apart by class, values fall together on the features.
 *
 * B. A perceptron (784-64-4, ReLU, no bias) learns task 1, then task 2. W = W_1 + W_2: what
 *    training had made of it when task 2 began, and what was added since. Task 1 is lost; with
 *    beta W_1 + W_2 it comes back: it had not been erased. The same with experiences one by
 *    one (memory dual_form): those of task 1 amplified by beta. Data are generated (points
 *    about the centres of four classes), or images and labels that the user names. */
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
    MEMORIES,
    CLASSES,
    ITERATIONS,
    ADAM,
    ACCUMULATE,
    ITEMS,
    EPOCHS,
    BATCH,
    RATE,
    NOISE,
    WEIGHTED,
    PAIRS,
    SEEDS,
    END
};
enum { TASK_1, ALL };

static const struct ecp_field fields[] = {
    [MEMORIES] = {"memories", "1", 200, 4, 5000, "A: items", ECP_WHOLE},
    [CLASSES] = {"classes", "1", 2, 2, 3, "A: of items", ECP_WHOLE},
    [ITERATIONS] = {"iterations", "1", 2000, 10, 1e6, "A: steps of Adam", ECP_WHOLE},
    [ADAM] = {"adam", "1", 5e-3, 1e-9, 1, "A: its rate", ECP_PARAM},
    [ACCUMULATE] = {"accumulate", "1", 0, 0, 1,
                    "A: 1: gradients are never set to zero between steps, as in the code of the "
                    "paper",
                    ECP_WHOLE},
    [ITEMS] = {"items", "1", 2560, 64, 1e6, "B: of each task, to train on", ECP_WHOLE},
    [EPOCHS] = {"epochs", "1", 5, 1, 1000, "B: of each task", ECP_WHOLE},
    [BATCH] = {"batch", "1", 128, 1, 1e5, "B: items of a step", ECP_WHOLE},
    [RATE] = {"rate", "1", 3e-3, 1e-9, 100, "B: of learning", ECP_PARAM},
    [NOISE] = {"noise", "1", 0.8, 0, 100, "B: about the centres of classes", ECP_PARAM},
    [WEIGHTED] = {"amplified", "1", TASK_1, 0, ALL,
                  "B: what is multiplied by beta: what was before task 2, or all", ECP_PARAM},
    [PAIRS] = {"pairs", "1", 1, 0, 1,
               "B: 1: experiences are kept one by one as well, for the "
               "first seed",
               ECP_WHOLE},
    [SEEDS] = {"seeds", "1", 3, 1, 100, "of both experiments", ECP_WHOLE},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"amplified", "task_1 all"}, {NULL, NULL}};

enum {
    GAP_BEFORE,
    GAP_AFTER,
    GAP_RISES,
    VALUE_ERROR,
    LOSS_RATIO,
    LEARNT_1,
    LEARNT_2,
    AFTER,
    DROP,
    RECOVERY,
    MONOTONE,
    PAIR_ERROR,
    RESULTS
};

static const struct ecp_field results[] =
    {[GAP_BEFORE] = {"gap_before", "1", 0, 0, 0,
                     "A: mean cosine of keys of a class, less that of keys of two, at first",
                     ECP_RESULT},
     [GAP_AFTER] = {"gap_after", "1", 0, 0, 0, "A: and at the end; the least of any seed",
                    ECP_RESULT},
     [GAP_RISES] = {"gap_rises", "1", 0, 0, 0,
                    "A: share of looks at which it was larger than at the one before", ECP_RESULT},
     [VALUE_ERROR] = {"value_error", "1", 0, 0, 0,
                      "A: mean |value - feature| at the end, the largest of any seed", ECP_RESULT},
     [LOSS_RATIO] = {"loss_ratio", "1", 0, 0, 0, "A: last loss over first, the largest of any seed",
                     ECP_RESULT},
     [LEARNT_1] = {"learnt_1", "1", 0, 0, 0, "B: accuracy in task 1 before task 2", ECP_RESULT},
     [LEARNT_2] = {"learnt_2", "1", 0, 0, 0, "B: accuracy in task 2 after it", ECP_RESULT},
     [AFTER] = {"after", "1", 0, 0, 0, "B: accuracy in task 1 after task 2", ECP_RESULT},
     [DROP] = {"drop", "1", 0, 0, 0, "B: the least loss of accuracy of any seed", ECP_RESULT},
     [RECOVERY] =
         {"recovery", "1", 0, 0, 0,
          "B: share of the loss that is made good at the largest beta, the least of any seed",
          ECP_RESULT},
     [MONOTONE] = {"monotone", "1", 0, 0, 0,
                   "B: least change of accuracy from one beta to the next of any seed", ECP_RESULT},
     [PAIR_ERROR] = {"pair_error", "1", 0, 0, 0,
                     "B: largest difference of logits from amplified weights and from amplified "
                     "experiences, relative to the largest logit",
                     ECP_RESULT},
     [RESULTS] = {0}};

/* ---- A: keys and values that are learnt ------------------------------------------------ */

enum { D = 2, MOST = 3, LOOKS = 51 };

struct learnt {
    size_t n;
    int classes;
    double *key, *value; /* n x D; n x MOST, before the sigmoid */
    double *d_key, *d_value, *m, *v;
    double *weight; /* n x n: row j: what item j attends to */
    double gap[LOOKS], error[LOOKS], loss[LOOKS];
};

static double feature(int class_, size_t k)
{
    static const double of[MOST][D] = {{1, 0}, {0, 1}, {1, 1}};
    return of[class_][k];
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static int class_of(const struct learnt *a, size_t j)
{
    return (int)(j % (size_t)a->classes);
}

/* Loss, and derivatives added to d_key and d_value. */
static double descend(struct learnt *a)
{
    const size_t n = a->n;
    double loss = 0;
    for (size_t j = 0; j < n; j++) {
        double *w = a->weight + j * n, most = -INFINITY, sum = 0, out[D] = {0}, g[D], mean = 0;
        for (size_t i = 0; i < n; i++) {
            w[i] =
                (a->key[i * D] * a->key[j * D] + a->key[i * D + 1] * a->key[j * D + 1]) / sqrt(2);
            most = fmax(most, w[i]);
        }
        for (size_t i = 0; i < n; i++) {
            w[i] = exp(w[i] - most);
            sum += w[i];
        }
        for (size_t i = 0; i < n; i++) {
            w[i] /= sum;
            for (size_t k = 0; k < D; k++)
                out[k] += w[i] * sigmoid(a->value[i * D + k]);
        }
        for (size_t k = 0; k < D; k++) {
            const double off = out[k] - feature(class_of(a, j), k);
            loss += off * off / (double)(n * D);
            g[k] = 2 * off / (double)(n * D);
            mean += g[k] * out[k];
        }
        for (size_t i = 0; i < n; i++) {
            double along = -mean;
            for (size_t k = 0; k < D; k++) {
                const double s = sigmoid(a->value[i * D + k]);
                along += g[k] * s;
                a->d_value[i * D + k] += w[i] * g[k] * s * (1 - s);
            }
            for (size_t k = 0; k < D; k++)
                a->d_key[j * D + k] += w[i] * along * a->key[i * D + k] / sqrt(2);
        }
    }
    return loss;
}

static void adam(size_t n, double rate, int step, const double *g, double *x, double *m, double *v)
{
    const double first = 1 - pow(0.9, step), second = 1 - pow(0.999, step);
    for (size_t k = 0; k < n; k++) {
        m[k] = 0.9 * m[k] + 0.1 * g[k];
        v[k] = 0.999 * v[k] + 0.001 * g[k] * g[k];
        x[k] -= rate * m[k] / first / (sqrt(v[k] / second) + 1e-8);
    }
}

static double cosine(const double *a, const double *b)
{
    const double size = hypot(a[0], a[1]) * hypot(b[0], b[1]);
    return size > 0 ? (a[0] * b[0] + a[1] * b[1]) / size : 0;
}

static void look(struct learnt *a, int at, double loss)
{
    double sum[2] = {0, 0}, count[2] = {0, 0}, error = 0;
    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < i; j++) {
            const int same = class_of(a, i) == class_of(a, j);
            sum[same] += cosine(a->key + i * D, a->key + j * D);
            count[same]++;
        }
        for (size_t k = 0; k < D; k++)
            error += fabs(sigmoid(a->value[i * D + k]) - feature(class_of(a, i), k)) /
                     (double)(a->n * D);
    }
    a->gap[at] = sum[1] / count[1] - sum[0] / count[0];
    a->error[at] = error;
    a->loss[at] = loss;
}

static enum ecp_status learn(const double *param, uint64_t seed, struct learnt *a)
{
    const int iterations = (int)param[ITERATIONS];
    struct ecp_chance chance = ecp_chance(seed, 0x800, 0);
    a->n = (size_t)param[MEMORIES];
    a->classes = (int)param[CLASSES];
    const size_t n = a->n * D;
    double *all = calloc(8 * n + a->n * a->n, sizeof *all), *v_value;
    if (!all)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu items", a->n);
    a->key = all;
    a->value = all + n;
    a->d_key = all + 2 * n;
    a->d_value = all + 3 * n;
    a->m = all + 4 * n;
    a->v = all + 6 * n;
    v_value = a->v + n;
    a->weight = all + 8 * n;
    for (size_t k = 0; k < 2 * n; k++)
        all[k] = ecp_chance_uniform(&chance);
    for (int step = 0, at = 0; step <= iterations; step++) {
        if (param[ACCUMULATE] == 0)
            memset(a->d_key, 0, 2 * n * sizeof *all);
        const double loss = descend(a);
        if (step * (LOOKS - 1) >= at * iterations)
            look(a, at++, loss);
        adam(n, param[ADAM], step + 1, a->d_key, a->key, a->m, a->v);
        adam(n, param[ADAM], step + 1, a->d_value, a->value, a->m + n, v_value);
    }
    free(all);
    return ECP_OK;
}

static enum ecp_status experiment_a(struct ecp_experiment *e, const double *param, struct learnt *a)
{
    const size_t seeds = (size_t)param[SEEDS];
    double before = 0, after = INFINITY, rises = 0, error = 0, ratio = 0;
    enum ecp_status failed = ECP_OK;
#pragma omp parallel for schedule(dynamic)
    for (size_t s = 0; s < seeds; s++) {
        const enum ecp_status status = learn(param, ecp_experiment_seed(e) + s, &a[s]);
        if (status != ECP_OK)
#pragma omp critical(key_value_forgetting)
            failed = status;
    }
    if (failed != ECP_OK)
        return ecp_fail(failed, "no memory for experiment A");
    for (size_t s = 0; s < seeds; s++) {
        before += a[s].gap[0] / (double)seeds;
        after = fmin(after, a[s].gap[LOOKS - 1]);
        error = fmax(error, a[s].error[LOOKS - 1]);
        ratio = fmax(ratio, a[s].loss[LOOKS - 1] / a[s].loss[0]);
        for (int k = 1; k < LOOKS; k++)
            rises += a[s].gap[k] >= a[s].gap[k - 1] - 1e-3;
    }
    ecp_experiment_result(e, GAP_BEFORE, before);
    ecp_experiment_result(e, GAP_AFTER, after);
    ecp_experiment_result(e, GAP_RISES, rises / (double)(seeds * (LOOKS - 1)));
    ecp_experiment_result(e, VALUE_ERROR, error);
    ecp_experiment_result(e, LOSS_RATIO, ratio);
    return ecp_experiment_progress(e, 0.4, "experiment B");
}

#include "scenarios/key_value_data.h"
#include "scenarios/key_value_tasks.h"

/* ---- what is shown ---------------------------------------------------------------------- */

static enum ecp_status draw(struct ecp_experiment *e, const double *param, const struct learnt *a,
                            const struct tasks *b)
{
    const size_t seeds = (size_t)param[SEEDS], epochs = (size_t)param[EPOCHS];
    double *look_at = ecp_experiment_alloc(e, LOOKS, sizeof *look_at);
    double *epoch = ecp_experiment_alloc(e, 2 * epochs + 1, sizeof *epoch);
    struct ecp_line *line = ecp_experiment_alloc(e, 6 * seeds, sizeof *line);
    if (!look_at || !epoch || !line)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (int k = 0; k < LOOKS; k++)
        look_at[k] = param[ITERATIONS] * k / (LOOKS - 1);
    for (size_t k = 0; k <= 2 * epochs; k++)
        epoch[k] = (double)k;
    for (size_t s = 0; s < seeds; s++) {
        line[s] = (struct ecp_line){
            s ? NULL : "key gap", ECP_LINE, 0, LOOKS, look_at, a[s].gap, NULL, NULL};
        line[seeds + s] = (struct ecp_line){
            s ? NULL : "value error", ECP_LINE, 1, LOOKS, look_at, a[s].error, NULL, NULL};
        line[2 * seeds + s] = (struct ecp_line){
            s ? NULL : "task 1", ECP_LINE, 0, 2 * epochs + 1, epoch, b[s].task_1, NULL, NULL};
        line[3 * seeds + s] = (struct ecp_line){
            s ? NULL : "task 2", ECP_LINE, 1, 2 * epochs + 1, epoch, b[s].task_2, NULL, NULL};
        line[4 * seeds + s] = (struct ecp_line){s ? NULL : "task 1", ECP_LINE, 0,   BETAS, betas,
                                                b[s].recovered,      NULL,     NULL};
        line[5 * seeds + s] = (struct ecp_line){s ? NULL : "task 2", ECP_LINE, 1,   BETAS, betas,
                                                b[s].other,          NULL,     NULL};
    }
    const struct ecp_picture picture[] = {{.title = "A: keys come apart, values fall together",
                                           .x = {"iteration", NULL, 0, 0, 0},
                                           .y = {"cosine gap; |value - feature|", NULL, 0, 0, 0},
                                           .n_lines = 2 * seeds,
                                           .line = line},
                                          {.title = "B: task 1, then task 2",
                                           .x = {"epoch", NULL, 0, 0, 0},
                                           .y = {"accuracy", NULL, 0, 1.02, 0},
                                           .n_lines = 2 * seeds,
                                           .line = line + 2 * seeds},
                                          {.title = "B: what was before task 2, amplified",
                                           .x = {"beta", NULL, 0, 0, 0},
                                           .y = {"accuracy", NULL, 0, 1.02, 0},
                                           .n_lines = 2 * seeds,
                                           .line = line + 4 * seeds}};
    return ecp_experiment_figure(e, "key_value_forgetting", "Keys, values, and what is forgotten",
                                 picture, 3, 3);
}

static enum ecp_status tell(struct ecp_experiment *e, const double *param, const struct tasks *b)
{
    const size_t seeds = (size_t)param[SEEDS];
    double *mean = ecp_experiment_alloc(e, (size_t)2 * BETAS, sizeof *mean);
    if (!mean)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t s = 0; s < seeds; s++)
        for (size_t k = 0; k < BETAS; k++) {
            mean[k] += b[s].recovered[k] / (double)seeds;
            mean[BETAS + k] += b[s].other[k] / (double)seeds;
        }
    const struct ecp_table_column column[] = {
        {"beta", "1", "what was before task 2 is multiplied by", betas, NULL},
        {"task_1", "1", "accuracy, mean over seeds", mean, NULL},
        {"task_2", "1", "accuracy, mean over seeds", mean + BETAS, NULL}};
    return ecp_experiment_table(e, "recovery", BETAS, column, 3);
}

static enum ecp_status run(struct ecp_experiment *e, const double *param)
{
    const size_t seeds = (size_t)param[SEEDS];
    struct learnt *a = ecp_experiment_alloc(e, seeds, sizeof *a);
    struct tasks *b = ecp_experiment_alloc(e, seeds, sizeof *b);
    enum ecp_status status;
    if (!a || !b)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu seeds", seeds);
    ECP_TRY(experiment_a(e, param, a));
    ECP_TRY(experiment_b(e, param, b));
    ECP_TRY(tell(e, param, b));
    status = draw(e, param, a, b);
done:
    return status;
}

static enum ecp_status build(struct ecp_plan *plan, const double *param)
{
    static const char fig_1[] = "Gershman et al. 2025, Fig. 1: keys of classes come apart, values "
                                "fall together";
    static const char fig_2[] =
        "Gershman et al. 2025, Fig. 2: task 1 is lost with task 2 and comes "
        "back with amplification";
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
    } claims[] = {{"key_value_forgetting.gap_after", 0.5, 2, fig_1},
                  {"key_value_forgetting.gap_rises", 0.95, INFINITY, fig_1},
                  {"key_value_forgetting.value_error", 0, 0.1, fig_1},
                  {"key_value_forgetting.loss_ratio", 0, 0.1, fig_1},
                  {"key_value_forgetting.learnt_1", 0.95, INFINITY, fig_2},
                  {"key_value_forgetting.learnt_2", 0.9, INFINITY, fig_2},
                  {"key_value_forgetting.drop", 0.5, INFINITY, fig_2},
                  {"key_value_forgetting.recovery", 0.9, 1.1, fig_2},
                  {"key_value_forgetting.monotone", 0, INFINITY, fig_2},
                  {"key_value_forgetting.pair_error", 0, 1e-10,
                   "theory: weights are sums of experiences, to rounding"}};
    enum ecp_status status = ECP_OK;
    if (param[ITEMS] < param[BATCH])
        return ecp_fail(ECP_ECONFIG, "items (%g) must be a batch (%g) or more", param[ITEMS],
                        param[BATCH]);
    ECP_TRY(check_texts(plan));
    for (size_t k = 0; k < sizeof claims / sizeof *claims - (param[PAIRS] == 0); k++)
        ECP_TRY(ecp_plan_add_claim(plan, claims[k].result, claims[k].lowest, claims[k].highest,
                                   claims[k].source));
done:
    return status;
}

const struct ecp_scenario ecp_scenario_key_value_forgetting = {
    .name = "key_value_forgetting",
    .question = "Is memory lost, or out of reach?",
    .summary = "keys and values that are learnt; a forgotten task that amplification brings back",
    .equations = "A: answer_j = sum_i softmax_i(k_i.k_j/sqrt 2) sigmoid(v_i), mean square error\n"
                 "B: W = W_1 + W_2 (up to task 2, and since): test with beta W_1 + W_2, or with\n"
                 "   the experiences of task 1 amplified by beta (memory dual_form)",
    .reference = "Gershman, Fiete & Irie 2025, doi:10.48550/arXiv.2501.02950",
    .fields = fields,
    .choices = choices,
    .build = build,
    .results = results,
    .run = run,
    .texts = texts};
