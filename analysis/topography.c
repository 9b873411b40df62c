/* topography.c -- how preferences lie on a sheet: orientation maps with pinwheels, smoothness,
 * patches of a category.
 *
 * A unit's orientation is the angle of z = sum R e^(2 i a)/sum R. On a grid (unit labels x and y,
 * or `width`) z is smoothed; a pinwheel is a loop of 4 pixels around which the orientation
 * turns by +-1/2. Density: pinwheels in an area of the squared wavelength, pi (1 + variance)
 * for Gaussian random fields, the variance being that of the spectrum. Smoothness: mean
 * difference of the orientations of two units, by their distance and over its mean (the
 * curve); S = (max - first)/max. Patches: neighbouring units whose t (or d') of a category
 * against the others passes a threshold, on average over categories; the control moves units
 * to random places. Verified in tests/verify/verify_topography.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/labels.h"
#include "analysis/maps.h"
#include "analysis/patches.h"
#include "analysis/topography_units.h"
#include "engine/analysis.h"
#include "engine/chance.h"
#include "engine/dataset.h"
#include "engine/experiment.h"

enum {
    WIDTH,
    SIGMA,
    BINS,
    SELECTIVITY,
    THRESHOLD,
    LEAST,
    PERMUTATIONS,
    COMPAT,
    PINWHEELS,
    WAVELENGTH,
    DENSITY,
    VARIANCE,
    SMOOTHNESS,
    PATCHES,
    PATCH_SIZE,
    SELECTIVE,
    END
};

static const struct ecp_field fields[] = {
    [WIDTH] = {"width", "1", 0, 0, 1e6, "units in a row of the grid; 0: by the labels x and y",
               ECP_WHOLE},
    [SIGMA] = {"sigma", "1", 1, 0, 1e3, "of the Gaussian that smooths maps, in units of the grid",
               ECP_PARAM},
    [BINS] = {"bins", "1", 20, 2, 1000, "of distance, up to half of the largest", ECP_WHOLE},
    [SELECTIVITY] = {"selectivity", "1", 0, 0, 1, "of a unit for a category", ECP_PARAM},
    [THRESHOLD] = {"threshold", "1", 2, -1e6, 1e6, "from which a unit is selective", ECP_PARAM},
    [LEAST] = {"least", "1", 4, 1, 1e6, "units of a patch", ECP_WHOLE},
    [PERMUTATIONS] = {"permutations", "1", 200, 0, 1e5, "of the places of units", ECP_WHOLE},
    [COMPAT] = {"compat", "1", 0, 0, 1, "1: pinwheels as TDANN counts them, by an open loop",
                ECP_WHOLE},
    [PINWHEELS] = {"pinwheels", "1", 0, 0, INFINITY, "number of both signs", ECP_RESULT},
    [WAVELENGTH] = {"wavelength", "1", 0, 0, INFINITY,
                    "of the orientation map, in the unit of x and y", ECP_RESULT},
    [DENSITY] = {"density", "1", 0, 0, INFINITY, "pinwheels in a squared wavelength", ECP_RESULT},
    [VARIANCE] = {"variance", "1", 0, 0, INFINITY,
                  "relative, of wave numbers; a Gaussian random field has density pi (1 + this)",
                  ECP_RESULT},
    [SMOOTHNESS] = {"smoothness", "1", 0, -INFINITY, 1,
                    "1 - difference of near units over the largest; p: of as much at random places",
                    ECP_RESULT},
    [PATCHES] = {"patches", "1", 0, 0, INFINITY, "of all categories", ECP_RESULT},
    [PATCH_SIZE] = {"patch_size", "1", 0, 0, INFINITY,
                    "mean units of a patch; p: of as much at random places", ECP_RESULT},
    [SELECTIVE] = {"selective", "1", 0, 0, 1, "share of units selective for a category",
                   ECP_RESULT},
    [END] = {0}};

static const struct ecp_choice choices[] = {{"selectivity", "t dprime"}, {NULL, NULL}};

enum { FOR_PLACES = 71, FOR_PAIRS, MOST_PAIRS = 200000 };

struct scene {
    const struct ecp_score_call *call;
    const struct ecp_dataset *set;
    int model;           /* -1: the data */
    const double *x, *y; /* places of units */
    struct ecp_grid grid;
    int gridded;
};

/* ---- orientation maps -------------------------------------------------------------------- */

/* Values of units to pixels. */
static void lay_out(const struct scene *s, const double *of_unit, double *map)
{
    for (size_t k = 0; k < s->grid.width * s->grid.height; k++)
        map[k] = s->grid.unit[k] < s->set->n_units ? of_unit[s->grid.unit[k]] : NAN;
}

static void put_undefined(const struct scene *s, int first, int last, const char *why)
{
    for (int f = first; f <= last; f++)
        ecp_sheet_put(s->call->sheet, s->model, f, ECP_UNDEFINED(why));
}

static void put_map(const struct scene *s, struct ecp_pinwheels found, double wavelength,
                    double variance)
{
    static const char *const why = "no structure, or fewer than two wavelengths across";
    struct ecp_sheet *sheet = s->call->sheet;
    const double all = (double)found.positive + (double)found.negative;
    const int structured = !isnan(wavelength);
    ecp_sheet_put(sheet, s->model, PINWHEELS,
                  found.area > 0 ? ECP_ESTIMATE(all) : ECP_UNDEFINED("no loop of 4 units"));
    ecp_sheet_put(sheet, s->model, WAVELENGTH,
                  structured ? ECP_ESTIMATE(wavelength * s->grid.spacing) : ECP_UNDEFINED(why));
    ecp_sheet_put(sheet, s->model, VARIANCE,
                  structured ? ECP_ESTIMATE(variance) : ECP_UNDEFINED(why));
    ecp_sheet_put(sheet, s->model, DENSITY,
                  structured && found.area > 0
                      ? ECP_ESTIMATE(all * wavelength * wavelength / found.area)
                      : ECP_UNDEFINED(why));
}

static enum ecp_status score_map(const struct scene *s, const double *zx, const double *zy)
{
    const size_t w = s->grid.width, h = s->grid.height, n = w * h;
    double *x = malloc((3 * n + 1) * sizeof *x), wavelength, variance;
    struct ecp_pinwheels found;
    enum ecp_status status = ECP_OK;
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory for a map of %zu units", n);
    double *y = x + n, *angle = y + n;
    lay_out(s, zx, x);
    lay_out(s, zy, y);
    ECP_TRY(ecp_map_smooth(w, h, s->call->param[SIGMA], x));
    ECP_TRY(ecp_map_smooth(w, h, s->call->param[SIGMA], y));
    ecp_map_angles(n, x, y, angle);
    ECP_TRY(ecp_map_pinwheels(w, h, angle, s->call->param[COMPAT] > 0, &found));
    ECP_TRY(ecp_map_wavelength(w, h, x, y, &wavelength, &variance));
    put_map(s, found, wavelength, variance);
done:
    free(x);
    return status;
}

/* ---- smoothness -------------------------------------------------------------------------- */

/* Mean difference of each bin over that of all pairs; NAN: an empty bin. `order`: the unit that
 * stands at each place. Returns S. */
static double curve_of(const struct ecp_pairs *pairs, const double *angle, const size_t *order,
                       double *curve, double *count)
{
    double all = 0, most = -INFINITY;
    memset(curve, 0, pairs->bins * sizeof *curve);
    memset(count, 0, pairs->bins * sizeof *count);
    for (size_t k = 0; k < pairs->n; k++) {
        const struct ecp_pair *p = &pairs->pair[k];
        const double d = fabs(angle[order[p->a]] - angle[order[p->b]]);
        const double difference = d > 90 ? 180 - d : d;
        if (isnan(difference))
            continue;
        curve[p->bin] += difference;
        count[p->bin]++;
        all += difference;
    }
    double used = 0;
    for (size_t b = 0; b < pairs->bins; b++)
        used += count[b];
    for (size_t b = 0; b < pairs->bins; b++) {
        curve[b] = count[b] > 0 ? curve[b] / count[b] / (all / used) : NAN;
        most = fmax(most, curve[b]);
    }
    size_t first = 0;
    while (first + 1 < pairs->bins && isnan(curve[first]))
        first++;
    return most > 0 ? (most - curve[first]) / most : NAN;
}

static enum ecp_status put_curve(const struct scene *s, const struct ecp_pairs *pairs,
                                 const double *curve, const double *count)
{
    double *distance = malloc((pairs->bins + 1) * sizeof *distance);
    if (!distance)
        return ecp_fail(ECP_ENOMEM, "no memory for a curve");
    for (size_t b = 0; b < pairs->bins; b++)
        distance[b] = ((double)b + 0.5) * pairs->width;
    const struct ecp_table_column column[] = {
        {"distance", "1", "of two units, middle of the bin", distance, NULL},
        {"difference", "1", "of their orientations, over the mean of all pairs", curve, NULL},
        {"pairs", "1", "that were looked at", count, NULL}};
    const enum ecp_status status =
        ecp_sheet_table(s->call->sheet, "distances", pairs->bins, column, 3);
    free(distance);
    return status;
}

static enum ecp_status score_smoothness(const struct scene *s, const double *zx, const double *zy)
{
    const size_t p = s->set->n_units, tries = (size_t)s->call->param[PERMUTATIONS];
    struct ecp_chance chance = ecp_chance(s->call->seed, FOR_PAIRS, 0);
    struct ecp_pairs pairs = {.bins = (size_t)s->call->param[BINS]};
    double *memory = malloc((p + 4 * pairs.bins + 1) * sizeof *memory), more = 1;
    size_t *order = malloc((p + 1) * sizeof *order);
    enum ecp_status status = ECP_OK;
    if (!memory || !order) {
        status = ecp_fail(ECP_ENOMEM, "no memory for pairs of %zu units", p);
        goto done;
    }
    double *angle = memory, *curve = angle + p, *count = curve + pairs.bins;
    double *other = count + pairs.bins;
    ecp_map_angles(p, zx, zy, angle);
    ECP_TRY(ecp_pairs_take(p, s->x, s->y, MOST_PAIRS, &chance, &pairs));
    for (size_t u = 0; u < p; u++)
        order[u] = u;
    const double smoothness = curve_of(&pairs, angle, order, curve, count);
    for (size_t k = 0; k < tries && !isnan(smoothness); k++) {
        chance = ecp_chance(s->call->seed, FOR_PLACES, (uint32_t)k);
        ecp_chance_order(&chance, p, order);
        more += curve_of(&pairs, angle, order, other, other + pairs.bins) >= smoothness;
        ECP_TRY(ecp_sheet_progress(s->call->sheet, (double)k / (double)tries));
    }
    struct ecp_estimate estimate = isnan(smoothness)
                                       ? ECP_UNDEFINED("fewer than two units with an orientation, "
                                                       "or all have the same")
                                       : ECP_ESTIMATE(smoothness);
    estimate.p = isnan(smoothness) || tries == 0 ? NAN : more / (double)(tries + 1);
    ecp_sheet_put(s->call->sheet, s->model, SMOOTHNESS, estimate);
    if (s->model < 0)
        status = put_curve(s, &pairs, curve, count);
done:
    ecp_pairs_drop(&pairs);
    free(memory);
    free(order);
    return status;
}

static enum ecp_status score_orientation(const struct scene *s)
{
    static const char *const why = "no angle of the conditions is known";
    const size_t p = s->set->n_units, n = s->set->n_conditions;
    double *angle = malloc((n + 2 * p + 1) * sizeof *angle), period;
    enum ecp_status status = ECP_OK;
    if (!angle)
        return ecp_fail(ECP_ENOMEM, "no memory for orientations of %zu units", p);
    double *zx = angle + n, *zy = zx + p;
    if (ecp_label_angles(s->call->data, angle, &period) != ECP_OK) {
        ecp_error_clear();
        put_undefined(s, PINWHEELS, SMOOTHNESS, why);
        goto done;
    }
    ECP_TRY(ecp_orientation_vectors(n, p, angle, s->set->mean, zx, zy));
    if (s->gridded)
        ECP_TRY(score_map(s, zx, zy));
    else
        put_undefined(s, PINWHEELS, VARIANCE, "the places of units are no grid");
    status = score_smoothness(s, zx, zy);
done:
    free(angle);
    return status;
}

/* ---- patches ----------------------------------------------------------------------------- */

static enum ecp_status put_categories(const struct scene *s, const struct ecp_label *label,
                                      const struct ecp_patch_search *o,
                                      const struct ecp_patch_count *of)
{
    const size_t g = o->n_groups, n = s->call->data->n_conditions;
    double *number = malloc((3 * g + 1) * sizeof *number);
    const char **name = malloc((g + 1) * sizeof *name);
    enum ecp_status status = ECP_ENOMEM;
    if (number && name) {
        for (size_t k = n; k-- > 0;)
            name[o->group[k]] = label->word[k];
        for (size_t k = 0; k < g; k++) {
            number[k] = (double)of[k].number;
            number[g + k] = ecp_patch_size(of[k]);
            number[2 * g + k] = (double)of[k].largest;
        }
        const struct ecp_table_column column[] = {
            {"category", "1", "of conditions", NULL, name},
            {"patches", "1", "of units that prefer it", number, NULL},
            {"size", "1", "mean units of a patch", number + g, NULL},
            {"largest", "1", "units of the largest patch", number + 2 * g, NULL}};
        status = ecp_sheet_table(s->call->sheet, "patches", g, column, 4);
    }
    free(number);
    free(name);
    return status == ECP_ENOMEM ? ecp_fail(ECP_ENOMEM, "no memory for %zu categories", g) : status;
}

static void put_patches(const struct scene *s, const struct ecp_patch_search *o,
                        struct ecp_patch_count found, double p_value)
{
    const size_t p = s->set->n_units;
    double selective = 0, known = 0;
    for (size_t u = 0; u < p; u++) {
        int any = 0, defined = 0;
        for (size_t g = 0; g < o->n_groups; g++) {
            any |= o->selectivity[g * p + u] > s->call->param[THRESHOLD];
            defined |= !isnan(o->selectivity[g * p + u]);
        }
        selective += any;
        known += defined;
    }
    if (!(known > 0)) {
        put_undefined(s, PATCHES, SELECTIVE, "no category has two conditions that differ");
        return;
    }
    struct ecp_estimate size =
        found.number > 0 ? ECP_ESTIMATE(ecp_patch_size(found)) : ECP_UNDEFINED("there is no patch");
    size.p = found.number > 0 ? p_value : NAN;
    ecp_sheet_put(s->call->sheet, s->model, PATCHES, ECP_ESTIMATE((double)found.number));
    ecp_sheet_put(s->call->sheet, s->model, PATCH_SIZE, size);
    ecp_sheet_put(s->call->sheet, s->model, SELECTIVE, ECP_ESTIMATE(selective / known));
}

static enum ecp_status score_categories(const struct scene *s, const struct ecp_label *label)
{
    const size_t n = s->call->data->n_conditions, p = s->set->n_units;
    const size_t tries = (size_t)s->call->param[PERMUTATIONS];
    size_t *group = malloc((n + p + 1) * sizeof *group), *order = group + n;
    struct ecp_patch_search search = {.grid = &s->grid,
                                      .n = n,
                                      .p = p,
                                      .mean = s->set->mean,
                                      .group = group,
                                      .dprime = s->call->param[SELECTIVITY] > 0,
                                      .sigma = s->call->param[SIGMA],
                                      .threshold = s->call->param[THRESHOLD],
                                      .least = (size_t)s->call->param[LEAST]};
    struct ecp_patch_count found, control, *each = calloc(n + 1, sizeof *each);
    double more = 1;
    enum ecp_status status = ECP_OK;
    if (!group || !each) {
        status = ecp_fail(ECP_ENOMEM, "no memory for patches of %zu units", p);
        goto done;
    }
    search.n_groups = ecp_label_groups(n, label, group);
    ECP_TRY(ecp_patch_search_begin(&search));
    ECP_TRY(ecp_patch_search_find(&search, NULL, each, &found));
    for (size_t k = 0; k < tries && found.number > 0; k++) {
        struct ecp_chance chance = ecp_chance(s->call->seed, FOR_PLACES, (uint32_t)k);
        ecp_chance_order(&chance, p, order);
        ECP_TRY(ecp_patch_search_find(&search, order, NULL, &control));
        more += ecp_patch_size(control) >= ecp_patch_size(found);
        ECP_TRY(ecp_sheet_progress(s->call->sheet, (double)k / (double)tries));
    }
    put_patches(s, &search, found, tries > 0 ? more / (double)(tries + 1) : NAN);
    if (s->model < 0)
        status = put_categories(s, label, &search, each);
done:
    ecp_patch_search_end(&search);
    free(group);
    free(each);
    return status;
}

/* ---- as a measure ------------------------------------------------------------------------ */

/* Places by labels, or of the grid; xy: 2 p. ECP_ECONFIG: unknown. */
static enum ecp_status find_places(struct scene *s, double *xy)
{
    const size_t p = s->set->n_units, width = (size_t)s->call->param[WIDTH];
    const struct ecp_label *x = ecp_label_of_units(s->set, "x");
    const struct ecp_label *y = ecp_label_of_units(s->set, "y");
    const int labelled = width == 0 && x && y && x->number && y->number;
    const enum ecp_status status = ecp_label_grid(s->set, width, &s->grid);
    s->gridded = status == ECP_OK;
    if (!s->gridded && (status != ECP_ECONFIG || !labelled))
        return status;
    ecp_error_clear();
    for (size_t u = 0; u < p; u++) {
        xy[u] = labelled ? x->number[u] : (double)(u % width);
        xy[p + u] = labelled ? y->number[u] : (double)(u / width);
    }
    s->x = xy;
    s->y = xy + p;
    return ECP_OK;
}

static enum ecp_status score_set(const struct ecp_score_call *call, int model)
{
    struct scene s = {
        .call = call, .set = model < 0 ? call->data : call->model[model], .model = model};
    const struct ecp_label *label = ecp_dataset_label(call->data, "category");
    double *places = malloc((2 * s.set->n_units + 1) * sizeof *places);
    enum ecp_status status = ECP_OK;
    if (!places)
        return ecp_fail(ECP_ENOMEM, "no memory for places of %zu units", s.set->n_units);
    ECP_TRY(find_places(&s, places));
    ECP_TRY(score_orientation(&s));
    if (!s.gridded)
        put_undefined(&s, PATCHES, SELECTIVE, "the places of units are no grid");
    else if (!label || !label->word)
        put_undefined(&s, PATCHES, SELECTIVE, "the conditions have no label \"category\"");
    else
        status = score_categories(&s, label);
done:
    free(s.grid.unit);
    free(places);
    return status;
}

static enum ecp_status score(const struct ecp_score_call *call)
{
    enum ecp_status status = score_set(call, -1);
    for (size_t k = 0; k < call->n_models && status == ECP_OK; k++)
        status = score_set(call, (int)k);
    return status;
}

static void cost(const struct ecp_score_call *call, double *bytes, double *operations)
{
    const double n = (double)call->data->n_conditions, p = (double)call->data->n_units;
    const double pairs = fmin(p * p / 2, MOST_PAIRS);
    *bytes = 8 * (p * 40 + n) + 24 * pairs;
    *operations = 10 * n * p +
                  call->param[PERMUTATIONS] * (10 * pairs + 60 * p * (1 + 8 * call->param[SIGMA]));
}

const struct ecp_analysis ecp_analysis_topography = {
    .name = "topography",
    .summary = "orientation maps, pinwheels, smoothness and category patches of a sheet of units",
    .equations =
        "z = sum R e^(2 i a)/sum R, smoothed; pinwheel: a loop of 4 units that turns by +-1/2\n"
        "density = pinwheels wavelength^2/area; smoothness = (max c - c_1)/max c, c the mean\n"
        "difference of orientations by distance; patch: neighbours with t > threshold",
    .reference = "Wolf & Geisel 1998, doi:10.1038/25736; Kaschube et al. 2010, "
                 "doi:10.1126/science.1194869; Margalit et al. 2024, "
                 "doi:10.1016/j.neuron.2024.04.018",
    .verified_by = "tests/verify/verify_topography.c",
    .fields = fields,
    .choices = choices,
    .score = score,
    .needs = ECP_NEEDS_MEANS,
    .cost = cost};
