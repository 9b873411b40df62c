/* lpl_movies_scores.c -- what the scenario lpl_movies shows, and how responses to it are scored:
 * all by measures of the library. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/dataset.h"
#include "engine/sheet.h"
#include "scenarios/lpl_movies.h"

enum { STREAM_STILLS = 0x4d5653, STREAM_MOVIES };
enum { PLACES = ECP_MOVIES_SECTORS, ANGLES = ECP_MOVIES_SECTORS };
enum { PATTERN, PLACE, QUARTER, UNSEEN, LABELS };

/* ---- what is shown ------------------------------ */

static enum ecp_status make_room(struct ecp_experiment *e, struct ecp_movies_test *t)
{
    const size_t in_movies = t->n_movies * t->frames;
    t->frame = ecp_experiment_alloc(e, t->n * t->pixels, sizeof *t->frame);
    t->movie = ecp_experiment_alloc(e, in_movies, sizeof *t->movie);
    for (int k = 0; k < LABELS; k++)
        t->label[k] = ecp_experiment_alloc(e, t->n_stills, sizeof *t->label[k]);
    for (int k = 0; k < 3; k++) {
        t->by_pattern[k] = ecp_experiment_alloc(e, t->n_views, sizeof *t->by_pattern[k]);
        t->rdm[k] = ecp_experiment_alloc(e, t->n_pairs, sizeof *t->rdm[k]);
        if (!t->by_pattern[k] || !t->rdm[k])
            t->frame = NULL;
    }
    if (!t->frame || !t->movie || !t->label[PATTERN] || !t->label[PLACE] || !t->label[QUARTER] ||
        !t->label[UNSEEN])
        return ecp_fail(ECP_ENOMEM, "no memory for %zu frames to test with", t->n);
    return ECP_OK;
}

static void add_noise(struct ecp_chance *chance, size_t n, double noise, double *x)
{
    for (size_t k = 0; k < n; k++)
        x[k] += noise * ecp_chance_normal(chance);
}

static void fill_stills(const struct ecp_movies_world *world, const struct ecp_movies_setup *setup,
                        double noise, uint64_t seed, struct ecp_movies_test *t)
{
    struct ecp_chance chance = ecp_chance(seed, STREAM_STILLS, 0);
    for (size_t k = 0; k < t->n_stills; k++) {
        const struct ecp_movies_view view = ecp_movies_any_view(setup, &chance);
        ecp_movies_frame(world, view, t->frame + k * t->pixels);
        t->label[PATTERN][k] = (double)view.pattern;
        t->label[PLACE][k] = (double)ecp_movies_place(setup, view);
        t->label[QUARTER][k] = (double)ecp_movies_quarter(view);
        t->label[UNSEEN][k] = ecp_movies_is_unseen(setup, view);
    }
    add_noise(&chance, t->n_stills * t->pixels, noise, t->frame);
}

static void fill_movies(const struct ecp_movies_world *world, const struct ecp_movies_setup *setup,
                        uint64_t seed, struct ecp_movies_test *t)
{
    double *x = t->frame + t->n_stills * t->pixels;
    for (size_t m = 0; m < t->n_movies; m++) {
        struct ecp_chance chance = ecp_chance(seed, STREAM_MOVIES, (uint32_t)m);
        const struct ecp_movies_movie movie = ecp_movies_any(setup, &chance, 1);
        for (size_t f = 0; f < t->frames; f++) {
            ecp_movies_frame(world, ecp_movies_at(&movie, (double)f),
                             x + (m * t->frames + f) * t->pixels);
            t->movie[m * t->frames + f] = (double)m;
        }
    }
}

/* The middle of each quadrant, and of each quarter of the circle. */
static void fill_views(const struct ecp_movies_world *world, const struct ecp_movies_setup *setup,
                       double noise, uint64_t seed, struct ecp_movies_test *t)
{
    double *x = t->frame + (t->n_stills + t->n_movies * t->frames) * t->pixels;
    struct ecp_chance chance = ecp_chance(seed, STREAM_STILLS, 1);
    for (size_t k = 0; k < t->n_views; k++) {
        const size_t place = k / ANGLES % PLACES, angle = k % ANGLES;
        const double quarter = (double)setup->side / 4;
        const struct ecp_movies_view view = {.pattern = k / (PLACES * ANGLES),
                                             .y = place / 2 ? quarter : -quarter,
                                             .x = place % 2 ? quarter : -quarter,
                                             .angle = (0.5 + (double)angle) * acos(0)};
        ecp_movies_frame(world, view, x + k * t->pixels);
        t->by_pattern[0][k] = view.pattern;
        t->by_pattern[1][k] = place;
        t->by_pattern[2][k] = angle;
    }
    add_noise(&chance, t->n_views * t->pixels, noise, x);
    for (int m = 0; m < 3; m++)
        for (size_t i = 0, at = 0; i < t->n_views; i++)
            for (size_t j = i + 1; j < t->n_views; j++)
                t->rdm[m][at++] = t->by_pattern[m][i] != t->by_pattern[m][j];
}

enum ecp_status ecp_movies_show(struct ecp_experiment *e, const struct ecp_movies_world *world,
                                const struct ecp_movies_setup *setup, size_t n_stills,
                                size_t n_movies, double noise, uint64_t seed,
                                struct ecp_movies_test *out)
{
    struct ecp_movies_test *t = out;
    enum ecp_status status;
    *t = (struct ecp_movies_test){.n_stills = n_stills,
                                  .n_movies = n_movies,
                                  .frames = setup->frames,
                                  .patterns = setup->patterns,
                                  .pixels = setup->side * setup->side,
                                  .n_views = PLACES * ANGLES * setup->patterns};
    t->n_pairs = t->n_views * (t->n_views - 1) / 2;
    t->n = n_stills + n_movies * t->frames + t->n_views;
    ECP_TRY(make_room(e, t));
    fill_stills(world, setup, noise, seed, t);
    fill_movies(world, setup, seed, t);
    fill_views(world, setup, noise, seed, t);
done:
    return status;
}

/* ---- measures of the library ------------------------------ */

struct setting {
    const char *name;
    double value;
};

/* A measure with its defaults but for those settings; n_models 0: of the data alone. */
static enum ecp_status measure(const char *name, const struct setting *setting, size_t n_settings,
                               struct ecp_sheet_call call, struct ecp_sheet **out)
{
    const struct ecp_analysis *found;
    double *param = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_analysis_find(name, &found));
    const size_t n = ecp_field_count(found->fields);
    param = malloc((n + 1) * sizeof *param);
    if (!param) {
        status = ecp_fail(ECP_ENOMEM, "no memory for the parameters of %s", name);
        goto done;
    }
    for (size_t k = 0; k < n; k++)
        param[k] = found->fields[k].initial;
    for (size_t k = 0; k < n_settings; k++)
        param[ecp_field_find(found->fields, setting[k].name)] = setting[k].value;
    call.measure = found;
    call.param = param;
    ECP_TRY(ecp_sheet_create(out));
    status = ecp_sheet_score(*out, &call);
done:
    free(param);
    return status;
}

/* Share right in the second part after learning from the first, of a table "generalisation". */
static double from_one_to_other(const struct ecp_sheet *sheet, double learned, double tested)
{
    const struct ecp_sheet_table *table;
    const size_t n = ecp_sheet_tables(sheet, &table);
    for (size_t k = 0; k < n; k++)
        for (size_t r = 0; strcmp(table[k].name, "generalisation") == 0 && r < table[k].n_rows; r++)
            if (table[k].column[0].data[r] == learned && table[k].column[1].data[r] == tested)
                return table[k].column[2].data[r];
    return NAN;
}

static enum ecp_status decode(const struct ecp_dataset *set, int label, int across, uint64_t seed,
                              double *out)
{
    const struct setting setting[] = {
        {"decoder", 3}, {"label", label + 1}, {"across", across + 1}, {"divide", 1}};
    struct ecp_sheet *sheet = NULL;
    enum ecp_status status;
    ECP_TRY(measure("decoders", setting, sizeof setting / sizeof *setting,
                    (struct ecp_sheet_call){.data = set, .seed = seed}, &sheet));
    if (across == UNSEEN) { /* parts are numbered as they appear */
        const double unseen = set->condition_label[UNSEEN].number[0] > 0 ? 0 : 1;
        *out = from_one_to_other(sheet, 1 - unseen, unseen);
    } else
        *out = ecp_sheet_value(sheet, "decoders", "accuracy", NULL);
done:
    ecp_sheet_destroy(sheet);
    return status;
}

static double mean_sd(size_t n, size_t units, const double *x)
{
    double sum = 0;
    for (size_t u = 0; u < units; u++) {
        double mean = 0, square = 0;
        for (size_t k = 0; k < n; k++)
            mean += x[k * units + u] / (double)n;
        for (size_t k = 0; k < n; k++)
            square += pow(x[k * units + u] - mean, 2) / (double)n;
        sum += sqrt(square) / (double)units;
    }
    return sum;
}

static enum ecp_status score_stills(const struct ecp_movies_test *t, size_t units, const double *x,
                                    uint64_t seed, double *score)
{
    static const char *const name[LABELS] = {"pattern", "place", "quarter", "unseen"};
    static const struct {
        int score, label, across;
    } of[] = {{ECP_MOVIES_ACROSS_PLACE, PATTERN, PLACE},
              {ECP_MOVIES_ACROSS_ANGLE, PATTERN, QUARTER},
              {ECP_MOVIES_UNSEEN, PATTERN, UNSEEN},
              {ECP_MOVIES_PLACE, PLACE, -1},
              {ECP_MOVIES_ANGLE, QUARTER, -1}};
    struct ecp_label label[LABELS];
    struct ecp_dataset *set = NULL;
    enum ecp_status status;
    for (int k = 0; k < LABELS; k++)
        label[k] = (struct ecp_label){.name = name[k], .unit = "1", .number = t->label[k]};
    ECP_TRY(ecp_dataset_create("stills", &set));
    set->n_conditions = t->n_stills;
    set->n_units = units;
    set->mean = x;
    set->n_condition_labels = LABELS;
    set->condition_label = label;
    for (size_t k = 0; k < sizeof of / sizeof *of; k++)
        ECP_TRY(decode(set, of[k].label, of[k].across, seed, &score[of[k].score]));
    score[ECP_MOVIES_SD] = mean_sd(t->n_stills, units, x);
done:
    ecp_dataset_destroy(set);
    return status;
}

static enum ecp_status score_movies(const struct ecp_movies_test *t, size_t units, const double *x,
                                    double *score)
{
    static const struct setting by_movie[] = {{"sequence", 1}};
    const struct ecp_label label = {.name = "movie", .unit = "1", .number = t->movie};
    struct ecp_dataset *set = NULL;
    struct ecp_sheet *sheet = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_dataset_create("movies", &set));
    set->n_conditions = t->n_movies * t->frames;
    set->n_units = units;
    set->mean = x;
    set->n_condition_labels = 1;
    set->condition_label = &label;
    ECP_TRY(measure("straightening", by_movie, 1, (struct ecp_sheet_call){.data = set}, &sheet));
    score[ECP_MOVIES_CURVATURE] = ecp_sheet_value(sheet, "straightening", "curvature", NULL);
done:
    ecp_sheet_destroy(sheet);
    ecp_dataset_destroy(set);
    return status;
}

/* ---- RDMs ------------------------------ */

void ecp_movies_rdm(const struct ecp_movies_test *t, size_t units, const double *x, double *rdm)
{
    for (size_t i = 0; i < t->n_views; i++)
        for (size_t j = i + 1; j < t->n_views; j++) {
            double sum = 0;
            for (size_t u = 0; u < units; u++)
                sum += pow(x[i * units + u] - x[j * units + u], 2);
            *rdm++ = sum / (double)units;
        }
}

static const char *const rdm_names[] = {"pattern", "place", "angle"};

/* Sets of given RDMs: the data, and one for each of the first n_models models. */
static enum ecp_status agree(const struct ecp_movies_test *t, size_t n_rdms, const double *rdm,
                             size_t n_models, size_t permutations, uint64_t seed,
                             struct ecp_sheet **sheet)
{
    const struct setting setting[] = {{"permutations", (double)permutations}};
    struct ecp_dataset *data = NULL, *model[3] = {NULL, NULL, NULL};
    enum ecp_status status;
    ECP_TRY(ecp_dataset_create("responses", &data));
    data->n_conditions = t->n_views;
    data->n_rdms = n_rdms;
    data->rdm = rdm;
    for (size_t k = 0; k < n_models; k++) {
        ECP_TRY(ecp_dataset_create(rdm_names[k], &model[k]));
        model[k]->n_conditions = t->n_views;
        model[k]->n_rdms = 1;
        model[k]->rdm = t->rdm[k];
    }
    status = measure("rsa", setting, 1,
                     (struct ecp_sheet_call){.n_models = n_models,
                                             .model = (const struct ecp_dataset *const *)model,
                                             .data = data,
                                             .seed = seed},
                     sheet);
done:
    for (size_t k = 0; k < n_models; k++)
        ecp_dataset_destroy(model[k]);
    ecp_dataset_destroy(data);
    return status;
}

static enum ecp_status score_rdm(const struct ecp_movies_test *t, size_t units, const double *x,
                                 uint64_t seed, double *score)
{
    double *rdm = malloc(t->n_pairs * sizeof *rdm);
    struct ecp_sheet *sheet = NULL;
    enum ecp_status status;
    if (!rdm)
        return ecp_fail(ECP_ENOMEM, "no memory for dissimilarities");
    ecp_movies_rdm(t, units, x, rdm);
    ECP_TRY(agree(t, 1, rdm, 3, 0, seed, &sheet));
    for (int k = 0; k < 3; k++)
        score[ECP_MOVIES_RDM_PATTERN + k] = ecp_sheet_value(sheet, "rsa", "score", rdm_names[k]);
done:
    ecp_sheet_destroy(sheet);
    free(rdm);
    return status;
}

enum ecp_status ecp_movies_agree(const struct ecp_movies_test *t, size_t seeds, const double *rdm,
                                 size_t permutations, uint64_t seed,
                                 struct ecp_movies_agreement *out)
{
    const struct ecp_sheet_row *row;
    struct ecp_sheet *sheet = NULL;
    enum ecp_status status;
    ECP_TRY(agree(t, seeds, rdm, 1, permutations, seed, &sheet));
    *out = (struct ecp_movies_agreement){
        .score = ecp_sheet_value(sheet, "rsa", "score", rdm_names[0]),
        .error = NAN,
        .p_permuted = ecp_sheet_value(sheet, "rsa", "p_permuted", rdm_names[0]),
        .ceiling_lower = ecp_sheet_value(sheet, "rsa", "ceiling_lower", NULL),
        .ceiling_upper = ecp_sheet_value(sheet, "rsa", "ceiling_upper", NULL)};
    for (size_t k = 0, n = ecp_sheet_rows(sheet, &row); k < n; k++)
        if (strcmp(row[k].field->name, "score") == 0)
            out->error = row[k].estimate.error;
done:
    ecp_sheet_destroy(sheet);
    return status;
}

enum ecp_status ecp_movies_score(const struct ecp_movies_test *t, size_t units, const double *x,
                                 uint64_t seed, double score[ECP_MOVIES_SCORES])
{
    const double *movies = x + t->n_stills * units;
    enum ecp_status status;
    ECP_TRY(score_stills(t, units, x, seed, score));
    ECP_TRY(score_movies(t, units, movies, score));
    status = score_rdm(t, units, movies + t->n_movies * t->frames * units, seed, score);
done:
    return status;
}
