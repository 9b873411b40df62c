/* astrocyte_working_memory_results.h -- numbers and figure of scenario
 * astrocyte_working_memory. Included by astrocyte_working_memory.c alone. */
#ifndef ECP_ASTROCYTE_WORKING_MEMORY_RESULTS_H
#define ECP_ASTROCYTE_WORKING_MEMORY_RESULTS_H

/* Mean similarity of the learnt (0) or new (1) digits of a run. */
static double mean_of(const double *param, const double *similarity, int is_new)
{
    const size_t n = (size_t)param[PATTERNS];
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += similarity[k + (is_new ? n : 0)] / (double)n;
    return sum;
}

/* Seconds from the end of learning to the frame at which half of the astrocytes that were
 * up at most are. */
static double lifetime(const double *param, const struct outcome *late)
{
    const double end = LEARN_START + LEARN_EVERY * (param[PATTERNS] - 1) + param[LEARN_TIME];
    const size_t stop = (size_t)param[LATE_START] / FRAME;
    double most = 0;
    for (size_t k = 0; k < stop; k++)
        most = fmax(most, late->up[k]);
    for (size_t k = stop; most > 0 && k-- > 0;)
        if (late->up[k] >= most / 2)
            return k + 1 == stop ? NAN : ((double)(k + 1) * FRAME - end) / 1000;
    return NAN;
}

static enum ecp_status give_results(struct ecp_experiment *e, const double *param,
                                    const struct outcome *o)
{
    const size_t seeds = (size_t)param[SEEDS], patterns = (size_t)param[PATTERNS];
    double mean[RUNS] = {0}, gap[RUNS] = {INFINITY, 0, 0, 0}, novel = 0, square = 0, cue = 0;
    double low = INFINITY, high = 0, life = 0, covered = 0;
    for (size_t s = 0; s < seeds; s++) {
        const struct outcome *one = o + s * RUNS;
        for (int kind = 0; kind < RUNS; kind++) {
            const double learnt = mean_of(param, one[kind].similarity, 0);
            const double apart = learnt - mean_of(param, one[kind].similarity, 1);
            mean[kind] += learnt / (double)seeds;
            if (kind == AS_IT_IS ? apart < gap[kind] : fabs(apart) > fabs(gap[kind]))
                gap[kind] = apart;
        }
        for (size_t k = 0; k < 2 * patterns; k++)
            cue += one->cue[k] / (double)(2 * patterns * seeds);
        for (size_t k = 0; k < patterns; k++) {
            low = fmin(low, one->similarity[k]);
            high = fmax(high, one->similarity[patterns + k]);
        }
        novel += mean_of(param, one->similarity, 1) / (double)seeds;
        covered += mean_of(param, one[IN_PLACE].similarity, 1) / (double)seeds;
        life += lifetime(param, &one[LATE]) / (double)seeds;
    }
    for (size_t s = 0; s < seeds; s++)
        square += pow(mean_of(param, o[s * RUNS].similarity, 0) - mean[AS_IT_IS], 2);
    ecp_experiment_result(e, LEARNT, mean[AS_IT_IS]);
    ecp_experiment_result(e, LEARNT_SPREAD, seeds > 1 ? sqrt(square / (double)(seeds - 1)) : NAN);
    ecp_experiment_result(e, LEARNT_LOW, low);
    ecp_experiment_result(e, NOVEL, novel);
    ecp_experiment_result(e, NOVEL_HIGH, high);
    ecp_experiment_result(e, CUE, cue);
    ecp_experiment_result(e, GAP, gap[AS_IT_IS]);
    ecp_experiment_result(e, GAP_WITHOUT, gap[WITHOUT]);
    ecp_experiment_result(e, GAP_LATE, gap[LATE]);
    ecp_experiment_result(e, LEARNT_WITHOUT, mean[WITHOUT]);
    ecp_experiment_result(e, LEARNT_LATE, mean[LATE]);
    ecp_experiment_result(e, COVERED, covered);
    ecp_experiment_result(e, COVERED_OFF, gap[IN_PLACE]);
    ecp_experiment_result(e, LIFETIME, life);
    return ECP_OK;
}

/* ---- what is shown ---------------------------------------------------------------------- */

/* A row for each seed, run and digit. */
static enum ecp_status tell(struct ecp_experiment *e, const double *param, const struct outcome *o)
{
    static const char *const kinds[RUNS] = {"as it is", "without boost", "late cues",
                                            "new in place"};
    const size_t digits = 2 * (size_t)param[PATTERNS], runs = RUNS * (size_t)param[SEEDS];
    const size_t n = runs * digits;
    double *x = ecp_experiment_alloc(e, 5 * n, sizeof *x);
    const char **word = ecp_experiment_alloc(e, n, sizeof *word);
    if (!x || !word)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t r = 0; r < runs; r++)
        for (size_t k = 0; k < digits; k++) {
            const size_t at = r * digits + k;
            word[at] = kinds[r % RUNS];
            x[at] = (double)(r / RUNS);
            x[n + at] = (double)(k % (digits / 2) + (k < digits / 2 ? 0 : MOST_PATTERNS + 1));
            x[2 * n + at] = k < digits / 2;
            x[3 * n + at] = o[r].similarity[k];
            x[4 * n + at] = o[r].least;
        }
    const struct ecp_table_column column[] = {
        {"run", "1", "which of the three", NULL, word},
        {"seed", "1", "place of the seed", x, NULL},
        {"digit", "1", "that the cue stands for", x + n, NULL},
        {"learnt", "1", "was it shown before?", x + 2 * n, NULL},
        {"similarity", "1", "of what fired with the digit", x + 3 * n, NULL},
        {"spikes", "1", "more than these are much", x + 4 * n, NULL}};
    return ecp_experiment_table(e, "recall", n, column, 6);
}

enum { PIXEL = 2 * ECP_ZONE_STRIDE }; /* neurons along the side of what is one in a picture */

/* Mean rates (Hz), top row last as a picture wants it. */
static double *grid(struct ecp_experiment *e, const double *param, const struct outcome *o,
                    size_t place)
{
    const size_t side = ECP_ZONE_STRIDE * (size_t)param[ZONES] + 1, pixels = side / PIXEL;
    double *out = ecp_experiment_alloc(e, pixels * pixels, sizeof *out);
    for (size_t j = 0; out && j < side * side; j++) {
        const size_t row = j / side / PIXEL, column = j % side / PIXEL;
        if (row < pixels && column < pixels)
            out[(pixels - 1 - row) * pixels + column] +=
                1000.0 * o->spikes[place * side * side + j] / (SEEN * PIXEL * PIXEL);
    }
    return out;
}

/* Similarity of learnt and new digits in the runs: one dot a digit and seed. */
static enum ecp_status scatter(struct ecp_experiment *e, const double *param,
                               const struct outcome *o, struct ecp_line *line)
{
    const size_t patterns = (size_t)param[PATTERNS], seeds = (size_t)param[SEEDS];
    const size_t n = RUNS * seeds * patterns;
    double *x = ecp_experiment_alloc(e, 4 * n, sizeof *x);
    double *cue = ecp_experiment_alloc(e, 4, sizeof *cue);
    if (!x || !cue)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (size_t is_new = 0; is_new < 2; is_new++)
        for (size_t k = 0; k < n; k++) {
            const size_t digit = k % patterns, r = k / patterns;
            x[2 * is_new * n + k] = 1 + (double)(r % RUNS) + (is_new ? 0.12 : -0.12);
            x[(2 * is_new + 1) * n + k] = o[r].similarity[digit + is_new * patterns];
        }
    cue[0] = 0.5;
    cue[1] = RUNS + 0.5;
    cue[2] = cue[3] = 1 - param[CUE_NOISE];
    line[0] = (struct ecp_line){"learnt", ECP_DOTS, 0, n, x, x + n, NULL, NULL};
    line[1] = (struct ecp_line){"new", ECP_DOTS, 1, n, x + 2 * n, x + 3 * n, NULL, NULL};
    line[2] = (struct ecp_line){
        "the cue itself", ECP_DASHES, ECP_COLOUR_GREY, 2, cue, cue + 2, NULL, NULL};
    return ECP_OK;
}

static enum ecp_status draw(struct ecp_experiment *e, const double *param, const struct outcome *o)
{
    const size_t patterns = (size_t)param[PATTERNS], frames = o[LATE].n_frames;
    const size_t side = ECP_ZONE_STRIDE * (size_t)param[ZONES] + 1, pixels = side / PIXEL;
    double *time = ecp_experiment_alloc(e, frames, sizeof *time);
    const double *heat[] = {grid(e, param, o, 0), grid(e, param, o, patterns),
                            grid(e, param, o + IN_PLACE, patterns)};
    static const char *const title[] = {"cue: 0, learnt", "cue: 5, new, aside",
                                        "cue: 5, new, in place"};
    struct ecp_line dots[3];
    struct ecp_picture picture[5] = {{.title = NULL}};
    enum ecp_status status;
    if (!time || !heat[0] || !heat[1] || !heat[2])
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    ECP_TRY(tell(e, param, o));
    ECP_TRY(scatter(e, param, o, dots));
    for (size_t k = 0; k < frames; k++)
        time[k] = (double)((k + 1) * FRAME) / 1000;
    const struct ecp_line up = {"late run", ECP_LINE, 0, frames, time, o[LATE].up, NULL, NULL};
    picture[0] = (struct ecp_picture){
        .title = "recall",
        .x = {"1 as is, 2 no boost, 3 late, 4 in place", NULL, 0.5, RUNS + 0.5, 0},
        .y = {"similarity", NULL, 0.4, 1, 0},
        .n_lines = 3,
        .line = dots};
    picture[1] = (struct ecp_picture){.title = "astrocytes with much calcium",
                                      .x = {"time", "s", 0, time[frames - 1], 0},
                                      .y = {"share", NULL, 0, 1, 0},
                                      .n_lines = 1,
                                      .line = &up};
    for (int k = 0; k < 3; k++)
        picture[2 + k] = (struct ecp_picture){.title = title[k],
                                              .x = {"neuron", NULL, 0, (double)side, 0},
                                              .y = {NULL, NULL, 0, (double)side, 0},
                                              .rows = pixels,
                                              .columns = pixels,
                                              .heat = heat[k],
                                              .heat_name = "rate",
                                              .heat_unit = "Hz"};
    status =
        ecp_experiment_figure(e, "astrocyte_working_memory", "Digits in calcium", picture, 5, 3);
done:
    return status;
}

#endif
