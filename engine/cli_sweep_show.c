/* A sweep as a table on the terminal, and as a figure. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli_sweep.h"
#include "engine/experiment_run.h"
#include "engine/report.h"
#include "engine/store_files.h"

enum { MOST_ROWS = 60, MOST_LINES = 10, MOST_PANELS = 12, HEAT_FROM = 4, CELL = 48 };

/* ---- text ------------------------------------------------------------------------------------ */

static void cell_of(const struct ecp_sweep_work *work, size_t point, size_t column, char *cell)
{
    const struct ecp_sweep *sweep = &work->sweep;
    double mean, sd;
    if (column < sweep->n_axes) {
        (void)snprintf(cell, CELL, "%s",
                       sweep->axis[column].word[ecp_sweep_index(sweep, point, column)]);
        return;
    }
    if (column == sweep->n_axes) {
        const size_t seeds = sweep->n_seeds > 0 ? sweep->n_seeds : 1;
        size_t hold = 0, claims = 0, done = 0;
        for (size_t k = 0; k < seeds; k++) {
            const struct ecp_sweep_job *job = &work->job[point * seeds + k];
            done += job->value != NULL;
            claims += job->value ? job->n_claims : 0;
            hold += job->value ? job->n_claims - job->n_failed : 0;
        }
        /* Claims rather than runs: off the defaults hardly a run has all of them. */
        (void)snprintf(cell, CELL, claims > 0 ? "%zu of %zu hold" : "%zu of %zu",
                       claims > 0 ? hold : done, claims > 0 ? claims : seeds);
        return;
    }
    const size_t n =
        ecp_sweep_mean(work, point, work->shown[column - sweep->n_axes - 1], &mean, &sd);
    (void)snprintf(cell, CELL, "%s", n > 0 ? ecp_words_number(mean).text : "-");
    if (n > 1)
        (void)snprintf(cell + strlen(cell), CELL - strlen(cell), " +- %.2g", sd);
}

static void head_of(const struct ecp_sweep_work *work, size_t column, char *cell)
{
    const size_t n_axes = work->sweep.n_axes;
    if (column < n_axes) {
        (void)snprintf(cell, CELL, "%.46s", work->sweep.axis[column].key);
    } else if (column == n_axes) {
        (void)snprintf(cell, CELL, "%s", work->plan->n_claims > 0 ? "claims" : "runs");
    } else {
        const size_t r = work->shown[column - n_axes - 1];
        const int plain = strcmp(work->unit[r], "1") == 0 || work->unit[r][0] == '\0';
        (void)snprintf(cell, CELL, plain ? "%.32s" : "%.32s (%.10s)", work->result[r],
                       work->unit[r]);
    }
}

/* The axes, and columns `from` to `to` - 1. */
static void print_block(FILE *to, const struct ecp_sweep_work *work, const int *width, size_t from,
                        size_t end, struct ecp_look look)
{
    const size_t n_axes = work->sweep.n_axes, points = ecp_sweep_points(&work->sweep);
    const size_t rows = points < MOST_ROWS ? points : MOST_ROWS;
    char cell[CELL];
    fputs(look.colour ? "\033[2m" : "", to);
    for (size_t row = 0; row <= rows; row++) { /* row 0: the head */
        for (size_t c = n_axes > 0 ? 0 : from; c < end; c = c + 1 == n_axes ? from : c + 1) {
            if (row == 0)
                head_of(work, c, cell);
            else
                cell_of(work, row - 1, c, cell);
            (void)fprintf(to, c < n_axes ? "  %-*s" : "  %*s", width[c], cell);
        }
        (void)fprintf(to, "%s\n", look.colour && row == 0 ? "\033[0m" : "");
    }
}

static void find_widths(const struct ecp_sweep_work *work, size_t columns, int *width)
{
    const size_t points = ecp_sweep_points(&work->sweep);
    char cell[CELL];
    for (size_t c = 0; c < columns; c++) {
        head_of(work, c, cell);
        width[c] = (int)strlen(cell);
        for (size_t p = 0; p < points && p < MOST_ROWS; p++) {
            cell_of(work, p, c, cell);
            width[c] = (int)strlen(cell) > width[c] ? (int)strlen(cell) : width[c];
        }
    }
}

void ecp_sweep_print(FILE *to, const struct ecp_sweep_work *work, struct ecp_look look)
{
    const size_t n_axes = work->sweep.n_axes, columns = n_axes + 1 + work->n_shown;
    const size_t points = ecp_sweep_points(&work->sweep);
    int *width = calloc(columns + 1, sizeof *width), axes = 0;
    size_t done = 0;
    if (!width)
        return;
    for (size_t k = 0; k < work->n_jobs; k++)
        done += work->job[k].value != NULL;
    (void)fprintf(to, "%s%s%s  %zu of %zu runs done\n", look.colour ? "\033[1m" : "",
                  work->plan->name, look.colour ? "\033[0m" : "", done, work->n_jobs);
    find_widths(work, columns, width);
    for (size_t c = 0; c < n_axes; c++)
        axes += width[c] + 2;
    for (size_t from = n_axes, end; from < columns; from = end) {
        int used = axes + width[from] + 2;
        for (end = from + 1; end < columns && used + width[end] + 2 <= look.width; end++)
            used += width[end] + 2;
        (void)fputc('\n', to);
        print_block(to, work, width, from, end, look);
    }
    if (points > MOST_ROWS)
        (void)fprintf(to, "  ... and %zu more in sweep.csv\n", points - MOST_ROWS);
    (void)fprintf(to, "\n  %s/sweep.csv  %s/sweep.json  %s/sweep.h5  %s/sweep.svg\n", work->dir,
                  work->dir, work->dir, work->dir);
    free(width);
}

/* ---- the figure --------------------------------------------------------------------------------
 */

/* Memory of a figure, freed at once. */
struct desk {
    struct ecp_plan *plan;
    int failed;
};

static void *take(struct desk *desk, size_t n, size_t bytes)
{
    void *memory = ecp_plan_alloc(desk->plan, (n + 1) * bytes);
    desk->failed |= memory == NULL;
    return memory;
}

static const char *unit_of(const char *unit)
{
    return unit && unit[0] ? unit : "1";
}

/* Where value k of an axis lies: words are numbered. */
static double position(const struct ecp_sweep_axis *axis, size_t k)
{
    return axis->number ? axis->number[k] : (double)k;
}

static struct ecp_picture_axis axis_of(const struct ecp_sweep_axis *axis)
{
    return (struct ecp_picture_axis){.name = axis->key,
                                     .unit = unit_of(axis->unit),
                                     .logarithmic = axis->number ? axis->logarithmic : 0};
}

static int is_even(const struct ecp_sweep_axis *axis)
{
    if (!axis->number || axis->n < HEAT_FROM || axis->logarithmic)
        return 0;
    const double step = axis->number[1] - axis->number[0];
    for (size_t k = 2; k < axis->n; k++)
        if (fabs(axis->number[k] - axis->number[k - 1] - step) > 1e-6 * fabs(step))
            return 0;
    return step > 0;
}

/* Which axes a figure shows: the first with more than one value is x, all others together
 * number the lines. */
static size_t x_axis(const struct ecp_sweep *sweep)
{
    for (size_t a = 0; a < sweep->n_axes; a++)
        if (sweep->axis[a].n > 1)
            return a;
    return 0;
}

static const char *line_name(const struct ecp_sweep_work *work, struct desk *desk, size_t point,
                             size_t x)
{
    char name[160] = "";
    for (size_t a = 0; a < work->sweep.n_axes && !work->sweep.together; a++) {
        const struct ecp_sweep_axis *axis = &work->sweep.axis[a];
        const char *last = strrchr(axis->key, '.');
        const size_t length = strlen(name);
        if (a != x && axis->n > 1)
            (void)snprintf(name + length, sizeof name - length, "%s%s = %s", length ? ", " : "",
                           last ? last + 1 : axis->key,
                           axis->word[ecp_sweep_index(&work->sweep, point, a)]);
    }
    if (!name[0])
        return NULL;
    char *copy = take(desk, strlen(name), 1);
    return copy ? memcpy(copy, name, strlen(name) + 1) : NULL;
}

/* One line: all points that agree with `first` but for axis x. */
static void fill_line(const struct ecp_sweep_work *work, struct desk *desk, size_t result,
                      size_t first, size_t x, struct ecp_line *line)
{
    const struct ecp_sweep *sweep = &work->sweep;
    const size_t points = ecp_sweep_points(sweep);
    double *at = take(desk, sweep->axis[x].n, sizeof *at);
    double *mean = take(desk, sweep->axis[x].n, sizeof *mean);
    double *error = take(desk, sweep->axis[x].n, sizeof *error);
    size_t n = 0;
    for (size_t p = 0; !desk->failed && p < points; p++) {
        double m, sd;
        int same = 1;
        for (size_t a = 0; a < sweep->n_axes && !sweep->together; a++)
            same &= a == x || ecp_sweep_index(sweep, p, a) == ecp_sweep_index(sweep, first, a);
        if (!same || ecp_sweep_mean(work, p, result, &m, &sd) == 0)
            continue;
        at[n] = position(&sweep->axis[x], ecp_sweep_index(sweep, p, x));
        mean[n] = m;
        error[n++] = isfinite(sd) ? sd : 0;
    }
    line->name = line_name(work, desk, first, x);
    line->kind = ECP_LINE;
    line->n = n;
    line->x = at;
    line->y = mean;
    line->error = sweep->n_seeds > 1 ? error : NULL;
}

static void fill_lines(const struct ecp_sweep_work *work, struct desk *desk, size_t result,
                       struct ecp_picture *picture)
{
    const struct ecp_sweep *sweep = &work->sweep;
    const size_t x = x_axis(sweep);
    struct ecp_line *line = take(desk, 2 * MOST_LINES, sizeof *line);
    size_t n = 0;
    picture->x = axis_of(&sweep->axis[x]);
    if (!sweep->axis[x].number)
        picture->x.name = ecp_plan_printf(
            desk->plan, "%s: 0 is %s, ... %zu is %s", sweep->axis[x].key, sweep->axis[x].word[0],
            sweep->axis[x].n - 1, sweep->axis[x].word[sweep->axis[x].n - 1]);
    for (size_t p = 0; !desk->failed && p < ecp_sweep_points(sweep); p++) {
        if (ecp_sweep_index(sweep, p, x) != 0)
            continue;
        if (n == MOST_LINES) {
            picture->note = "the first 10 of the lines";
            break;
        }
        fill_line(work, desk, result, p, x, &line[2 * n]);
        line[2 * n].colour = (int)n;
        line[2 * n + 1] = line[2 * n]; /* the points themselves */
        line[2 * n + 1].kind = ECP_DOTS;
        line[2 * n + 1].name = NULL;
        line[2 * n + 1].error = NULL;
        n++;
    }
    picture->line = line;
    picture->n_lines = 2 * n;
}

static void fill_heat(const struct ecp_sweep_work *work, struct desk *desk, size_t result,
                      struct ecp_picture *picture)
{
    const struct ecp_sweep_axis *x = &work->sweep.axis[0], *y = &work->sweep.axis[1];
    const double half_x = (x->number[1] - x->number[0]) / 2;
    const double half_y = (y->number[1] - y->number[0]) / 2;
    double *heat = take(desk, x->n * y->n, sizeof *heat), sd;
    for (size_t p = 0; heat && p < x->n * y->n; p++)
        (void)ecp_sweep_mean(
            work, p, result,
            &heat[ecp_sweep_index(&work->sweep, p, 1) * x->n + ecp_sweep_index(&work->sweep, p, 0)],
            &sd);
    picture->x = axis_of(x);
    picture->y = axis_of(y);
    picture->x.lowest = x->number[0] - half_x;
    picture->x.highest = x->number[x->n - 1] + half_x;
    picture->y.lowest = y->number[0] - half_y;
    picture->y.highest = y->number[y->n - 1] + half_y;
    picture->rows = y->n;
    picture->columns = x->n;
    picture->heat = heat;
    picture->heat_name = work->result[result];
    picture->heat_unit = unit_of(work->unit[result]);
}

/* Without keys, over seeds alone. */
static void fill_seeds(const struct ecp_sweep_work *work, struct desk *desk, size_t result,
                       struct ecp_picture *picture)
{
    struct ecp_line *line = take(desk, 1, sizeof *line);
    double *x = take(desk, work->n_jobs, sizeof *x), *y = take(desk, work->n_jobs, sizeof *y);
    size_t n = 0;
    for (size_t k = 0; !desk->failed && k < work->n_jobs; k++)
        if (work->job[k].value && isfinite(work->job[k].value[result])) {
            x[n] = (double)ecp_sweep_seed(&work->sweep, work->plan, work->job[k].seed);
            y[n++] = work->job[k].value[result];
        }
    picture->x = (struct ecp_picture_axis){.name = "seed", .unit = "1"};
    if (line)
        *line = (struct ecp_line){.kind = ECP_DOTS, .n = n, .x = x, .y = y};
    picture->line = line;
    picture->n_lines = 1;
}

enum ecp_status ecp_sweep_draw(const struct ecp_sweep_work *work)
{
    const struct ecp_sweep *sweep = &work->sweep;
    struct desk desk = {work->plan, 0};
    const size_t n = work->n_shown < MOST_PANELS ? work->n_shown : MOST_PANELS;
    struct ecp_picture *picture = take(&desk, n, sizeof *picture);
    const int heat = sweep->n_axes == 2 && !sweep->together && is_even(&sweep->axis[0]) &&
                     is_even(&sweep->axis[1]);
    char *path = NULL;
    enum ecp_status status = ECP_OK;
    size_t drawn = 0;
    for (size_t k = 0; !desk.failed && k < n; k++) {
        const size_t r = work->shown[k];
        struct ecp_picture one = {.title = work->result[r],
                                  .y = {.name = work->result[r], .unit = unit_of(work->unit[r])}};
        size_t known = 0;
        for (size_t j = 0; j < work->n_jobs; j++)
            known += work->job[j].value && isfinite(work->job[j].value[r]);
        if (known == 0)
            continue;
        if (heat)
            fill_heat(work, &desk, r, &one);
        else if (sweep->n_axes > 0)
            fill_lines(work, &desk, r, &one);
        else
            fill_seeds(work, &desk, r, &one);
        picture[drawn++] = one;
    }
    if (desk.failed)
        return ecp_fail(ECP_ENOMEM, "no memory for the figure of the sweep");
    const struct ecp_experiment_figure figure = {.name = "sweep",
                                                 .title = work->plan->name,
                                                 .n_pictures = drawn,
                                                 .columns = drawn > 1 ? 2 : 1,
                                                 .picture = picture};
    if (drawn == 0)
        return ECP_OK;
    status = ecp_files_name(&path, "%s/sweep.svg", work->dir);
    if (status == ECP_OK)
        status = ecp_experiment_draw(&figure, path);
    free(path);
    return status;
}
