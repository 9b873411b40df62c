/* plot_canvas.c -- lines, fills and text on the open PLplot page. */
#include <math.h>
#include <plplot.h>
#include <stdio.h>
#include <string.h>

#include "engine/plot_parts.h"

/* Mostly Okabe & Ito 2008 (without yellow, which is lost on white), then
 * three of Tol's. Neighbours differ in lightness, too. */
static const int palette[ECP_COLOURS][3] = {
    {0, 114, 178}, {213, 94, 0},  {0, 158, 115}, {204, 121, 167}, {86, 180, 233},
    {230, 159, 0}, {51, 34, 136}, {136, 34, 85}, {153, 153, 51},  {102, 102, 102}};

/* A scale from dark blue over green to yellow, of even steps in lightness. */
static const double heat[][3] = {{0.19, 0.11, 0.36}, {0.20, 0.31, 0.54}, {0.13, 0.49, 0.55},
                                 {0.22, 0.66, 0.46}, {0.58, 0.80, 0.25}, {0.98, 0.90, 0.20}};

/* Places in PLplot's table: 0 is the paper, then text, axis, faint and grid,
 * then the series, then the series paler. */
enum {
    PAPER,
    TEXT,
    AXIS,
    FAINT,
    GRID,
    SERIES,
    PALE = SERIES + ECP_COLOURS,
    ALL = PALE + ECP_COLOURS
};

static int place_of(int ink)
{
    switch (ink) {
    case ECP_INK_TEXT:
        return TEXT;
    case ECP_INK_AXIS:
        return AXIS;
    case ECP_INK_FAINT:
        return FAINT;
    case ECP_INK_GRID:
        return GRID;
    default:
        return SERIES + (ink >= 0 ? ink % ECP_COLOURS : 0);
    }
}

void ecp_canvas_setup(void)
{
    static const int greys[] = {255, 38, 120, 105, 232};
    PLINT r[ALL], g[ALL], b[ALL];
    PLFLT alpha[ALL];
    for (int k = 0; k < ALL; k++) {
        const int series = k >= SERIES;
        const int *colour = palette[series ? (k - SERIES) % ECP_COLOURS : 0];
        r[k] = series ? colour[0] : greys[k];
        g[k] = series ? colour[1] : greys[k];
        b[k] = series ? colour[2] : greys[k];
        alpha[k] = k >= PALE ? 0.25 : 1;
    }
    plscmap0a(r, g, b, alpha, ALL);

    enum { STOPS = sizeof heat / sizeof heat[0] };
    PLFLT at[STOPS], c1[STOPS], c2[STOPS], c3[STOPS];
    for (int k = 0; k < STOPS; k++) {
        at[k] = (double)k / (STOPS - 1);
        c1[k] = heat[k][0];
        c2[k] = heat[k][1];
        c3[k] = heat[k][2];
    }
    plscmap1n(64);
    plscmap1l(1, STOPS, at, c1, c2, c3, NULL);
}

void ecp_canvas_page(const struct ecp_canvas *canvas)
{
    plvpor(0, 1, 0, 1);
    plwind(0, canvas->width, 0, canvas->height);
}

void ecp_canvas_view(const struct ecp_canvas *canvas, const struct ecp_view *view)
{
    const struct ecp_box *box = &view->box;
    plvpor(box->left / canvas->width, box->right / canvas->width, box->bottom / canvas->height,
           box->top / canvas->height);
    plwind(view->x.lowest, view->x.highest, view->y.lowest, view->y.highest);
}

void ecp_canvas_pen(const struct ecp_canvas *canvas, int ink, double width)
{
    plcol0(place_of(ink));
    plwidth(width * canvas->scale);
}

void ecp_canvas_brush(const struct ecp_canvas *canvas, int ink, int pale)
{
    const int place = place_of(ink);
    plcol0(pale && place >= SERIES ? place + ECP_COLOURS : place);
    plwidth(canvas->no_outline);
}

void ecp_canvas_heat(const struct ecp_canvas *canvas, double level)
{
    plcol1(fmin(fmax(level, 0), 1));
    /* A thin outline hides the seams between neighbouring cells. */
    plwidth(canvas->scale);
}

void ecp_canvas_line(const double from[2], const double to[2])
{
    pljoin(from[0], from[1], to[0], to[1]);
}

void ecp_canvas_fill(size_t n, const double *x, const double *y)
{
    plfill((PLINT)n, x, y);
}

void ecp_canvas_path(size_t n, const double *x, const double *y)
{
    plline((PLINT)n, x, y);
}

/* '#' begins PLplot's own commands inside a text. */
static void escape(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text && n + 3 < size; text++) {
        if (*text == '#')
            out[n++] = '#';
        out[n++] = *text;
    }
    out[n] = '\0';
}

void ecp_canvas_text(const struct ecp_canvas *canvas, const struct ecp_label *label,
                     const char *text)
{
    char safe[512];
    escape(text, safe, sizeof safe);
    if (safe[0] == '\0')
        return;
    plcol0(place_of(label->ink));
    plsfont(PL_FCI_SANS, PL_FCI_UPRIGHT, label->bold ? PL_FCI_BOLD : PL_FCI_MEDIUM);
    /* PLplot counts letters in mm at 96 pixels an inch, and its SVG driver
     * cuts fractions of a pixel off. */
    plschr((label->size * canvas->scale + 0.02) * 25.4 / 96, 1);
    plptex(label->x, label->y, label->upright ? 0 : 1, label->upright ? 1 : 0, label->justify,
           safe);
}

double ecp_text_width(const char *text, double size)
{
    double em = 0;
    for (const char *c = text; *c; c++) {
        const unsigned char byte = (unsigned char)*c;
        if ((byte & 0xC0u) == 0x80)
            continue; /* the rest of a letter already counted */
        if (strchr("iljI.,:;'|!()[] ft", *c))
            em += 0.37;
        else if ((*c >= 'A' && *c <= 'Z') || *c == 'm' || *c == 'w' || *c == '%')
            em += 0.76;
        else
            em += 0.62;
    }
    return em * size;
}
