/* Figures of a scenario that computes: kept as copies, then drawn. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/arena.h"
#include "engine/experiment_run.h"
#include "engine/store_files.h"

#ifdef ECP_HAVE_PLOT
#include "engine/plot.h"
#endif

/* ---- keeping ------------------------------------------------------------------- */

static const double *copy_numbers(struct ecp_arena *arena, const double *from, size_t n, int *good)
{
    double *to = from ? ecp_arena_array(arena, n + 1, sizeof *to) : NULL;
    if (to && n > 0)
        memcpy(to, from, n * sizeof *to);
    *good = *good && (!from || to);
    return to;
}

static const char *copy_text(struct ecp_arena *arena, const char *from, int *good)
{
    const char *to = from ? ecp_arena_strdup(arena, from) : NULL;
    *good = *good && (!from || to);
    return to;
}

static int copy_picture(struct ecp_arena *arena, const struct ecp_picture *from,
                        struct ecp_picture *to)
{
    int good = 1;
    struct ecp_line *line = ecp_arena_array(arena, from->n_lines + 1, sizeof *line);
    *to = *from;
    to->title = copy_text(arena, from->title, &good);
    to->note = copy_text(arena, from->note, &good);
    to->x.name = copy_text(arena, from->x.name, &good);
    to->x.unit = copy_text(arena, from->x.unit, &good);
    to->y.name = copy_text(arena, from->y.name, &good);
    to->y.unit = copy_text(arena, from->y.unit, &good);
    to->heat_name = copy_text(arena, from->heat_name, &good);
    to->heat_unit = copy_text(arena, from->heat_unit, &good);
    const char **word = ecp_arena_array(arena, from->n_words + 1, sizeof *word);
    for (size_t k = 0; word && k < from->n_words; k++)
        word[k] = copy_text(arena, from->word[k], &good);
    to->word = word;
    to->heat = copy_numbers(arena, from->heat, from->rows * from->columns, &good);
    for (size_t k = 0; good && line && k < from->n_lines; k++) {
        const struct ecp_line *l = &from->line[k];
        line[k] = *l;
        line[k].name = copy_text(arena, l->name, &good);
        line[k].x = copy_numbers(arena, l->x, l->n, &good);
        line[k].y = copy_numbers(arena, l->y, l->n, &good);
        line[k].upper = copy_numbers(arena, l->upper, l->n, &good);
        line[k].error = copy_numbers(arena, l->error, l->n, &good);
    }
    const char **name = ecp_arena_array(arena, from->n_names + 1, sizeof *name);
    for (size_t k = 0; good && name && k < from->n_names; k++)
        name[k] = copy_text(arena, from->name_at[k], &good);
    to->name_at = name;
    to->line = line;
    return good && line && word && name;
}

static enum ecp_status check_picture(const char *name, size_t k, const struct ecp_picture *p)
{
    for (size_t j = 0; j < p->n_lines; j++)
        if (p->line[j].n > 0 && (!p->line[j].x || !p->line[j].y))
            return ecp_fail(ECP_EARG, "figure %s, picture %zu: line %zu has no data", name, k, j);
    if (p->rows * p->columns > 0 && !p->heat)
        return ecp_fail(ECP_EARG, "figure %s, picture %zu: its colours have no data", name, k);
    return ECP_OK;
}

enum ecp_status ecp_experiment_figure(struct ecp_experiment *e, const char *name, const char *title,
                                      const struct ecp_picture *picture, size_t n_pictures,
                                      size_t columns)
{
    enum ecp_status status = ecp_experiment_name(e, "figure", name);
    for (size_t k = 0; status == ECP_OK && k < n_pictures; k++)
        status = check_picture(name, k, &picture[k]);
    if (status == ECP_OK && (strchr(name, '/') || n_pictures == 0))
        status = ecp_fail(ECP_EARG, "figure %s: %s", name,
                          n_pictures ? "its name must not have a /" : "has no pictures");
    if (status != ECP_OK)
        return status;
    struct ecp_experiment_figure *all = realloc(e->figure, (e->n_figures + 1) * sizeof *all);
    if (!all)
        return ecp_experiment_no_memory("figure", name);
    e->figure = all;
    int good = 1;
    struct ecp_picture *copies = ecp_arena_array(e->arena, n_pictures, sizeof *copies);
    const struct ecp_experiment_figure made = {.name = copy_text(e->arena, name, &good),
                                               .title = copy_text(e->arena, title, &good),
                                               .n_pictures = n_pictures,
                                               .columns = columns,
                                               .picture = copies};
    for (size_t k = 0; good && copies && k < n_pictures; k++)
        good = copy_picture(e->arena, &picture[k], &copies[k]);
    if (!good || !copies)
        return ecp_experiment_no_memory("figure", name);
    all[e->n_figures++] = made;
    return ECP_OK;
}

/* ---- drawing ------------------------------------------------------------------- */

#ifdef ECP_HAVE_PLOT

static struct ecp_axis axis_of(const struct ecp_picture_axis *axis)
{
    return (struct ecp_axis){.name = axis->name,
                             .unit = axis->unit,
                             .lowest = axis->lowest,
                             .highest = axis->highest,
                             .logarithmic = axis->logarithmic};
}

/* Ends of the error bars of a line: first the lower ones. */
static enum ecp_status add_errors(struct ecp_figure *figure, const struct ecp_line *line,
                                  struct ecp_series *out)
{
    double *low = ecp_figure_alloc(figure, 2 * line->n, sizeof *low);
    if (!low)
        return ecp_experiment_no_memory("figure", line->name ? line->name : "");
    double *high = low + line->n;
    for (size_t k = 0; k < line->n; k++) {
        low[k] = line->y[k] - line->error[k];
        high[k] = line->y[k] + line->error[k];
    }
    *out = (struct ecp_series){.kind = ECP_SERIES_ERRORS,
                               .colour = line->colour,
                               .n = line->n,
                               .x = line->x,
                               .y = low,
                               .upper = high};
    return ECP_OK;
}

/* What a line is among the series; its band and bars are series of their own. */
static enum ecp_status add_line(struct ecp_figure *figure, const struct ecp_line *line,
                                struct ecp_series *out, size_t *n)
{
    static const enum ecp_series_kind kind[] = {
        [ECP_LINE] = ECP_SERIES_LINE,   [ECP_DOTS] = ECP_SERIES_POINTS,
        [ECP_DASHES] = ECP_SERIES_LINE, [ECP_STAIRS] = ECP_SERIES_STEPS,
        [ECP_AREA] = ECP_SERIES_BAND,   [ECP_MARKS] = ECP_SERIES_EVENTS};
    struct ecp_series own = {.kind = kind[line->kind],
                             .name = line->name,
                             .colour = line->colour,
                             .dashed = line->kind == ECP_DASHES,
                             .size = line->kind == ECP_DOTS ? 1.6 : 1,
                             .n = line->n,
                             .x = line->x,
                             .y = line->y,
                             .upper = line->upper};
    enum ecp_status status = ECP_OK;
    const double *zero = NULL;
    if (line->n == 0)
        return ECP_OK;
    if (line->kind == ECP_AREA && !line->upper) {
        zero = ecp_figure_alloc(figure, line->n, sizeof *zero);
        if (!zero)
            return ecp_experiment_no_memory("figure", line->name ? line->name : "");
        own.upper = line->y;
        own.y = zero;
    }
    if (line->kind == ECP_STAIRS)
        own.n--;
    if (line->kind != ECP_AREA && line->upper)
        out[(*n)++] = (struct ecp_series){.kind = ECP_SERIES_BAND,
                                          .colour = line->colour,
                                          .n = line->n,
                                          .x = line->x,
                                          .y = line->y,
                                          .upper = line->upper};
    if (line->error)
        ECP_TRY(add_errors(figure, line, &out[(*n)++]));
    out[(*n)++] = own;
done:
    return status;
}

static enum ecp_status add_names(struct ecp_figure *figure, const struct ecp_picture *picture,
                                 struct ecp_axis *axis)
{
    struct ecp_axis_mark *mark = ecp_figure_alloc(figure, picture->n_names + 1, sizeof *mark);
    if (!mark)
        return ecp_experiment_no_memory("figure", picture->title ? picture->title : "");
    for (size_t k = 0; k < picture->n_names; k++)
        mark[k] = (struct ecp_axis_mark){(double)(k + 1), picture->name_at[k], ECP_COLOUR_BLACK};
    axis->n_marks = picture->n_names;
    axis->mark = mark;
    return ECP_OK;
}

/* Names of rows, as marks from the top down. */
static enum ecp_status add_words(struct ecp_figure *figure, const struct ecp_picture *picture,
                                 struct ecp_axis *axis)
{
    const size_t n = picture->n_words;
    struct ecp_axis_mark *mark = ecp_figure_alloc(figure, n + 1, sizeof *mark);
    if (!mark)
        return ecp_experiment_no_memory("figure", picture->title ? picture->title : "");
    for (size_t k = 0; k < n; k++)
        mark[n - 1 - k] = (struct ecp_axis_mark){(double)k, picture->word[k], ECP_COLOUR_BLACK};
    axis->n_marks = n;
    axis->mark = mark;
    return ECP_OK;
}

static enum ecp_status add_panel(struct ecp_figure *figure, const struct ecp_picture *picture,
                                 struct ecp_panel *panel)
{
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    *panel = (struct ecp_panel){.title = picture->title,
                                .note = picture->note,
                                .x = axis_of(&picture->x),
                                .y = axis_of(&picture->y),
                                .z = {.name = picture->heat_name, .unit = picture->heat_unit}};
    panel->series = ecp_figure_alloc(figure, 3 * picture->n_lines + 1, sizeof *panel->series);
    double *corner = ecp_figure_alloc(figure, 4, sizeof *corner);
    if (!panel->series || !corner)
        return ecp_experiment_no_memory("figure", picture->title ? picture->title : "");
    ECP_TRY(add_words(figure, picture, &panel->y));
    if (picture->heat) {
        const double ends[] = {picture->x.lowest, picture->x.highest, picture->y.lowest,
                               picture->y.highest};
        memcpy(corner, ends, sizeof ends);
        if (ends[0] == ends[1])
            corner[1] = (double)picture->columns;
        if (ends[2] == ends[3])
            corner[3] = (double)picture->rows;
        panel->series[n++] = (struct ecp_series){.kind = ECP_SERIES_HEAT,
                                                 .x = corner,
                                                 .y = corner + 2,
                                                 .rows = picture->rows,
                                                 .columns = picture->columns,
                                                 .value = picture->heat};
    }
    ECP_TRY(add_names(figure, picture, &panel->x));
    for (size_t k = 0; k < picture->n_lines; k++) {
        ECP_TRY(add_line(figure, &picture->line[k], panel->series, &n));
        panel->legend |= picture->line[k].name != NULL && picture->line[k].n > 0;
    }
    panel->n_series = n;
done:
    return status;
}

enum ecp_status ecp_experiment_draw(const struct ecp_experiment_figure *from, const char *path)
{
    struct ecp_figure figure = {.title = from->title, .columns = from->columns, .may_be_empty = 1};
    enum ecp_status status = ecp_figure_add_panels(&figure, from->n_pictures);
    for (size_t k = 0; status == ECP_OK && k < from->n_pictures; k++)
        status = add_panel(&figure, &from->picture[k], &figure.panel[k]);
    if (status == ECP_OK)
        status = ecp_figure_write(&figure, path);
    ecp_figure_clear(&figure);
    return status;
}

#else

enum ecp_status ecp_experiment_draw(const struct ecp_experiment_figure *from, const char *path)
{
    (void)from;
    (void)path;
    return ECP_OK;
}

#endif

/* A picture is an addition: results and verdicts are there without it. */
static void draw_or_say_why(struct ecp_experiment *e, struct ecp_experiment_figure *figure,
                            const char *path)
{
    figure->why_not = NULL;
    if (ecp_experiment_draw(figure, path) == ECP_OK)
        return;
    (void)unlink(path); /* of an earlier run */
    figure->why_not = ecp_arena_strdup(e->arena, ecp_error_message());
    if (!figure->why_not)
        figure->why_not = "no memory";
    ecp_error_clear();
}

enum ecp_status ecp_experiment_write(struct ecp_experiment *e, const char *dir)
{
    enum ecp_status status = ecp_store_tables(dir, "tables.h5", e->plan, e->table, e->n_tables);
    for (size_t k = 0; status == ECP_OK && k < e->n_figures; k++) {
        char *path = NULL;
        status = ecp_files_name(&path, "%s/%s.svg", dir, e->figure[k].name);
        if (status == ECP_OK)
            draw_or_say_why(e, &e->figure[k], path);
        free(path);
    }
    return status;
}
