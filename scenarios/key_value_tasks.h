/* key_value_tasks.h -- experiment B of scenario key_value_forgetting: two tasks in turn, and
 * the first one amplified. Included by key_value_forgetting.c alone. */
#ifndef ECP_KEY_VALUE_TASKS_H
#define ECP_KEY_VALUE_TASKS_H

/* ---- B: two tasks --------------------------------------------------------------------------- */

enum { HIDDEN = 64, OUTPUTS = 2 * OF_A_TASK, LAYERS = 2, BETAS = 10 };

static const size_t sizes[] = {PIXELS, HIDDEN, OUTPUTS};
static const double betas[BETAS] = {1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9};

struct tasks {
    double *task_1, *task_2; /* accuracies, 2 epochs + 1 */
    double recovered[BETAS], other[BETAS];
};

/* A network by itself, or with its experiences. */
struct trainee {
    struct ecp_mlp *mlp;
    struct ecp_experience *experience; /* NULL: not kept */
};

static enum ecp_status begin(const double *param, uint64_t seed, int pairs, struct trainee *out)
{
    const size_t steps = 2 * (size_t)param[EPOCHS] * ((size_t)param[ITEMS] / (size_t)param[BATCH]);
    const struct ecp_experience_setup setup = {
        .mlp = {.n_layers = LAYERS, .size = sizes, .rate = param[RATE], .seed = seed},
        .batch = (size_t)param[BATCH],
        .capacity = steps * (size_t)param[BATCH]};
    *out = (struct trainee){NULL, NULL};
    if (!pairs)
        return ecp_mlp_create(&setup.mlp, &out->mlp);
    const enum ecp_status status = ecp_experience_create(&setup, &out->experience);
    if (status == ECP_OK)
        out->mlp = ecp_experience_mlp(out->experience);
    return status;
}

static void end(struct trainee *t)
{
    if (t->experience)
        ecp_experience_destroy(t->experience);
    else
        ecp_mlp_destroy(t->mlp);
}

/* One epoch of a task; accuracies in both after it. */
static enum ecp_status epoch(const double *param, struct trainee *t, const struct set *task,
                             const struct set both[2], double *accuracy[2], size_t at)
{
    const size_t batch = (size_t)param[BATCH];
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; task && k < task->n; k += batch) {
        const double *x = task->x + k * PIXELS;
        if (t->experience)
            ECP_TRY(ecp_experience_train(t->experience, x, task->classes + k, NULL));
        else
            ECP_TRY(ecp_mlp_train(t->mlp, batch, x, task->classes + k, NULL));
    }
    for (int k = 0; k < 2; k++)
        ECP_TRY(ecp_mlp_accuracy(t->mlp, TESTED, both[k].test, both[k].truth, &accuracy[k][at]));
done:
    return status;
}

/* Weights of both layers: what was when task 2 began, and at the end. */
struct weights {
    double *early[LAYERS], *late[LAYERS], *mixed[LAYERS];
};

static enum ecp_status room_for_weights(struct ecp_experiment *e, struct weights *w)
{
    for (size_t l = 0; l < LAYERS; l++) {
        const size_t count = sizes[l] * sizes[l + 1];
        w->early[l] = ecp_experiment_alloc(e, count, sizeof(double));
        w->late[l] = ecp_experiment_alloc(e, count, sizeof(double));
        w->mixed[l] = ecp_experiment_alloc(e, count, sizeof(double));
        if (!w->early[l] || !w->late[l] || !w->mixed[l])
            return ecp_fail(ECP_ENOMEM, "no memory for %zu weights", count);
    }
    return ECP_OK;
}

/* Experiences up to task 2 times beta, against the same of weights: both as logits. */
static enum ecp_status compare(struct trainee *t, size_t early, double beta, const struct set *set,
                               double *worst)
{
    double *a = calloc((size_t)2 * TESTED * OUTPUTS, sizeof *a), *b = a ? a + TESTED * OUTPUTS : a;
    double error = 0, size = 0;
    enum ecp_status status;
    if (!a)
        return ecp_fail(ECP_ENOMEM, "no memory for logits");
    ECP_TRY(ecp_experience_weigh_begun(t->experience, 1, beta));
    ECP_TRY(ecp_experience_weigh(t->experience, 0, early, 1, beta));
    ECP_TRY(ecp_experience_logits(t->experience, TESTED, set->test, a));
    ECP_TRY(ecp_mlp_activity(t->mlp, TESTED, set->test, LAYERS, b));
    for (size_t k = 0; k < (size_t)TESTED * OUTPUTS; k++) {
        error = fmax(error, fabs(a[k] - b[k]));
        size = fmax(size, fabs(b[k]));
    }
    *worst = fmax(*worst, error / size);
done:
    free(a);
    return status;
}

static enum ecp_status amplify(const double *param, struct trainee *t, struct weights *w,
                               const struct set both[2], struct tasks *out, double *worst)
{
    const size_t early = (size_t)param[EPOCHS] * both[0].n;
    enum ecp_status status = ECP_OK;
    for (size_t b = 0; b < BETAS; b++) {
        for (size_t l = 0; l < LAYERS; l++) {
            for (size_t k = 0; k < sizes[l] * sizes[l + 1]; k++) {
                const double since = w->late[l][k] - w->early[l][k];
                w->mixed[l][k] = param[WEIGHTED] == ALL ? betas[b] * w->late[l][k]
                                                        : betas[b] * w->early[l][k] + since;
            }
            ecp_mlp_weights_write(t->mlp, l, w->mixed[l]);
        }
        ECP_TRY(ecp_mlp_accuracy(t->mlp, TESTED, both[0].test, both[0].truth, &out->recovered[b]));
        ECP_TRY(ecp_mlp_accuracy(t->mlp, TESTED, both[1].test, both[1].truth, &out->other[b]));
        if (t->experience && b % 4 == 0 && param[WEIGHTED] == TASK_1)
            ECP_TRY(compare(t, early, betas[b], &both[0], worst));
    }
done:
    return status;
}

/* `given`: the sets out of files; without items where they are generated. */
static enum ecp_status two_tasks(struct ecp_experiment *e, const double *param,
                                 const struct set given[2], size_t seed, struct tasks *out,
                                 double *worst)
{
    const size_t epochs = (size_t)param[EPOCHS];
    const uint64_t own = ecp_experiment_seed(e) + seed;
    double *accuracy[2];
    struct trainee t = {NULL, NULL};
    struct set both[2] = {given[0], given[1]};
    struct weights w;
    enum ecp_status status;
    accuracy[0] = out->task_1 = ecp_experiment_alloc(e, 2 * epochs + 1, sizeof(double));
    accuracy[1] = out->task_2 = ecp_experiment_alloc(e, 2 * epochs + 1, sizeof(double));
    if (!out->task_1 || !out->task_2)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu epochs", epochs);
    for (int task = 0; task < 2 && given[task].n == 0; task++)
        ECP_TRY(draw_set(e, param, own, task, &both[task]));
    ECP_TRY(room_for_weights(e, &w));
    ECP_TRY(begin(param, own, param[PAIRS] != 0 && seed == 0, &t));
    ECP_TRY(epoch(param, &t, NULL, both, accuracy, 0));
    for (size_t k = 0; k < 2 * epochs; k++) {
        ECP_TRY(epoch(param, &t, &both[k >= epochs], both, accuracy, k + 1));
        for (size_t l = 0; l < LAYERS; l++)
            ecp_mlp_weights_read(t.mlp, l, k < epochs ? w.early[l] : w.late[l]);
    }
    status = amplify(param, &t, &w, both, out, worst);
done:
    end(&t);
    return status;
}

static enum ecp_status experiment_b(struct ecp_experiment *e, const double *param, struct tasks *b)
{
    const size_t seeds = (size_t)param[SEEDS], epochs = (size_t)param[EPOCHS];
    double first = 0, second = 0, after = 0, drop = INFINITY, recovery = INFINITY;
    double monotone = INFINITY, worst = 0;
    struct set given[2] = {{0}, {0}};
    enum ecp_status status = ECP_OK;
    for (int task = 0; task < 2 && ecp_experiment_text(e, IMAGES); task++)
        ECP_TRY(read_set(e, param, task, &given[task]));
    for (size_t s = 0; s < seeds; s++) {
        ECP_TRY(two_tasks(e, param, given, s, &b[s], &worst));
        const double learnt = b[s].task_1[epochs], lost = learnt - b[s].recovered[0];
        first += learnt / (double)seeds;
        second += b[s].task_2[2 * epochs] / (double)seeds;
        after += b[s].task_1[2 * epochs] / (double)seeds;
        drop = fmin(drop, lost);
        recovery = fmin(recovery, (b[s].recovered[BETAS - 1] - b[s].recovered[0]) / lost);
        for (size_t k = 1; k < BETAS; k++)
            monotone = fmin(monotone, b[s].recovered[k] - b[s].recovered[k - 1]);
        ECP_TRY(ecp_experiment_progress(e, 0.4 + 0.6 * (double)(s + 1) / (double)seeds,
                                        "experiment B"));
    }
    ecp_experiment_result(e, LEARNT_1, first);
    ecp_experiment_result(e, LEARNT_2, second);
    ecp_experiment_result(e, AFTER, after);
    ecp_experiment_result(e, DROP, drop);
    ecp_experiment_result(e, RECOVERY, recovery);
    ecp_experiment_result(e, MONOTONE, monotone);
    if (param[PAIRS] != 0 && param[WEIGHTED] == TASK_1)
        ecp_experiment_result(e, PAIR_ERROR, worst);
done:
    return status;
}

#endif
