/* plot_series.c -- how each kind of series is drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plot_parts.h"

enum { HEAT_ROWS = 200, HEAT_COLUMNS = 320, HEAT_LEVELS = 63 };

/* Pixels: width of a line, diameter of a dot, width and height of an event. */
static const double line_width = 2, dot_size = 5, event_width = 2.2, event_height = 3.2;

struct dot {
    double x, y;
};

static int by_row(const void *a, const void *b)
{
    const struct dot *p = a, *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return (p->x > q->x) - (p->x < q->x);
}

static int inside(struct ecp_range range, double value)
{
    return value >= range.lowest && value <= range.highest;
}

static double unit(struct ecp_range range, double pixels)
{
    return (range.highest - range.lowest) / pixels;
}

static double size_of(const struct ecp_series *s)
{
    return s->size > 0 ? s->size : 1;
}

/* One row of events is one polygon: up and down at each event, along the row's
 * base line from one to the next and back at the end. What lies between two
 * events has no area, and a row costs one path in the file. */
static void fill_row(const struct dot *dot, size_t n, const double half[2], double *x, double *y)
{
    const double base = dot[0].y - half[1], tip = dot[0].y + half[1];
    size_t m = 0;
    for (size_t k = 0; k < n; k++) {
        const double from = dot[k].x - half[0];
        double to = dot[k].x + half[0];
        while (k + 1 < n && dot[k + 1].x - half[0] <= to)
            to = dot[++k].x + half[0]; /* overlapping marks merge */
        const double xs[] = {from, from, to, to}, ys[] = {base, tip, tip, base};
        memcpy(x + m, xs, sizeof xs);
        memcpy(y + m, ys, sizeof ys);
        m += 4;
    }
    ecp_canvas_fill(m, x, y);
}

static enum ecp_status draw_events(const struct ecp_canvas *canvas, const struct ecp_view *view,
                                   const struct ecp_series *s)
{
    enum ecp_status status = ECP_OK;
    struct dot *dot = calloc(s->n, sizeof *dot);
    double *x = calloc(4 * s->n, sizeof *x), *y = calloc(4 * s->n, sizeof *y);
    if (!dot || !x || !y) {
        status = ecp_fail(ECP_ENOMEM, "no memory to draw %zu events", s->n);
        goto done;
    }
    size_t n = 0;
    for (size_t k = 0; k < s->n; k++)
        if (inside(view->x, s->x[k]) && inside(view->y, s->y[k]))
            dot[n++] = (struct dot){s->x[k], s->y[k]};
    qsort(dot, n, sizeof *dot, by_row);

    const struct ecp_box *box = &view->box;
    const double half[] = {0.5 * event_width * unit(view->x, box->right - box->left),
                           0.5 * event_height * size_of(s) * unit(view->y, box->top - box->bottom)};
    ecp_canvas_brush(canvas, s->colour, 0);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && dot[to].y == dot[from].y; to++)
            continue;
        fill_row(dot + from, to - from, half, x, y);
    }
done:
    free(y);
    free(x);
    free(dot);
    return status;
}

static void draw_points(const struct ecp_canvas *canvas, const struct ecp_view *view,
                        const struct ecp_series *s)
{
    enum { CORNERS = 8 };
    const struct ecp_box *box = &view->box;
    const double radius = 0.5 * dot_size * size_of(s);
    const double rx = radius * unit(view->x, box->right - box->left);
    const double ry = radius * unit(view->y, box->top - box->bottom);
    ecp_canvas_brush(canvas, s->colour, 0);
    for (size_t k = 0; k < s->n; k++) {
        if (!inside(view->x, s->x[k]) || !inside(view->y, s->y[k]))
            continue;
        double x[CORNERS], y[CORNERS];
        for (int c = 0; c < CORNERS; c++) {
            const double angle = (c + 0.5) * 2 * 3.14159265358979323846 / CORNERS;
            x[c] = s->x[k] + rx * cos(angle);
            y[c] = s->y[k] + ry * sin(angle);
        }
        ecp_canvas_fill(CORNERS, x, y);
    }
}

/* Dashes are cut here, in pixels along the line: each is a path of its own. */
static enum ecp_status draw_dashes(const struct ecp_view *view, size_t n, const double *x,
                                   const double *y)
{
    const double dash = 9, space = 6, period = dash + space;
    double *path = calloc(2 * (n + 2), sizeof *path);
    size_t m = 0; /* points of the dash that is under way */
    if (!path)
        return ecp_fail(ECP_ENOMEM, "no memory to draw a line of %zu points", n);
    const double ux = unit(view->x, view->box.right - view->box.left);
    const double uy = unit(view->y, view->box.top - view->box.bottom);
    double along = 0; /* of the line, in pixels */
    for (size_t k = 0; k + 1 < n; k++) {
        const double dx = x[k + 1] - x[k], dy = y[k + 1] - y[k];
        const double length = hypot(dx / ux, dy / uy);
        for (double at = 0; at < length;) {
            const double phase = fmod(along + at, period);
            const double rest = (phase < dash ? dash : period) - phase + 1e-9;
            const double to = fmin(at + rest, length);
            if (phase < dash && m == 0) {
                path[m] = x[k] + dx * at / length;
                path[n + 2 + m++] = y[k] + dy * at / length;
            }
            if (phase < dash) {
                path[m] = x[k] + dx * to / length;
                path[n + 2 + m++] = y[k] + dy * to / length;
            }
            if (m > 0 && (to < length || k + 2 == n)) {
                ecp_canvas_path(m, path, path + n + 2);
                m = 0;
            }
            at = to;
        }
        along += length;
    }
    free(path);
    return ECP_OK;
}

static enum ecp_status draw_line(const struct ecp_canvas *canvas, const struct ecp_view *view,
                                 const struct ecp_series *s)
{
    enum ecp_status status = ECP_OK;
    ecp_canvas_pen(canvas, s->colour, line_width * size_of(s));
    for (size_t from = 0, to; from < s->n; from = to + 1) {
        for (to = from; to < s->n && isfinite(s->x[to]) && isfinite(s->y[to]); to++)
            continue;
        if (to - from >= 2 && s->dashed)
            ECP_TRY(draw_dashes(view, to - from, s->x + from, s->y + from));
        else if (to - from >= 2)
            ecp_canvas_path(to - from, s->x + from, s->y + from);
    }
done:
    return status;
}

/* Upright lines with short caps. */
static void draw_errors(const struct ecp_canvas *canvas, const struct ecp_view *view,
                        const struct ecp_series *s)
{
    const double cap = 4 * unit(view->x, view->box.right - view->box.left);
    ecp_canvas_pen(canvas, s->colour, 0.7 * line_width * size_of(s));
    for (size_t k = 0; k < s->n; k++) {
        const double low = isfinite(s->y[k]) ? s->y[k] : view->y.lowest;
        if (!isfinite(s->upper[k]) || !inside(view->x, s->x[k]))
            continue;
        ecp_canvas_line((double[]){s->x[k], low}, (double[]){s->x[k], s->upper[k]});
        ecp_canvas_line((double[]){s->x[k] - cap, s->upper[k]},
                        (double[]){s->x[k] + cap, s->upper[k]});
        if (low == s->y[k])
            ecp_canvas_line((double[]){s->x[k] - cap, low}, (double[]){s->x[k] + cap, low});
    }
}

/* The outline of bins as a path of 2 n + 2 points that starts and ends at 0. */
static void outline(const struct ecp_series *s, double *x, double *y)
{
    size_t m = 0;
    x[m] = s->x[0];
    y[m++] = 0;
    for (size_t k = 0; k < s->n; k++) {
        x[m] = s->x[k];
        y[m++] = s->y[k];
        x[m] = s->x[k + 1];
        y[m++] = s->y[k];
    }
    x[m] = s->x[s->n];
    y[m] = 0;
}

static enum ecp_status draw_bins(const struct ecp_canvas *canvas, const struct ecp_series *s)
{
    const size_t m = 2 * s->n + 2;
    double *x = calloc(2 * m, sizeof *x);
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory to draw %zu bins", s->n);
    double *y = x + m;
    outline(s, x, y);
    if (s->kind == ECP_SERIES_BARS) {
        ecp_canvas_brush(canvas, s->colour, 1);
        ecp_canvas_fill(m, x, y);
        ecp_canvas_pen(canvas, s->colour, 0.75 * line_width * size_of(s));
        ecp_canvas_path(m, x, y);
    } else {
        ecp_canvas_pen(canvas, s->colour, line_width * size_of(s));
        ecp_canvas_path(m - 2, x + 1, y + 1);
    }
    free(x);
    return ECP_OK;
}

static enum ecp_status draw_band(const struct ecp_canvas *canvas, const struct ecp_series *s)
{
    double *x = calloc(4 * s->n, sizeof *x);
    if (!x)
        return ecp_fail(ECP_ENOMEM, "no memory to draw a band of %zu points", s->n);
    double *y = x + 2 * s->n;
    size_t lower = 0, upper = 2 * s->n;
    for (size_t k = 0; k < s->n; k++) {
        if (!isfinite(s->x[k] + s->y[k] + s->upper[k]))
            continue;
        x[lower] = s->x[k];
        y[lower++] = s->y[k];
        x[--upper] = s->x[k];
        y[upper] = s->upper[k];
    }
    memmove(x + lower, x + upper, lower * sizeof *x);
    memmove(y + lower, y + upper, lower * sizeof *y);
    if (lower >= 2) {
        ecp_canvas_brush(canvas, s->colour, 1);
        ecp_canvas_fill(2 * lower, x, y);
    }
    free(x);
    return ECP_OK;
}

/* Mean of the values that fall into cell (r, c) of a smaller grid. */
static double cell_mean(const struct ecp_series *s, const size_t at[2], const size_t size[2])
{
    const size_t r0 = at[0] * s->rows / size[0], r1 = (at[0] + 1) * s->rows / size[0];
    const size_t c0 = at[1] * s->columns / size[1], c1 = (at[1] + 1) * s->columns / size[1];
    double sum = 0;
    size_t n = 0;
    for (size_t r = r0; r < r1; r++)
        for (size_t c = c0; c < c1; c++)
            if (isfinite(s->value[r * s->columns + c])) {
                sum += s->value[r * s->columns + c];
                n++;
            }
    return n > 0 ? sum / (double)n : NAN;
}

static int level_of(double value, struct ecp_range range)
{
    if (!isfinite(value))
        return -1;
    const double level = (value - range.lowest) / (range.highest - range.lowest);
    return (int)nearbyint(HEAT_LEVELS * fmin(fmax(level, 0), 1));
}

/* Neighbours of one colour in a row are one rectangle. */
static void draw_heat(const struct ecp_canvas *canvas, const struct ecp_view *view,
                      const struct ecp_series *s)
{
    const size_t size[] = {s->rows < HEAT_ROWS ? s->rows : HEAT_ROWS,
                           s->columns < HEAT_COLUMNS ? s->columns : HEAT_COLUMNS};
    const double dy = (s->y[1] - s->y[0]) / (double)size[0];
    const double dx = (s->x[1] - s->x[0]) / (double)size[1];
    for (size_t r = 0; r < size[0]; r++) {
        const double y0 = s->y[0] + (double)r * dy;
        int level = level_of(cell_mean(s, (size_t[]){r, 0}, size), view->z);
        for (size_t from = 0, to; from < size[1]; from = to) {
            int next = level;
            for (to = from + 1; to < size[1]; to++) {
                next = level_of(cell_mean(s, (size_t[]){r, to}, size), view->z);
                if (next != level)
                    break;
            }
            const double x0 = s->x[0] + (double)from * dx, x1 = s->x[0] + (double)to * dx;
            const double x[] = {x0, x1, x1, x0}, y[] = {y0, y0, y0 + dy, y0 + dy};
            if (level >= 0) {
                ecp_canvas_heat(canvas, (double)level / HEAT_LEVELS);
                ecp_canvas_fill(4, x, y);
            }
            level = next;
        }
    }
}

static int complete(const struct ecp_series *s)
{
    if (s->kind == ECP_SERIES_HEAT)
        return s->x && s->y && s->value && s->rows > 0 && s->columns > 0;
    const int needs_upper = s->kind == ECP_SERIES_BAND || s->kind == ECP_SERIES_ERRORS;
    return s->x && s->y && (!needs_upper || s->upper);
}

enum ecp_status ecp_series_draw(const struct ecp_canvas *canvas, const struct ecp_view *view,
                                const struct ecp_series *series)
{
    if (series->n == 0 && series->kind != ECP_SERIES_HEAT)
        return ECP_OK;
    if (!complete(series))
        return ecp_fail(ECP_EARG, "the series \"%s\" of a figure has no data",
                        series->name ? series->name : "");
    switch (series->kind) {
    case ECP_SERIES_POINTS:
        draw_points(canvas, view, series);
        return ECP_OK;
    case ECP_SERIES_EVENTS:
        return draw_events(canvas, view, series);
    case ECP_SERIES_LINE:
        return draw_line(canvas, view, series);
    case ECP_SERIES_ERRORS:
        draw_errors(canvas, view, series);
        return ECP_OK;
    case ECP_SERIES_STEPS:
    case ECP_SERIES_BARS:
        return draw_bins(canvas, series);
    case ECP_SERIES_BAND:
        return draw_band(canvas, series);
    case ECP_SERIES_HEAT:
        draw_heat(canvas, view, series);
        return ECP_OK;
    }
    return ecp_fail(ECP_EARG, "a series of kind %d is not known", (int)series->kind);
}
