/* engram_assemblies_show.h -- what the scenario engram_assemblies makes of its networks: results,
 * a table and a figure. Included by engram_assemblies.c alone. */
#ifndef ECP_ENGRAM_ASSEMBLIES_SHOW_H
#define ECP_ENGRAM_ASSEMBLIES_SHOW_H

#include "scenarios/silent_engram_orders.h"

static const char *const variant_name[ECP_ASSEMBLIES_VARIANTS] = {
    "full", "hebb alone", "no heterosynaptic term", "no consolidation"};

/* Mean and standard error over seeds of a member of what was seen. */
#define OVER_SEEDS(lab, variant, member)                                                           \
    ecp_engram_mean_of(&(lab)->seen[(size_t)(variant) * (lab)->seeds].member,                      \
                       sizeof(struct ecp_assemblies_seen), (lab)->seeds)

/* Is recall there before and after, and the rate in the rest low? */
static int fails(const struct ecp_assemblies_seen *seen)
{
    const double before = seen->recall[ECP_ASSEMBLIES_BEFORE].overlap;
    const double after = seen->recall[ECP_ASSEMBLIES_AFTER].overlap;
    return !(before >= 0.7 && after >= 0.7 && seen->rest_hz[0] >= 1 && seen->rest_hz[0] <= 10);
}

static double share_of_fails(const struct lab *lab, size_t variant)
{
    double n = 0;
    for (size_t s = 0; s < lab->seeds; s++)
        n += fails(&lab->seen[variant * lab->seeds + s]);
    return n / (double)lab->seeds;
}

/* (within - across)/(within + across) of mean weights. */
static double contrast(const struct lab *lab, size_t variant)
{
    const double within = OVER_SEEDS(lab, variant, weights[ECP_ASSEMBLIES_AFTER].within).mean;
    const double across = OVER_SEEDS(lab, variant, weights[ECP_ASSEMBLIES_AFTER].across).mean;
    return (within - across) / (within + across);
}

/* ---- results ----------------------------------------------------------------------------------
 */

static void conclude_extremes(struct ecp_experiment *e, const struct lab *lab)
{
    double lowest = INFINITY, weakest = INFINITY, highest = 0;
    for (size_t s = 0; s < lab->seeds; s++) {
        lowest = fmin(lowest, lab->seen[s].recall[ECP_ASSEMBLIES_AFTER].overlap);
        weakest = fmin(weakest, lab->seen[s].weights[ECP_ASSEMBLIES_AFTER].weakest);
        highest = fmax(highest, lab->seen[s].weights[ECP_ASSEMBLIES_AFTER].highest);
    }
    ecp_experiment_result(e, OVERLAP_LOWEST, lowest);
    ecp_experiment_result(e, WEAKEST, weakest);
    ecp_experiment_result(e, HIGHEST, highest);
}

static void conclude_full(struct ecp_experiment *e, const struct lab *lab)
{
    const struct ecp_engram_mean before = OVER_SEEDS(lab, 0, recall[0].overlap);
    const struct ecp_engram_mean after = OVER_SEEDS(lab, 0, recall[1].overlap);
    const struct ecp_engram_mean within = OVER_SEEDS(lab, 0, weights[1].within);
    const struct ecp_engram_mean rest = OVER_SEEDS(lab, 0, rest_hz[0]);
    const double within_before = OVER_SEEDS(lab, 0, weights[0].within).mean;
    ecp_experiment_result(e, OVERLAP_AFTER, after.mean);
    ecp_experiment_result(e, OVERLAP_SE, after.error);
    ecp_experiment_result(e, OVERLAP_BEFORE, before.mean);
    ecp_experiment_result(e, OVERLAP_CHANGE, after.mean - before.mean);
    ecp_experiment_result(e, DURING, OVER_SEEDS(lab, 0, recall[1].during).mean);
    ecp_experiment_result(e, RIGHT, OVER_SEEDS(lab, 0, recall[1].right).mean);
    ecp_experiment_result(e, NEAR_HALF, OVER_SEEDS(lab, 0, weights[1].near_half).mean);
    ecp_experiment_result(e, NEAR_ZERO, OVER_SEEDS(lab, 0, weights[1].near_zero).mean);
    ecp_experiment_result(e, UPPER, OVER_SEEDS(lab, 0, weights[1].upper).mean);
    ecp_experiment_result(e, LOWER, OVER_SEEDS(lab, 0, weights[1].lower).mean);
    ecp_experiment_result(e, REFERENCE, OVER_SEEDS(lab, 0, weights[1].reference).mean);
    ecp_experiment_result(e, REFERENCE_ACROSS,
                          OVER_SEEDS(lab, 0, weights[1].reference_across).mean);
    ecp_experiment_result(e, WITHIN, within.mean);
    ecp_experiment_result(e, WITHIN_SE, within.error);
    ecp_experiment_result(e, ACROSS, OVER_SEEDS(lab, 0, weights[1].across).mean);
    ecp_experiment_result(e, CONTRAST, contrast(lab, 0));
    ecp_experiment_result(e, WITHIN_BEFORE, within_before);
    ecp_experiment_result(e, WITHIN_CHANGE, within.mean / within_before - 1);
    ecp_experiment_result(e, REST_HZ, rest.mean);
    ecp_experiment_result(e, REST_SE, rest.error);
    ecp_experiment_result(e, INHIBITORY_HZ, OVER_SEEDS(lab, 0, rest_hz[1]).mean);
    ecp_experiment_result(e, SILENT, OVER_SEEDS(lab, 0, silent).mean);
    ecp_experiment_result(e, FAILS, share_of_fails(lab, 0));
    conclude_extremes(e, lab);
}

static void conclude(struct ecp_experiment *e, const struct lab *lab)
{
    static const int first[ECP_ASSEMBLIES_VARIANTS] = {[ECP_ASSEMBLIES_HEBB] = HEBB_FAILS,
                                                       [ECP_ASSEMBLIES_NO_HETERO] = HETERO_FAILS,
                                                       [ECP_ASSEMBLIES_NO_REFERENCE] =
                                                           REFERENCE_FAILS};
    conclude_full(e, lab);
    for (size_t v = 1; v < lab->variants; v++) {
        ecp_experiment_result(e, first[v], share_of_fails(lab, v));
        ecp_experiment_result(e, first[v] + 1, OVER_SEEDS(lab, v, recall[1].overlap).mean);
        ecp_experiment_result(e, first[v] + 2, OVER_SEEDS(lab, v, rest_hz[0]).mean);
        ecp_experiment_result(e, first[v] + 3, contrast(lab, v));
    }
}

/* ---- the table --------------------------------------------------------------------------------
 */

enum {
    T_SEED,
    T_BEFORE,
    T_AFTER,
    T_DURING,
    T_RIGHT,
    T_WITHIN_BEFORE,
    T_WITHIN,
    T_WEAKEST,
    T_STRONGEST,
    T_ACROSS,
    T_REFERENCE,
    T_NEAR_HALF,
    T_NEAR_ZERO,
    T_UPPER,
    T_LOWER,
    T_HIGHEST,
    T_REST,
    T_INHIBITORY,
    T_SILENT,
    T_FAILS,
    T_NUMBERS
};

static void row_of(const struct lab *lab, size_t job, double row[T_NUMBERS])
{
    const struct ecp_assemblies_seen *seen = &lab->seen[job];
    const struct ecp_assemblies_weights *w = &seen->weights[ECP_ASSEMBLIES_AFTER];
    const double all[T_NUMBERS] = {[T_SEED] =
                                       (double)(lab->seed + job % lab->seeds * lab->seed_step),
                                   [T_BEFORE] = seen->recall[0].overlap,
                                   [T_AFTER] = seen->recall[1].overlap,
                                   [T_DURING] = seen->recall[1].during,
                                   [T_RIGHT] = seen->recall[1].right,
                                   [T_WITHIN_BEFORE] = seen->weights[0].within,
                                   [T_WITHIN] = w->within,
                                   [T_WEAKEST] = w->weakest,
                                   [T_STRONGEST] = w->strongest,
                                   [T_ACROSS] = w->across,
                                   [T_REFERENCE] = w->reference,
                                   [T_NEAR_HALF] = w->near_half,
                                   [T_NEAR_ZERO] = w->near_zero,
                                   [T_UPPER] = w->upper,
                                   [T_LOWER] = w->lower,
                                   [T_HIGHEST] = w->highest,
                                   [T_REST] = seen->rest_hz[0],
                                   [T_INHIBITORY] = seen->rest_hz[1],
                                   [T_SILENT] = seen->silent,
                                   [T_FAILS] = fails(seen)};
    memcpy(row, all, sizeof all);
}

static enum ecp_status tell(struct ecp_experiment *e, const struct lab *lab)
{
    struct ecp_table_column column[] = {
        [T_SEED] = {"seed", "1", "of the network", NULL, NULL},
        [T_BEFORE] = {"overlap_before", "1", "recall before the rest", NULL, NULL},
        [T_AFTER] = {"overlap", "1", "recall after the rest", NULL, NULL},
        [T_DURING] = {"overlap_during", "1", "the same during the cues", NULL, NULL},
        [T_RIGHT] = {"right", "1", "share of cues after which the cued assembly leads", NULL, NULL},
        [T_WITHIN_BEFORE] = {"within_before", "1", "mean weight within, before", NULL, NULL},
        [T_WITHIN] = {"within", "1", "after the rest", NULL, NULL},
        [T_WEAKEST] = {"weakest", "1", "of the weakest assembly", NULL, NULL},
        [T_STRONGEST] = {"strongest", "1", "of the strongest", NULL, NULL},
        [T_ACROSS] = {"across", "1", "mean weight across", NULL, NULL},
        [T_REFERENCE] = {"reference", "1", "mean reference within", NULL, NULL},
        [T_NEAR_HALF] = {"near_half", "1", "share of references within of 0.4 or more", NULL, NULL},
        [T_NEAR_ZERO] = {"near_zero", "1", "share across of 0.1 or less", NULL, NULL},
        [T_UPPER] = {"upper", "1", "share of references within above 0.25", NULL, NULL},
        [T_LOWER] = {"lower", "1", "share across below 0.25", NULL, NULL},
        [T_HIGHEST] = {"highest", "1", "largest weight", NULL, NULL},
        [T_REST] = {"rest_hz", "Hz", "mean rate of excitatory cells in the rest", NULL, NULL},
        [T_INHIBITORY] = {"inhibitory_hz", "Hz", "of inhibitory cells", NULL, NULL},
        [T_SILENT] = {"silent", "1", "share of seconds below 0.1 Hz", NULL, NULL},
        [T_FAILS] = {"fails", "1", "1: recall below 0.7 or rate not 1 to 10 Hz", NULL, NULL},
        [T_NUMBERS] = {"network", "1", "what it has", NULL, NULL}};
    const size_t rows = lab->seeds * lab->variants;
    double *data = ecp_experiment_alloc(e, rows * T_NUMBERS, sizeof *data);
    const char **words = ecp_experiment_alloc(e, rows, sizeof *words);
    if (!data || !words)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t job = 0; job < rows; job++) {
        double row[T_NUMBERS];
        row_of(lab, job, row);
        words[job] = variant_name[job / lab->seeds];
        for (size_t k = 0; k < T_NUMBERS; k++)
            data[k * rows + job] = row[k];
    }
    for (size_t k = 0; k < T_NUMBERS; k++)
        column[k].data = data + k * rows;
    column[T_NUMBERS].words = words;
    return ecp_experiment_table(e, "networks", rows, column, T_NUMBERS + 1);
}

/* ---- the figure -------------------------------------------------------------------------------
 */

enum { BARS = ECP_ASSEMBLIES_VARIANTS };

struct bars {
    double x[2][BARS], y[2][BARS], error[2][BARS];
};

/* Means with errors by variant, a little beside each other. */
static void fill_bars(const struct lab *lab, int weights, struct bars *b)
{
    for (size_t v = 0; v < lab->variants; v++)
        for (int k = 0; k < 2; k++) {
            const struct ecp_engram_mean m = weights ? (k ? OVER_SEEDS(lab, v, weights[1].across)
                                                          : OVER_SEEDS(lab, v, weights[1].within))
                                                     : OVER_SEEDS(lab, v, recall[k].overlap);
            b->x[k][v] = (double)(v + 1) + 0.15 * (2 * k - 1);
            b->y[k][v] = m.mean;
            b->error[k][v] = m.error;
        }
}

/* Rates of both halves of every assembly through the first round of a test, in bins of half a
 * second or more. */
static enum ecp_status draw_course(struct ecp_experiment *e, const struct lab *lab, int test,
                                   struct ecp_picture *out)
{
    const struct ecp_assemblies_setup *s = &lab->setup[0];
    const size_t bins = lab->course.n_bins, every = (size_t)fmax(1, ceil(500 / s->bin));
    const size_t n = bins / every, halves = 2 * s->patterns;
    struct ecp_line *line = ecp_experiment_alloc(e, halves, sizeof *line);
    double *x = ecp_experiment_alloc(e, n + 1, sizeof *x);
    double *y = ecp_experiment_alloc(e, halves * (n + 1), sizeof *y);
    if (!line || !x || !y)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (size_t b = 0; b < n; b++)
        x[b] = ((double)b + 0.5) * (double)every * s->bin / 1000;
    for (size_t h = 0; h < halves; h++) {
        const double *rate = lab->course.rate + ((size_t)test * halves + h) * bins;
        for (size_t b = 0; b < n * every; b++)
            y[h * n + b / every] += rate[b] / (double)every;
        line[h] = (struct ecp_line){
            .name = h % 2 ? NULL : ecp_experiment_printf(e, "assembly %zu", h / 2 + 1),
            .kind = h % 2 ? ECP_DASHES : ECP_LINE,
            .colour = (int)(h / 2) % 6,
            .n = n,
            .x = x,
            .y = y + h * n};
    }
    *out = (struct ecp_picture){.title = test ? "cues after the rest" : "cues before the rest",
                                .note = "first seed; dashes: halves that are not cued",
                                .x = {"time", "s", 0, (double)bins * s->bin / 1000, 0},
                                .y = {"rate", "Hz", 0, 0, 0},
                                .n_lines = halves,
                                .line = line};
    return ECP_OK;
}

static enum ecp_status draw(struct ecp_experiment *e, const struct lab *lab)
{
    static const char *const shown[] = {"full", "Hebb", "no hetero.", "no consol."};
    const double at[2] = {0.5, (double)lab->variants + 0.5}, bound[2] = {0.7, 0.7};
    struct ecp_picture picture[4];
    struct ecp_line line[2][3];
    struct bars bars[2];
    enum ecp_status status;
    for (int p = 0; p < 2; p++) {
        static const char *const name[2][2] = {{"before the rest", "after it"},
                                               {"within assemblies", "across"}};
        fill_bars(lab, p, &bars[p]);
        for (int k = 0; k < 2; k++)
            line[p][k] = (struct ecp_line){.name = name[p][k],
                                           .kind = ECP_DOTS,
                                           .colour = k,
                                           .n = lab->variants,
                                           .x = bars[p].x[k],
                                           .y = bars[p].y[k],
                                           .error = bars[p].error[k]};
        picture[p] =
            (struct ecp_picture){.title = p ? "weights after the rest" : "recall from half cues",
                                 .note = "means and standard errors over seeds",
                                 .x = {"network", NULL, 0.5, (double)lab->variants + 0.5, 0},
                                 .y = {p ? "mean weight" : "overlap", NULL, 0, 0, 0},
                                 .n_names = lab->variants,
                                 .name_at = shown,
                                 .n_lines = p ? 2 : 3,
                                 .line = line[p]};
    }
    line[0][2] = (struct ecp_line){.name = "claimed: above",
                                   .kind = ECP_DASHES,
                                   .colour = ECP_COLOUR_GREY,
                                   .n = 2,
                                   .x = at,
                                   .y = bound};
    for (int test = 0; test < 2; test++)
        ECP_TRY(draw_course(e, lab, test, &picture[2 + test]));
    status = ecp_experiment_figure(e, "engram_assemblies", "Assemblies", picture, 4, 2);
done:
    return status;
}

#endif
