#include "analysis/labels.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static int is_angle(const struct ecp_label *label)
{
    return label->unit && (begins(label->unit, "deg") || begins(label->unit, "rad"));
}

/* The label of angles, or NULL. */
static const struct ecp_label *angle_label(const struct ecp_dataset *set)
{
    static const char *const names[] = {"direction", "orientation", "angle"};
    const struct ecp_label *only = NULL;
    size_t n = 0;
    for (size_t w = 0; w < 3; w++)
        for (size_t k = 0; k < set->n_condition_labels; k++)
            if (set->condition_label[k].number && begins(set->condition_label[k].name, names[w]))
                return &set->condition_label[k];
    for (size_t k = 0; k < set->n_condition_labels; k++)
        if (set->condition_label[k].number && is_angle(&set->condition_label[k])) {
            only = &set->condition_label[k];
            n++;
        }
    return n == 1 ? only : NULL;
}

/* Names such as "45", "45.0" or "45 deg". */
static int angle_of_name(const char *name, double *degrees)
{
    char *end = NULL;
    *degrees = strtod(name, &end);
    while (end != name && *end == ' ')
        end++;
    return end != name && isfinite(*degrees) && (*end == '\0' || begins(end, "deg"));
}

enum ecp_status ecp_label_angles(const struct ecp_dataset *set, double *degrees, double *period)
{
    const struct ecp_label *label = angle_label(set);
    const size_t n = set->n_conditions;
    *period = label && begins(label->name, "orientation") ? 180 : 360;
    if (label) {
        const int radians = label->unit && begins(label->unit, "rad");
        for (size_t k = 0; k < n; k++)
            degrees[k] =
                radians ? label->number[k] * 180 / 3.14159265358979323846 : label->number[k];
        return ECP_OK;
    }
    for (size_t k = 0; k < n; k++)
        if (!set->condition || !angle_of_name(set->condition[k], &degrees[k]))
            return ecp_fail(ECP_ECONFIG,
                            "%s: no angle of its conditions is known; allowed: a label "
                            "\"direction\", \"orientation\" or \"angle\", one label in deg, or "
                            "conditions that are named by numbers",
                            set->name);
    return ECP_OK;
}

const struct ecp_label *ecp_label_of_units(const struct ecp_dataset *set, const char *name)
{
    for (size_t k = 0; k < set->n_unit_labels; k++)
        if (strcmp(set->unit_label[k].name, name) == 0)
            return &set->unit_label[k];
    return NULL;
}

static int same(const struct ecp_label *label, size_t a, size_t b)
{
    return label->number ? label->number[a] == label->number[b]
                         : strcmp(label->word[a], label->word[b]) == 0;
}

size_t ecp_label_groups(size_t n, const struct ecp_label *label, size_t *group)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++) {
        size_t j = 0;
        while (j < k && !same(label, j, k))
            j++;
        group[k] = j < k ? group[j] : count++;
    }
    return count;
}

/* ---- grids ------------------------------------------------------------------------------- */

/* First value and the smallest step of n sorted numbers, and how many steps they span. */
static size_t steps(size_t n, const double *x, double *first, double *step)
{
    double *sorted = malloc((n + 1) * sizeof *sorted);
    size_t places = 0;
    if (!sorted)
        return 0;
    memcpy(sorted, x, n * sizeof *x);
    gsl_sort(sorted, 1, n);
    const double span = sorted[n - 1] - sorted[0];
    *first = sorted[0];
    *step = INFINITY;
    for (size_t k = 1; k < n; k++)
        if (sorted[k] - sorted[k - 1] > 1e-6 * span)
            *step = fmin(*step, sorted[k] - sorted[k - 1]);
    places = span > 0 ? (size_t)(span / *step + 0.5) + 1 : 1;
    free(sorted);
    return places;
}

static enum ecp_status no_grid(const struct ecp_dataset *set, const char *why)
{
    return ecp_fail(ECP_ECONFIG, "%s: its units are no grid (%s)", set->name, why);
}

static enum ecp_status from_places(const struct ecp_dataset *set, const double *x, const double *y,
                                   struct ecp_grid *grid)
{
    const size_t p = set->n_units;
    double first_x, first_y, dx, dy;
    for (size_t u = 0; u < p; u++)
        if (!isfinite(x[u]) || !isfinite(y[u]))
            return no_grid(set, "a place is not finite");
    grid->width = steps(p, x, &first_x, &dx);
    grid->height = steps(p, y, &first_y, &dy);
    if (grid->width == 0 || grid->height == 0)
        return ecp_fail(ECP_ENOMEM, "no memory for a grid of %zu units", p);
    grid->spacing = fmin(dx, dy);
    if (isinf(grid->spacing))
        return no_grid(set, "all in one place");
    if (isfinite(dx) && isfinite(dy) && fabs(dx - dy) > 1e-3 * grid->spacing)
        return no_grid(set, "steps of x and y differ");
    if ((double)grid->width * (double)grid->height > 64 * (double)p)
        return no_grid(set, "most places would be empty");
    grid->unit = malloc(grid->width * grid->height * sizeof *grid->unit);
    if (!grid->unit)
        return ecp_fail(ECP_ENOMEM, "no memory for a grid of %zu units", p);
    for (size_t k = 0; k < grid->width * grid->height; k++)
        grid->unit[k] = SIZE_MAX;
    for (size_t u = 0; u < p; u++) {
        const double cx = (x[u] - first_x) / grid->spacing, cy = (y[u] - first_y) / grid->spacing;
        const double column = floor(cx + 0.5), row = floor(cy + 0.5);
        size_t *at = &grid->unit[(size_t)row * grid->width + (size_t)column];
        if (fabs(cx - column) > 1e-3 * (1 + cx) || fabs(cy - row) > 1e-3 * (1 + cy))
            return no_grid(set, "places between the lines");
        if (*at != SIZE_MAX)
            return no_grid(set, "two units in one place");
        *at = u;
    }
    return ECP_OK;
}

enum ecp_status ecp_label_grid(const struct ecp_dataset *set, size_t width, struct ecp_grid *out)
{
    const struct ecp_label *x = ecp_label_of_units(set, "x"), *y = ecp_label_of_units(set, "y");
    const size_t p = set->n_units;
    struct ecp_grid grid = {.spacing = 1};
    if (width > 0) {
        grid.width = width;
        grid.height = (p + width - 1) / width;
        grid.unit = malloc((grid.width * grid.height + 1) * sizeof *grid.unit);
        if (!grid.unit)
            return ecp_fail(ECP_ENOMEM, "no memory for a grid of %zu units", p);
        for (size_t k = 0; k < grid.width * grid.height; k++)
            grid.unit[k] = k < p ? k : SIZE_MAX;
    } else if (x && y && x->number && y->number && p > 0) {
        const enum ecp_status status = from_places(set, x->number, y->number, &grid);
        if (status != ECP_OK) {
            free(grid.unit);
            return status;
        }
    } else {
        return ecp_fail(ECP_ECONFIG,
                        "%s: the places of its units are not known; allowed: unit labels x and "
                        "y, or a width",
                        set->name);
    }
    *out = grid;
    return ECP_OK;
}
