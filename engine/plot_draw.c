/* plot_draw.c -- a figure onto a page: layout, axes, legends.
 *
 * All sizes are pixels of a page that is 1600 x 1000 unless the figure says
 * otherwise. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plot_parts.h"

static const double margin = 28, title_size = 26, subtitle_size = 18, name_size = 20,
                    number_size = 17, note_size = 16, tick_length = 6, gap = 10,
                    bold = 1.12; /* bold letters are wider by this */

enum { TEXT_MAX = 160, MOST_ROWS = 64 };

/* What a panel needs around its axes. */
struct need {
    double left, right, below, above;
};

static double number_width(const struct ecp_panel *panel, struct ecp_range y)
{
    double width = 0;
    char text[TEXT_MAX];
    if (panel->y.bare)
        return 0;
    for (size_t k = 0; k < panel->y.n_marks; k++)
        width = fmax(width, bold * ecp_text_width(panel->y.mark[k].text, number_size));
    if (panel->y.n_marks > 0)
        return width;
    const struct ecp_ticks ticks = ecp_axis_ticks(&panel->y, y, 8);
    for (size_t k = 0; k < ticks.n; k++) {
        ecp_ticks_text(&ticks, k, text, sizeof text);
        width = fmax(width, ecp_text_width(text, number_size));
    }
    return width;
}

static int has_heat(const struct ecp_panel *panel)
{
    for (size_t k = 0; k < panel->n_series; k++)
        if (panel->series[k].kind == ECP_SERIES_HEAT)
            return 1;
    return 0;
}

static struct need panel_need(const struct ecp_panel *panel, const struct ecp_view *view)
{
    struct need need = {.right = margin, .below = gap, .above = gap};
    need.left = number_width(panel, view->y) + tick_length + gap;
    if (panel->y.name && !panel->y.bare)
        need.left += name_size + 1.2 * gap;
    if (!panel->x.bare)
        need.below = tick_length + gap + number_size + (panel->x.name ? name_size + 1.4 * gap : 0);
    if (panel->title)
        need.above += name_size + gap;
    if (panel->legend) {
        double width = 0;
        for (size_t k = 0; k < panel->n_series; k++)
            if (panel->series[k].name)
                width = fmax(width, bold * ecp_text_width(panel->series[k].name, number_size));
        need.right += width + 50;
    }
    if (has_heat(panel))
        need.right += 105;
    return need;
}

static void write_at(const struct ecp_canvas *canvas, struct ecp_label label, const char *text)
{
    ecp_canvas_text(canvas, &label, text);
}

/* ---- axes -------------------------------------------------------------- */

static size_t most_ticks(double pixels, double each)
{
    return (size_t)fmin(fmax(pixels / each, fmin(pixels / 26, 3)), 10);
}

static struct ecp_label below_axis(const struct ecp_box *box, double x)
{
    return (struct ecp_label){.x = x,
                              .y = box->bottom - tick_length - gap - 0.4 * number_size,
                              .justify = 0.5,
                              .size = number_size,
                              .ink = ECP_INK_FAINT};
}

/* Names in place of numbers, as small as they must be to stand side by side. */
static void draw_x_marks(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                         const struct ecp_view *view)
{
    const struct ecp_box *box = &view->box;
    const double zoom = (box->right - box->left) / (view->x.highest - view->x.lowest);
    double wanted = 0;
    for (size_t k = 0; k < panel->x.n_marks; k++)
        wanted += 1.1 * ecp_text_width(panel->x.mark[k].text, number_size) + gap;
    const double room = box->right - box->left;
    for (size_t k = 0; k < panel->x.n_marks; k++) {
        const struct ecp_axis_mark *mark = &panel->x.mark[k];
        struct ecp_label label =
            below_axis(box, box->left + zoom * (mark->position - view->x.lowest));
        label.ink = mark->colour;
        label.size = wanted > room ? fmax(number_size * room / wanted, 9) : number_size;
        write_at(canvas, label, mark->text);
    }
}

static void draw_x_numbers(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                           const struct ecp_view *view)
{
    const struct ecp_box *box = &view->box;
    const double width = box->right - box->left;
    const struct ecp_ticks ticks = ecp_axis_ticks(&panel->x, view->x, most_ticks(width, 110));
    const double zoom = width / (view->x.highest - view->x.lowest);
    char text[TEXT_MAX];
    for (size_t k = 0; k < ticks.n; k++) {
        const double value = ecp_ticks_at(&ticks, k);
        const double x = box->left + zoom * (value - view->x.lowest);
        ecp_canvas_pen(canvas, ECP_INK_AXIS, 1.3);
        ecp_canvas_line((double[]){x, box->bottom}, (double[]){x, box->bottom - tick_length});
        if (panel->x.bare)
            continue;
        ecp_ticks_text(&ticks, k, text, sizeof text);
        write_at(canvas, below_axis(box, x), text);
    }
}

static void draw_x_axis(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                        const struct ecp_view *view)
{
    const struct ecp_box *box = &view->box;
    char text[TEXT_MAX];
    if (panel->x.n_marks > 0)
        draw_x_marks(canvas, panel, view);
    else
        draw_x_numbers(canvas, panel, view);
    ecp_axis_title(&panel->x, text, sizeof text);
    if (!panel->x.bare)
        write_at(canvas,
                 (struct ecp_label){.x = 0.5 * (box->left + box->right),
                                    .y = box->bottom - tick_length - 1.9 * gap - number_size -
                                         0.5 * name_size,
                                    .justify = 0.5,
                                    .size = name_size,
                                    .ink = ECP_INK_TEXT},
                 text);
}

/* Marks in place of numbers, moved apart where they would touch. */
static void draw_marks(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                       const struct ecp_view *view)
{
    const struct ecp_box *box = &view->box;
    const double zoom = (box->top - box->bottom) / (view->y.highest - view->y.lowest);
    const double apart = 1.15 * number_size;
    double above = INFINITY;
    for (size_t k = 0; k < panel->y.n_marks; k++) {
        const struct ecp_axis_mark *mark = &panel->y.mark[k];
        const double wanted = box->bottom + zoom * (mark->position - view->y.lowest);
        const double y = fmin(wanted, above - apart);
        above = y;
        write_at(canvas,
                 (struct ecp_label){.x = box->left - tick_length - gap,
                                    .y = y,
                                    .justify = 1,
                                    .size = number_size,
                                    .bold = 1,
                                    .ink = mark->colour},
                 mark->text);
    }
}

static void draw_y_numbers(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                           const struct ecp_view *view)
{
    const struct ecp_box *box = &view->box;
    const double height = box->top - box->bottom;
    const struct ecp_ticks ticks = ecp_axis_ticks(&panel->y, view->y, most_ticks(height, 60));
    const double zoom = height / (view->y.highest - view->y.lowest);
    char text[TEXT_MAX];
    for (size_t k = 0; k < ticks.n; k++) {
        const double value = ecp_ticks_at(&ticks, k);
        const double y = box->bottom + zoom * (value - view->y.lowest);
        if (y > box->bottom + 1 && !has_heat(panel)) {
            ecp_canvas_pen(canvas, ECP_INK_GRID, 1);
            ecp_canvas_line((double[]){box->left, y}, (double[]){box->right, y});
        }
        ecp_canvas_pen(canvas, ECP_INK_AXIS, 1.3);
        ecp_canvas_line((double[]){box->left, y}, (double[]){box->left - tick_length, y});
        if (panel->y.bare)
            continue;
        ecp_ticks_text(&ticks, k, text, sizeof text);
        write_at(canvas,
                 (struct ecp_label){.x = box->left - tick_length - 0.7 * gap,
                                    .y = y,
                                    .justify = 1,
                                    .size = number_size,
                                    .ink = ECP_INK_FAINT},
                 text);
    }
}

/* Small panels get small names, though none that cannot be read. */
static double fitting(const char *text, double size, double room)
{
    const double width = ecp_text_width(text, size);
    return width > room ? fmax(size * room / width, 11) : size;
}

/* Before the series, so that they lie over the grid. */
static void draw_axes(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                      const struct ecp_view *view, double name_x)
{
    const struct ecp_box *box = &view->box;
    char text[TEXT_MAX];
    if (panel->y.n_marks > 0)
        draw_marks(canvas, panel, view);
    else
        draw_y_numbers(canvas, panel, view);
    draw_x_axis(canvas, panel, view);
    ecp_axis_title(&panel->y, text, sizeof text);
    if (!panel->y.bare)
        write_at(canvas,
                 (struct ecp_label){.x = name_x,
                                    .y = 0.5 * (box->bottom + box->top),
                                    .justify = 0.5,
                                    .size = fitting(text, name_size, box->top - box->bottom),
                                    .upright = 1,
                                    .ink = ECP_INK_TEXT},
                 text);
    if (panel->title)
        write_at(canvas,
                 (struct ecp_label){.x = box->left,
                                    .y = box->top + gap + 0.4 * name_size,
                                    .size = name_size,
                                    .bold = 1,
                                    .ink = ECP_INK_TEXT},
                 panel->title);
}

/* ---- legends ------------------------------------------------------------- */

static void draw_legend(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                        const struct ecp_box *box)
{
    double y = box->top - 0.6 * number_size;
    const double x = box->right + (has_heat(panel) ? 115 : 18);
    for (size_t k = 0; k < panel->n_series; k++) {
        const struct ecp_series *s = &panel->series[k];
        if (!s->name)
            continue;
        ecp_canvas_pen(canvas, s->colour, 3.5);
        if (s->dashed)
            ecp_canvas_line((double[]){x + 12, y}, (double[]){x + 20, y});
        ecp_canvas_line((double[]){x, y}, (double[]){x + (s->dashed ? 8 : 20), y});
        write_at(
            canvas,
            (struct ecp_label){.x = x + 28,
                               .y = y,
                               .size = number_size,
                               .bold = 1,
                               .ink = s->colour == ECP_COLOUR_GREY ? ECP_INK_FAINT : s->colour},
            s->name);
        y -= 1.45 * number_size;
    }
}

static void draw_note(const struct ecp_canvas *canvas, const char *note, const struct ecp_box *box)
{
    if (note)
        write_at(canvas,
                 (struct ecp_label){.x = box->right - gap,
                                    .y = box->top - 0.7 * note_size,
                                    .justify = 1,
                                    .size = note_size,
                                    .ink = ECP_INK_FAINT},
                 note);
}

static void draw_colour_bar(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                            const struct ecp_view *view)
{
    enum { PIECES = 64 };
    const struct ecp_box *box = &view->box;
    const double x0 = box->right + 18, x1 = x0 + 18, height = box->top - box->bottom;
    for (int k = 0; k < PIECES; k++) {
        const double y0 = box->bottom + height * k / PIECES, y1 = y0 + height / PIECES;
        ecp_canvas_heat(canvas, (k + 0.5) / PIECES);
        ecp_canvas_fill(4, (double[]){x0, x1, x1, x0}, (double[]){y0, y0, y1, y1});
    }
    const struct ecp_ticks ticks = ecp_axis_ticks(&panel->z, view->z, most_ticks(height, 60));
    const double zoom = height / (view->z.highest - view->z.lowest);
    char text[TEXT_MAX];
    for (size_t k = 0; k < ticks.n; k++) {
        const double value = ecp_ticks_at(&ticks, k);
        ecp_ticks_text(&ticks, k, text, sizeof text);
        write_at(canvas,
                 (struct ecp_label){.x = x1 + 0.6 * gap,
                                    .y = box->bottom + zoom * (value - view->z.lowest),
                                    .size = number_size,
                                    .ink = ECP_INK_FAINT},
                 text);
    }
    ecp_axis_title(&panel->z, text, sizeof text);
    write_at(canvas,
             (struct ecp_label){.x = x1 + 66,
                                .y = box->bottom + 0.5 * height,
                                .justify = 0.5,
                                .size = name_size,
                                .upright = 1,
                                .ink = ECP_INK_TEXT},
             text);
}

/* ---- panels ---------------------------------------------------------------- */

static enum ecp_status draw_panel(const struct ecp_canvas *canvas, const struct ecp_panel *panel,
                                  const struct ecp_view *view, double name_x)
{
    enum ecp_status status = ECP_OK;
    const struct ecp_box *box = &view->box;
    ecp_canvas_page(canvas);
    draw_axes(canvas, panel, view, name_x);
    ecp_canvas_view(canvas, view);
    for (size_t k = 0; k < panel->n_series; k++)
        ECP_TRY(ecp_series_draw(canvas, view, &panel->series[k]));
    ecp_canvas_page(canvas);
    ecp_canvas_pen(canvas, ECP_INK_AXIS, 1.3);
    ecp_canvas_line((double[]){box->left, box->bottom}, (double[]){box->right, box->bottom});
    ecp_canvas_line((double[]){box->left, box->bottom}, (double[]){box->left, box->top});
    if (panel->legend)
        draw_legend(canvas, panel, box);
    if (has_heat(panel))
        draw_colour_bar(canvas, panel, view);
    draw_note(canvas, panel->note, box);
done:
    return status;
}

static double draw_titles(const struct ecp_canvas *canvas, const struct ecp_figure *figure)
{
    double y = canvas->height - margin;
    if (figure->title) {
        y -= 0.5 * title_size;
        write_at(canvas,
                 (struct ecp_label){
                     .x = margin, .y = y, .size = title_size, .bold = 1, .ink = ECP_INK_TEXT},
                 figure->title);
        y -= 0.5 * title_size + 0.6 * gap;
    }
    if (figure->subtitle) {
        y -= 0.5 * subtitle_size;
        write_at(
            canvas,
            (struct ecp_label){.x = margin, .y = y, .size = subtitle_size, .ink = ECP_INK_FAINT},
            figure->subtitle);
        y -= 0.5 * subtitle_size + gap;
    }
    return y;
}

/* Panels of a row share their height, panels of a column their left and right
 * edges, so that times and values line up. */
static enum ecp_status place(const struct ecp_figure *figure, struct ecp_canvas canvas, double top,
                             struct ecp_view *view)
{
    const size_t columns = figure->columns > 0 ? figure->columns : 1;
    const size_t rows = (figure->n_panels + columns - 1) / columns;
    struct need row_need[MOST_ROWS] = {{0}};
    double share[MOST_ROWS] = {0}, free_height = top - 0.4 * margin, shares = 0;
    if (rows > MOST_ROWS || columns > MOST_ROWS)
        return ecp_fail(ECP_EARG, "a figure has %zu x %zu panels; at most %d x %d are drawn", rows,
                        columns, MOST_ROWS, MOST_ROWS);
    for (size_t k = 0; k < figure->n_panels; k++) {
        const struct need need = panel_need(&figure->panel[k], &view[k]);
        struct need *row = &row_need[k / columns];
        row->above = fmax(row->above, need.above);
        row->below = fmax(row->below, need.below);
        share[k / columns] = figure->panel[k].height > 0 ? figure->panel[k].height : 1;
    }
    for (size_t r = 0; r < rows; r++) {
        shares += share[r];
        free_height -= row_need[r].above + row_need[r].below;
    }
    for (size_t k = 0; k < figure->n_panels; k++) {
        const size_t r = k / columns;
        if (k % columns == 0 && k > 0)
            top = view[k - 1].box.bottom - row_need[r - 1].below;
        view[k].box.top = top - row_need[r].above;
        view[k].box.bottom = view[k].box.top - fmax(free_height * share[r] / shares, 10);
    }
    for (size_t c = 0; c < columns; c++) {
        const double width = (canvas.width - margin) / (double)columns;
        struct need need = {0};
        for (size_t k = c; k < figure->n_panels; k += columns) {
            const struct need one = panel_need(&figure->panel[k], &view[k]);
            need.left = fmax(need.left, one.left);
            need.right = fmax(need.right, one.right);
        }
        for (size_t k = c; k < figure->n_panels; k += columns) {
            view[k].box.left = margin + (double)c * width + need.left;
            view[k].box.right =
                fmax(margin + (double)(c + 1) * width - need.right, view[k].box.left + 10);
        }
    }
    return ECP_OK;
}

static enum ecp_status set_view(const struct ecp_panel *panel, struct ecp_view *view)
{
    enum ecp_status status;
    ECP_TRY(ecp_axis_range_x(panel, &view->x));
    ECP_TRY(ecp_axis_range_y(panel, &view->y));
    if (has_heat(panel))
        ECP_TRY(ecp_axis_range_z(panel, &view->z));
done:
    return status;
}

/* An empty frame in its place: the others stay where a reader looks for them. */
static void show_nothing(struct ecp_panel *panel, struct ecp_view *view)
{
    const struct ecp_range any = {0, 1};
    ecp_error_clear();
    *panel = (struct ecp_panel){.title = panel->title,
                                .note = "nothing finite to show",
                                .height = panel->height,
                                .x.bare = 1,
                                .y.bare = 1};
    view->x = view->y = any;
}

enum ecp_status ecp_figure_draw(const struct ecp_canvas *canvas, const struct ecp_figure *figure)
{
    enum ecp_status status = ECP_OK;
    const size_t columns = figure->columns > 0 ? figure->columns : 1;
    struct ecp_view *view = calloc(figure->n_panels + 1, sizeof *view);
    struct ecp_figure logarithms = {0};
    struct ecp_panel *own = calloc(figure->n_panels + 1, sizeof *own);
    if (!view || !own) {
        status = ecp_fail(ECP_ENOMEM, "no memory to draw %zu panels", figure->n_panels);
        goto done;
    }
    struct ecp_figure shown = *figure;
    shown.panel = own;
    for (size_t k = 0; k < figure->n_panels; k++)
        ECP_TRY(ecp_panel_logarithms(&figure->panel[k], &logarithms, &own[k]));
    figure = &shown;
    for (size_t k = 0; k < figure->n_panels; k++) {
        status = set_view(&own[k], &view[k]);
        if (status == ECP_EARG && figure->may_be_empty)
            show_nothing(&own[k], &view[k]);
        else if (status != ECP_OK)
            goto done;
    }
    ecp_canvas_page(canvas);
    const double top = draw_titles(canvas, figure);
    ECP_TRY(place(figure, *canvas, top, view));
    for (size_t k = 0; k < figure->n_panels; k++) {
        const double width = (canvas->width - margin) / (double)columns;
        const double name_x = margin + (double)(k % columns) * width + 0.5 * name_size;
        ECP_TRY(draw_panel(canvas, &figure->panel[k], &view[k], name_x));
    }
done:
    ecp_figure_clear(&logarithms);
    free(own);
    free(view);
    return status;
}
