/* figures.c -- draws the curves that tests handed out (tests/curve.h):
 *
 *     figures FOLDER_OF_CURVES FOLDER_OF_PICTURES [.png]
 *
 * What stands on the axes is in the table of tests/figures/pictures.h. A picture of which a
 * curve is missing is an error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plot.h"
#include "tests/curve.h"
#include "tests/figures/pictures.h"

enum { MOST_SERIES = 24, MOST_NAMES = 12 };

/* The paler partners of the first two colours. */
enum { LIGHT_BLUE = 4, LIGHT_ORANGE = 5 };

/* Series of a panel as they are read. */
struct rows {
    enum ecp_curve_kind kind;
    char name[64];
    size_t n, room;
    double *x, *y;
};

struct curve {
    size_t n;
    struct rows rows[MOST_SERIES];
};

static enum ecp_status rows_add(struct rows *r, double x, double y)
{
    if (r->n == r->room) {
        const size_t room = r->room ? 2 * r->room : 64;
        double *xs = realloc(r->x, room * sizeof *xs);
        r->x = xs ? xs : r->x;
        double *ys = realloc(r->y, room * sizeof *ys);
        r->y = ys ? ys : r->y;
        if (!xs || !ys)
            return ecp_fail(ECP_ENOMEM, "no memory for a curve of %zu rows", room);
        r->room = room;
    }
    r->x[r->n] = x;
    r->y[r->n++] = y;
    return ECP_OK;
}

static struct rows *rows_of(struct curve *c, enum ecp_curve_kind kind, const char *name)
{
    for (size_t k = 0; k < c->n; k++)
        if (c->rows[k].kind == kind && strcmp(c->rows[k].name, name) == 0)
            return &c->rows[k];
    if (c->n == MOST_SERIES)
        return NULL;
    struct rows *r = &c->rows[c->n++];
    r->kind = kind;
    (void)snprintf(r->name, sizeof r->name, "%s", name);
    return r;
}

static void curve_clear(struct curve *c)
{
    for (size_t k = 0; k < c->n; k++) {
        free(c->rows[k].x);
        free(c->rows[k].y);
    }
    memset(c, 0, sizeof *c);
}

static enum ecp_status curve_read(const char *folder, const char *name, struct curve *c)
{
    enum ecp_status status = ECP_OK;
    char path[512], line[256], series[64];
    (void)snprintf(path, sizeof path, "%s/%s.csv", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return ecp_fail(ECP_EIO, "%s is not there: which test hands it out?", path);
    while (fgets(line, sizeof line, file)) {
        int kind;
        double x, y;
        struct rows *r = NULL;
        if (sscanf(line, "%d,%63[^,],%lf,%lf", &kind, series, &x, &y) == 4)
            r = rows_of(c, (enum ecp_curve_kind)kind, series);
        if (!r) {
            status = ecp_fail(ECP_EIO, "%s: no row of a curve, or too many series: %s", path, line);
            goto done;
        }
        ECP_TRY(rows_add(r, x, y));
    }
done:
    (void)fclose(file);
    return status;
}

/* ---- series ---------------------------------------------------------------- */

/* The colour of a name is that of its points: the k-th name that has any. Others are
 * black. */
static int colour_of(const struct curve *c, const struct rows *r)
{
    const char *seen[MOST_NAMES];
    int n = 0;
    for (size_t k = 0; k < c->n; k++) {
        const struct rows *q = &c->rows[k];
        int known = 0;
        if (q->kind != ECP_CURVE_POINT && q->kind != ECP_CURVE_BAR)
            continue;
        for (int s = 0; s < n; s++)
            known |= strcmp(seen[s], q->name) == 0;
        if (!known && n < MOST_NAMES)
            seen[n++] = q->name;
    }
    for (int s = 0; s < n; s++)
        if (strcmp(seen[s], r->name) == 0)
            return s;
    return ECP_COLOUR_BLACK;
}

/* Published numbers lie below lines, lines below points. */
static int depth_of(enum ecp_curve_kind kind)
{
    static const int depth[] = {
        [ECP_CURVE_BAR] = 0, [ECP_CURVE_PAPER] = 1, [ECP_CURVE_LINE] = 2, [ECP_CURVE_POINT] = 3};
    return depth[kind];
}

static void series_fill(struct ecp_series *s, const struct curve *c, const struct rows *r)
{
    static const enum ecp_series_kind kind[] = {[ECP_CURVE_LINE] = ECP_SERIES_LINE,
                                                [ECP_CURVE_POINT] = ECP_SERIES_POINTS,
                                                [ECP_CURVE_BAR] = ECP_SERIES_BARS,
                                                [ECP_CURVE_PAPER] = ECP_SERIES_POINTS};
    const int colour = colour_of(c, r);
    s->kind = kind[r->kind];
    s->n = r->kind == ECP_CURVE_BAR ? r->n - 1 : r->n;
    s->x = r->x;
    s->y = r->y;
    s->colour = colour;
    s->size = r->kind == ECP_CURVE_POINT ? 1.7 : 1;
    /* A line beside points of its name is named by them. */
    s->name = r->kind == ECP_CURVE_LINE && colour != ECP_COLOUR_BLACK ? NULL : r->name;
    if (r->kind != ECP_CURVE_PAPER)
        return;
    s->size = 3;
    s->colour = colour == 0 ? LIGHT_BLUE : colour == 1 ? LIGHT_ORANGE : ECP_COLOUR_GREY;
    s->name = colour == ECP_COLOUR_BLACK ? r->name : "measured";
}

static enum ecp_status panel_fill(struct ecp_figure *figure, const struct panel *from,
                                  const struct curve *c, struct ecp_panel *to)
{
    enum ecp_status status = ECP_OK;
    size_t n = 0;
    ECP_TRY(ecp_figure_add_series(figure, to, c->n));
    for (int depth = 0; depth < 4; depth++)
        for (size_t k = 0; k < c->n; k++)
            if (depth_of(c->rows[k].kind) == depth)
                series_fill(&to->series[n++], c, &c->rows[k]);
    to->title = from->title;
    to->x = from->x;
    to->y = from->y;
    for (size_t k = 0; k < n; k++)
        to->legend |= to->series[k].name && !from->no_legend;
done:
    return status;
}

static enum ecp_status draw(const struct picture *p, const char *curves, const char *path)
{
    enum ecp_status status = ECP_OK;
    struct ecp_figure figure = {0};
    struct curve *c = calloc(PANELS, sizeof *c);
    size_t n = 0;
    if (!c)
        return ecp_fail(ECP_ENOMEM, "no memory for %s", path);
    while (n < PANELS && p->panel[n].curve)
        n++;
    figure.title = p->title;
    figure.subtitle = p->subtitle;
    figure.width = p->width;
    figure.height = p->height;
    figure.columns = p->columns;
    ECP_TRY(ecp_figure_add_panels(&figure, n));
    for (size_t k = 0; k < n; k++) {
        ECP_TRY(curve_read(curves, p->panel[k].curve, &c[k]));
        ECP_TRY(panel_fill(&figure, &p->panel[k], &c[k], &figure.panel[k]));
    }
    ECP_TRY(ecp_figure_write(&figure, path));
done:
    for (size_t k = 0; k < n; k++)
        curve_clear(&c[k]);
    free(c);
    ecp_figure_clear(&figure);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        (void)fprintf(stderr, "usage: figures CURVES PICTURES [.svg|.png|.pdf]\n");
        return 2;
    }
    for (const struct picture *p = pictures; p->name; p++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s%s", argv[2], p->name, argc > 3 ? argv[3] : ".svg");
        if (draw(p, argv[1], path) != ECP_OK) {
            (void)fprintf(stderr, "%s: %s\n", path, ecp_error_message());
            return 1;
        }
        (void)printf("%s\n", path);
    }
    return 0;
}
