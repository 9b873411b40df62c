/* lpl_movies_show.c -- results, claims, tables and figures of the scenario lpl_movies. */
#include <math.h>

#include "engine/plot.h"
#include "scenarios/lpl_movies.h"

enum { LAST = ECP_MOVIES_LAYERS };

const char *const ecp_movies_conditions[ECP_MOVIES_CONDITIONS] = {
    "pixels", "before", "shuffled", "learnt", "predict_off", "hebb_off", "decorrelate_off"};

/* One result for each condition, one after the other. */
enum {
    INVARIANCE,
    UNSEEN = INVARIANCE + ECP_MOVIES_CONDITIONS,
    PLACE = UNSEEN + ECP_MOVIES_CONDITIONS,
    ANGLE = PLACE + ECP_MOVIES_CONDITIONS,
    CURVATURE = ANGLE + ECP_MOVIES_CONDITIONS,
    RDM = CURVATURE + ECP_MOVIES_CONDITIONS,
    RDM_PLACE = RDM + ECP_MOVIES_CONDITIONS,
    LAYER_1 = RDM_PLACE + ECP_MOVIES_CONDITIONS,
    LAYER_2,
    DEPTH,
    LEAST_STEP,
    OVER_BEFORE,
    OVER_SHUFFLED,
    UNSEEN_OVER,
    RDM_OVER,
    RDM_P,
    RDM_CEILING,
    STRAIGHTENED,
    BENDS_LESS,
    PREDICT_LOSS,
    DECORRELATE_LOSS,
    HEBB_SD,
    SE_LARGEST,
    RESULTS
};

#define OF_EACH(at, name, unit, meaning)                                                           \
    [at +                                                                                          \
        ECP_MOVIES_PIXELS] = {name "_pixels", unit, 0, 0, 0, meaning ", pixels", ECP_RESULT},      \
        [at + ECP_MOVIES_BEFORE] = {name "_before", unit, 0, 0, 0, meaning ", before learning",    \
                                    ECP_RESULT},                                                   \
        [at + ECP_MOVIES_SHUFFLED] = {name "_shuffled",          unit,      0, 0, 0,               \
                                      meaning ", shuffled time", ECP_RESULT},                      \
        [at +                                                                                      \
            ECP_MOVIES_LEARNT] = {name "_learnt", unit, 0, 0, 0, meaning ", learnt", ECP_RESULT},  \
        [at + ECP_MOVIES_PREDICT_OFF] =                                                            \
            {name "_predict_off", unit, 0, 0, 0, meaning ", without prediction", ECP_RESULT},      \
        [at + ECP_MOVIES_HEBB_OFF] = {name "_hebb_off",         unit,      0, 0, 0,                \
                                      meaning ", without Hebb", ECP_RESULT},                       \
        [at + ECP_MOVIES_DECORRELATE_OFF] = {                                                      \
            name "_decorrelate_off", unit, 0, 0, 0, meaning ", without decorrelation", ECP_RESULT}

const struct ecp_field ecp_movies_results[] = {
    OF_EACH(INVARIANCE, "invariance", "1", "patterns named at places or angles not learned from"),
    OF_EACH(UNSEEN, "unseen", "1", "patterns named in views that no training had"),
    OF_EACH(PLACE, "place", "1", "quadrants named"),
    OF_EACH(ANGLE, "angle", "1", "quarters of the angle named"),
    OF_EACH(CURVATURE, "curvature", "deg", "curvature of movies"),
    OF_EACH(RDM, "rdm", "1", "correlation of the RDM with that of patterns"),
    OF_EACH(RDM_PLACE, "rdm_place", "1", "correlation of the RDM with that of places"),
    [LAYER_1] = {"layer_1", "1", 0, 0, 0, "invariance of layer 1, learnt", ECP_RESULT},
    [LAYER_2] = {"layer_2", "1", 0, 0, 0, "invariance of layer 2, learnt", ECP_RESULT},
    [DEPTH] = {"depth", "1", 0, 0, 0, "invariance: layer 3 less layer 1, learnt", ECP_RESULT},
    [LEAST_STEP] = {"least_step", "1", 0, 0, 0, "least gain of invariance from layer to layer",
                    ECP_RESULT},
    [OVER_BEFORE] = {"over_before", "1", 0, 0, 0,
                     "invariance: learnt less before and less pixels, the least of any seed",
                     ECP_RESULT},
    [OVER_SHUFFLED] = {"over_shuffled", "1", 0, 0, 0,
                       "invariance: learnt less shuffled, the least of any seed", ECP_RESULT},
    [UNSEEN_OVER] = {"unseen_over", "1", 0, 0, 0,
                     "unseen: learnt less pixels, before and shuffled, the least of any seed",
                     ECP_RESULT},
    [RDM_OVER] = {"rdm_over", "1", 0, 0, 0,
                  "rdm: learnt less the largest of pixels, before and shuffled, means of seeds",
                  ECP_RESULT},
    [RDM_P] = {"rdm_p", "1", 0, 0, 0, "chance that views in another order agree so well, learnt",
               ECP_RESULT},
    [RDM_CEILING] = {"rdm_ceiling", "1", 0, 0, 0,
                     "likeness of one seed's RDM to the mean of the others', learnt", ECP_RESULT},
    [STRAIGHTENED] = {"straightened", "deg", 0, 0, 0,
                      "curvature: before and shuffled less learnt, the least of any seed",
                      ECP_RESULT},
    [BENDS_LESS] = {"bends_less", "deg", 0, 0, 0, "curvature: pixels less learnt, mean of seeds",
                    ECP_RESULT},
    [PREDICT_LOSS] = {"predict_off_loss", "1", 0, 0, 0,
                      "invariance: learnt less predict_off, the least of any seed", ECP_RESULT},
    [DECORRELATE_LOSS] = {"decorrelate_off_loss", "1", 0, 0, 0,
                          "invariance: learnt less decorrelate_off, the least of any seed",
                          ECP_RESULT},
    [HEBB_SD] = {"hebb_off_activity", "1", 0, 0, 0,
                 "mean standard deviation of the units of layer 3, hebb_off", ECP_RESULT},
    [SE_LARGEST] = {"se_largest", "1", 0, 0, 0, "largest standard error of an invariance",
                    ECP_RESULT},
    [RESULTS] = {0}};

/* ---- over seeds ------------------------------ */

static int layer_of(int condition)
{
    return condition == ECP_MOVIES_PIXELS ? 0 : LAST;
}

static double invariance(const double score[ECP_MOVIES_SCORES])
{
    return (score[ECP_MOVIES_ACROSS_PLACE] + score[ECP_MOVIES_ACROSS_ANGLE]) / 2;
}

/* Score `what` of a seed; -1: invariance. */
static double value(const struct ecp_movies_outcome *o, int condition, int layer, int what,
                    size_t s)
{
    const double *score = o->score[condition][layer][s];
    return what < 0 ? invariance(score) : score[what];
}

static double mean(const struct ecp_movies_outcome *o, int condition, int layer, int what,
                   double *error)
{
    const double n = (double)o->seeds;
    double sum = 0, square = 0;
    for (size_t s = 0; s < o->seeds; s++)
        sum += value(o, condition, layer, what, s) / n;
    for (size_t s = 0; s < o->seeds; s++)
        square += pow(value(o, condition, layer, what, s) - sum, 2);
    if (error)
        *error = n > 1 ? sqrt(square / (n - 1) / n) : NAN;
    return sum;
}

/* Learnt less another (sign 1; -1: the other way), the least of any seed; NAN where one is not
 * defined. */
static double least_over(const struct ecp_movies_outcome *o, int condition, int what, double sign)
{
    double least = INFINITY;
    for (size_t s = 0; s < o->seeds; s++) {
        const double over = sign * (value(o, ECP_MOVIES_LEARNT, LAST, what, s) -
                                    value(o, condition, layer_of(condition), what, s));
        if (isnan(over))
            return NAN;
        least = fmin(least, over);
    }
    return least;
}

/* fmin passes over what is not defined; this does not. */
static double lesser(double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : fmin(a, b);
}

static void put_each(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    static const struct {
        int result, what;
    } of[] = {{INVARIANCE, -1},
              {UNSEEN, ECP_MOVIES_UNSEEN},
              {PLACE, ECP_MOVIES_PLACE},
              {ANGLE, ECP_MOVIES_ANGLE},
              {CURVATURE, ECP_MOVIES_CURVATURE},
              {RDM, ECP_MOVIES_RDM_PATTERN},
              {RDM_PLACE, ECP_MOVIES_RDM_PLACE}};
    double largest = NAN, error;
    for (int c = 0; c < o->conditions; c++) {
        for (size_t k = 0; k < sizeof of / sizeof *of; k++)
            ecp_experiment_result(e, of[k].result + c, mean(o, c, layer_of(c), of[k].what, NULL));
        (void)mean(o, c, layer_of(c), -1, &error);
        largest = fmax(largest, error);
    }
    ecp_experiment_result(e, SE_LARGEST, largest);
}

static void put(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    const struct ecp_movies_agreement *agreement = &o->agreement[ECP_MOVIES_LEARNT];
    double unseen = INFINITY, rdm = -INFINITY, step = INFINITY, before = 0, first = 0;
    put_each(e, o);
    for (int l = 1; l <= LAST; l++) {
        const double now = mean(o, ECP_MOVIES_LEARNT, l, -1, NULL);
        step = l > 1 ? fmin(step, now - before) : step;
        before = now;
        first = l == 1 ? now : first;
        if (l < LAST)
            ecp_experiment_result(e, LAYER_1 + l - 1, now);
    }
    for (int c = 0; c < ECP_MOVIES_LEARNT; c++) {
        unseen = lesser(unseen, least_over(o, c, ECP_MOVIES_UNSEEN, 1));
        rdm = fmax(rdm, mean(o, c, layer_of(c), ECP_MOVIES_RDM_PATTERN, NULL));
    }
    ecp_experiment_result(e, DEPTH, before - first);
    ecp_experiment_result(e, LEAST_STEP, step);
    ecp_experiment_result(
        e, OVER_BEFORE,
        lesser(least_over(o, ECP_MOVIES_BEFORE, -1, 1), least_over(o, ECP_MOVIES_PIXELS, -1, 1)));
    ecp_experiment_result(e, OVER_SHUFFLED, least_over(o, ECP_MOVIES_SHUFFLED, -1, 1));
    ecp_experiment_result(e, UNSEEN_OVER, unseen);
    ecp_experiment_result(e, RDM_OVER,
                          mean(o, ECP_MOVIES_LEARNT, LAST, ECP_MOVIES_RDM_PATTERN, NULL) - rdm);
    ecp_experiment_result(e, RDM_P, agreement->p_permuted);
    ecp_experiment_result(e, RDM_CEILING, agreement->ceiling_lower);
    ecp_experiment_result(e, STRAIGHTENED,
                          lesser(least_over(o, ECP_MOVIES_BEFORE, ECP_MOVIES_CURVATURE, -1),
                                 least_over(o, ECP_MOVIES_SHUFFLED, ECP_MOVIES_CURVATURE, -1)));
    ecp_experiment_result(e, BENDS_LESS,
                          mean(o, ECP_MOVIES_PIXELS, 0, ECP_MOVIES_CURVATURE, NULL) -
                              mean(o, ECP_MOVIES_LEARNT, LAST, ECP_MOVIES_CURVATURE, NULL));
    if (o->conditions < ECP_MOVIES_CONDITIONS)
        return;
    ecp_experiment_result(e, PREDICT_LOSS, least_over(o, ECP_MOVIES_PREDICT_OFF, -1, 1));
    ecp_experiment_result(e, DECORRELATE_LOSS, least_over(o, ECP_MOVIES_DECORRELATE_OFF, -1, 1));
    ecp_experiment_result(e, HEBB_SD, mean(o, ECP_MOVIES_HEBB_OFF, LAST, ECP_MOVIES_SD, NULL));
}

/* ---- claims ------------------------------ */

enum ecp_status ecp_movies_claim(struct ecp_plan *plan, int ablations, size_t patterns)
{
    static const char learns[] = "Halvagal & Zenke 2023, Fig. 3: what frames share can be read "
                                 "linearly; margin set after measuring";
    static const char order[] = "theory: in shuffled time nothing is shared; margin set after "
                                "measuring";
    static const char chance[] = "theory: patterns have mean 0, so their mean over places does not "
                                 "tell them apart";
    static const char deep[] = "Halvagal & Zenke 2023, Fig. 3: easier to read in deeper layers; "
                               "margin of lpl_layers";
    static const char parts[] = "Halvagal & Zenke 2023, Fig. 3: each part of the rule is needed; "
                                "margin set after measuring";
    static const char collapse[] = "Halvagal & Zenke 2023: without Hebb activity collapses";
    static const char agree[] = "what is learnt goes by pattern more than all it is compared with; "
                                "margin set after measuring";
    static const char random[] = "permutation of the views";
    static const char paths[] = "set after measuring: the rule promises shorter steps, not "
                                "straighter paths";
    const double guess = 1 / (double)patterns;
    const struct {
        const char *result;
        double lowest, highest;
        const char *source;
        int ablation;
    } claims[] = {{"over_before", 0.2, 1, learns, 0},
                  {"over_shuffled", 0.15, 1, order, 0},
                  {"unseen_over", 0.15, 1, learns, 0},
                  {"invariance_pixels", guess - 0.08, guess + 0.08, chance, 0},
                  {"depth", 0.02, 1, deep, 0},
                  {"rdm_over", 0.03, 2, agree, 0},
                  {"rdm_p", 0, 0.05, random, 0},
                  {"straightened", 5, 180, paths, 0},
                  {"predict_off_loss", 0.15, 1, parts, 1},
                  {"decorrelate_off_loss", 0.1, 1, parts, 1},
                  {"hebb_off_activity", 0, 1e-3, collapse, 1}};
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < sizeof claims / sizeof *claims; k++)
        if (ablations || !claims[k].ablation)
            ECP_TRY(ecp_plan_add_claim(plan,
                                       ecp_plan_printf(plan, "lpl_movies.%s", claims[k].result),
                                       claims[k].lowest, claims[k].highest, claims[k].source));
done:
    return status;
}

/* ---- tables ------------------------------ */

static enum ecp_status put_scores(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    static const struct ecp_table_column meant[ECP_MOVIES_SCORES] = {
        {"across_place", "1", "patterns named at a place not learned from", NULL, NULL},
        {"across_angle", "1", "patterns named at an angle not learned from", NULL, NULL},
        {"unseen", "1", "patterns named in views that no training had", NULL, NULL},
        {"place", "1", "quadrants named", NULL, NULL},
        {"angle", "1", "quarters of the angle named", NULL, NULL},
        {"curvature", "deg", "mean angle of successive steps", NULL, NULL},
        {"rdm_pattern", "1", "correlation of the RDM with that of patterns", NULL, NULL},
        {"rdm_place", "1", "with that of places", NULL, NULL},
        {"rdm_angle", "1", "with that of angles", NULL, NULL},
        {"activity", "1", "mean standard deviation of a unit", NULL, NULL}};
    enum { COLUMNS = ECP_MOVIES_SCORES + 3 };
    const size_t rows = ((size_t)o->conditions + LAST - 1) * o->seeds;
    double *number = ecp_experiment_alloc(e, COLUMNS * rows, sizeof *number);
    const char **word = ecp_experiment_alloc(e, rows, sizeof *word);
    struct ecp_table_column column[COLUMNS] = {
        {"condition", "1", "what was learnt", NULL, word},
        {"layer", "1", "0: the retina", number, NULL},
        {"seed", "1", "of patterns, movies and network", number + rows, NULL}};
    if (!number || !word)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    size_t at = 0;
    for (int c = 0; c < o->conditions; c++)
        for (int l = c == ECP_MOVIES_LEARNT ? 1 : layer_of(c); l <= layer_of(c); l++)
            for (size_t s = 0; s < o->seeds; s++, at++) {
                word[at] = ecp_movies_conditions[c];
                number[at] = l;
                number[rows + at] = (double)s;
                for (size_t k = 0; k < ECP_MOVIES_SCORES; k++)
                    number[(2 + k) * rows + at] = o->score[c][l][s][k];
            }
    for (size_t k = 0; k < ECP_MOVIES_SCORES; k++) {
        column[3 + k] = meant[k];
        column[3 + k].data = number + (2 + k) * rows;
    }
    return ecp_experiment_table(e, "scores", rows, column, COLUMNS);
}

static enum ecp_status put_agreement(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    const size_t n = (size_t)o->conditions;
    double *number = ecp_experiment_alloc(e, 5 * n, sizeof *number);
    if (!number)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t c = 0; c < n; c++) {
        const struct ecp_movies_agreement *a = &o->agreement[c];
        const double row[] = {a->score, a->error, a->p_permuted, a->ceiling_lower,
                              a->ceiling_upper};
        for (size_t k = 0; k < 5; k++)
            number[k * n + c] = row[k];
    }
    const struct ecp_table_column column[] = {
        {"condition", "1", "what was learnt", NULL, ecp_movies_conditions},
        {"score", "1", "correlation of RDMs with that of patterns, mean of seeds", number, NULL},
        {"error", "1", "its standard error over seeds", number + n, NULL},
        {"p_permuted", "1", "chance that views in another order agree so well", number + 2 * n,
         NULL},
        {"ceiling_lower", "1", "likeness of a seed's RDM to the mean of the others'",
         number + 3 * n, NULL},
        {"ceiling_upper", "1", "to the mean of all", number + 4 * n, NULL}};
    return ecp_experiment_table(e, "agreement", n, column, sizeof column / sizeof *column);
}

/* ---- figures ------------------------------ */

enum { BARS = ECP_MOVIES_CONDITIONS, PANELS = 4 };

/* A bar for each condition, its error, and (chance > 0) a dashed line. */
static struct ecp_picture bars(struct ecp_experiment *e, const struct ecp_movies_outcome *o,
                               const char *title, int what, double chance,
                               struct ecp_picture_axis axis)
{
    static const char *const names[] = {"pixels",  "before",  "shuffled", "learnt",
                                        "no pred", "no Hebb", "no decor"};
    static const double ends[] = {0.4, BARS + 0.6};
    const size_t n = (size_t)o->conditions, lines = n + 2;
    struct ecp_line *line = ecp_experiment_alloc(e, lines, sizeof *line);
    double *y = ecp_experiment_alloc(e, 9 * n + 2, sizeof *y);
    if (!line || !y)
        return (struct ecp_picture){.title = title};
    double *middle = y, *height = y + n, *error = y + 2 * n, *side = y + 3 * n;
    for (size_t c = 0; c < n; c++, side += 6) {
        middle[c] = (double)c + 1;
        height[c] = mean(o, (int)c, layer_of((int)c), what, &error[c]);
        error[c] = isnan(error[c]) ? 0 : error[c];
        side[0] = middle[c] - 0.35;
        side[1] = middle[c] + 0.35;
        side[4] = side[5] = height[c];
        line[c] = (struct ecp_line){.kind = ECP_AREA,
                                    .colour = c == ECP_MOVIES_LEARNT ? 0 : 7,
                                    .n = 2,
                                    .x = side,
                                    .y = side + 2,
                                    .upper = side + 4};
    }
    line[n] = (struct ecp_line){.kind = ECP_DOTS,
                                .colour = ECP_COLOUR_BLACK,
                                .n = n,
                                .x = middle,
                                .y = height,
                                .error = error};
    side[0] = side[1] = chance;
    line[n + 1] = (struct ecp_line){
        .kind = ECP_DASHES, .colour = ECP_COLOUR_BLACK, .n = 2, .x = ends, .y = side};
    return (struct ecp_picture){.title = title,
                                .x = {"", NULL, 0.4, (double)n + 0.6, 0},
                                .y = axis,
                                .n_names = n,
                                .name_at = names,
                                .n_lines = chance > 0 ? lines : lines - 1,
                                .line = line};
}

static enum ecp_status draw_scores(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    const double guess = 1 / (double)o->test->patterns;
    const struct ecp_picture pictures[PANELS] = {
        bars(e, o, "patterns named at other places, angles", -1, guess,
             (struct ecp_picture_axis){"share", "1", 0, 1, 0}),
        bars(e, o, "curvature of movies", ECP_MOVIES_CURVATURE, 0,
             (struct ecp_picture_axis){"angle", "deg", 0, 120, 0}),
        bars(e, o, "RDM agrees with that of patterns", ECP_MOVIES_RDM_PATTERN, 0,
             (struct ecp_picture_axis){"correlation", "1", -0.1, 0.5, 0}),
        bars(e, o, "places named: what is kept", ECP_MOVIES_PLACE, 0.25,
             (struct ecp_picture_axis){"share", "1", 0, 1, 0})};
    return ecp_experiment_figure(e, "lpl_movies", "What is learnt from patterns that move",
                                 pictures, PANELS, 2);
}

enum { SHOWN = 3 /* frames of a movie */, EVERY = 4 };

/* Frames of the first movie, side by side. */
static struct ecp_picture strip(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    const size_t side = o->setup->side, wide = SHOWN * (side + 1) - 1, last = o->setup->frames - 1;
    const double *x = o->test->frame + o->test->n_stills * o->test->pixels;
    double *heat = ecp_experiment_alloc(e, side * wide, sizeof *heat);
    for (size_t k = 0; heat && k < side * wide; k++) {
        const size_t row = side - 1 - k / wide, f = EVERY * (k % wide / (side + 1));
        const size_t column = k % wide % (side + 1), frame = f < last ? f : last;
        heat[k] = column < side ? x[frame * o->test->pixels + row * side + column] : NAN;
    }
    return (struct ecp_picture){.title = "a movie, every fourth frame",
                                .x = {"pixel", NULL, 0, (double)wide, 0},
                                .y = {"pixel", NULL, 0, (double)side, 0},
                                .rows = heat ? side : 0,
                                .columns = heat ? wide : 0,
                                .heat = heat,
                                .heat_name = "brightness"};
}

/* Dissimilarities of the first seed, mean over places and angles, over the largest. */
static struct ecp_picture map(struct ecp_experiment *e, const struct ecp_movies_outcome *o,
                              int condition, const char *title)
{
    enum { EACH = ECP_MOVIES_SECTORS * ECP_MOVIES_SECTORS };
    const struct ecp_movies_test *t = o->test;
    const size_t n = t->patterns;
    const double *rdm = o->rdm[condition];
    double *heat = ecp_experiment_alloc(e, n * n, sizeof *heat), most = 0;
    for (size_t i = 0, at = 0; heat && i < t->n_views; i++)
        for (size_t j = i + 1; j < t->n_views; j++, at++) {
            heat[i / EACH * n + j / EACH] += rdm[at];
            heat[j / EACH * n + i / EACH] += rdm[at];
        }
    for (size_t k = 0; heat && k < n * n; k++) {
        heat[k] /= k / n == k % n ? EACH * (EACH - 1) : EACH * EACH;
        most = fmax(most, heat[k]);
    }
    for (size_t k = 0; heat && most > 0 && k < n * n; k++)
        heat[k] /= most;
    return (struct ecp_picture){.title = title,
                                .x = {"pattern", NULL, 0.5, (double)n + 0.5, 0},
                                .y = {"pattern", NULL, 0.5, (double)n + 0.5, 0},
                                .rows = heat ? n : 0,
                                .columns = heat ? n : 0,
                                .heat = heat,
                                .heat_name = "dissimilarity"};
}

static enum ecp_status draw_maps(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    const struct ecp_picture pictures[] = {strip(e, o),
                                           map(e, o, ECP_MOVIES_SHUFFLED, "RDM, shuffled"),
                                           map(e, o, ECP_MOVIES_LEARNT, "RDM, learnt")};
    return ecp_experiment_figure(e, "lpl_movies_maps", "Frames, and dissimilarities of patterns",
                                 pictures, sizeof pictures / sizeof *pictures, 2);
}

enum ecp_status ecp_movies_tell(struct ecp_experiment *e, const struct ecp_movies_outcome *o)
{
    enum ecp_status status;
    put(e, o);
    ECP_TRY(put_scores(e, o));
    ECP_TRY(put_agreement(e, o));
    ECP_TRY(draw_scores(e, o));
    status = draw_maps(e, o);
done:
    return status;
}
