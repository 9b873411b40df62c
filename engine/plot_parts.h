/* plot_parts.h -- what the files of the plot module share; not for others. */
#ifndef ECP_PLOT_PARTS_H
#define ECP_PLOT_PARTS_H

#include "engine/plot.h"

/* ---- axes (plot_axis.c) ---------------------------------------------- */

struct ecp_range {
    double lowest, highest;
};

/* n ticks, at first + k * step, written with `decimals` digits. On a logarithmic axis
 * positions are logarithms (base 10): whole ones, or, with `digits` > 0, those of so many
 * digits in every decade. */
struct ecp_ticks {
    double first, step;
    size_t n;
    int decimals;
    int logarithmic, digits;
};

/* Multiples of 1, 2 or 5 times a power of ten, at most `most` intervals. */
struct ecp_ticks ecp_ticks_choose(struct ecp_range range, size_t most);
double ecp_ticks_step(double span, size_t most);
/* The same for an axis; a logarithmic one's range is in logarithms. */
struct ecp_ticks ecp_axis_ticks(const struct ecp_axis *axis, struct ecp_range range, size_t most);
double ecp_ticks_at(const struct ecp_ticks *ticks, size_t k);
void ecp_ticks_text(const struct ecp_ticks *ticks, size_t k, char *text, size_t size);

/* What an axis shows: as asked, or what the series span. ECP_EARG when there
 * is nothing finite to show. */
enum ecp_status ecp_axis_range_x(const struct ecp_panel *panel, struct ecp_range *out);
enum ecp_status ecp_axis_range_y(const struct ecp_panel *panel, struct ecp_range *out);
enum ecp_status ecp_axis_range_z(const struct ecp_panel *panel, struct ecp_range *out);

/* (plot_log.c) A logarithm's number, as "0.01", "500" or "10" with its power; a range of
 * logarithms, up to digits that are ticks. */
void ecp_logarithm_text(double logarithm, char *text, size_t size);
void ecp_logarithms_round(double *lowest, double *highest);

/* The panel with logarithms in place of what stands on logarithmic axes, owned by
 * `memory`. */
enum ecp_status ecp_panel_logarithms(const struct ecp_panel *panel, struct ecp_figure *memory,
                                     struct ecp_panel *out);

/* "name (unit)". */
void ecp_axis_title(const struct ecp_axis *axis, char *text, size_t size);

/* ---- drawing (plot_canvas.c, plot_series.c, plot_draw.c) -------------- */

/* Pixels, from the lower left corner. */
struct ecp_box {
    double left, bottom, right, top;
};

struct ecp_canvas {
    double width, height; /* pixels of the layout */
    double scale;         /* units of the page per pixel */
    double no_outline;    /* the pen width with which fills get no outline */
};

/* A part of the page with its own coordinates; drawing is clipped to it. */
struct ecp_view {
    struct ecp_box box;
    struct ecp_range x, y, z;
};

/* Colours besides those of series. */
enum { ECP_INK_TEXT = -2, ECP_INK_AXIS = -1, ECP_INK_FAINT = -3, ECP_INK_GRID = -4 };

struct ecp_label {
    double x, y;    /* pixels; the middle of the text's height */
    double justify; /* 0, 0.5 or 1 */
    double size;    /* pixels */
    int upright;    /* 1: turned to read from below */
    int bold;
    int ink;
};

void ecp_canvas_setup(void); /* palette; before the page is opened */
void ecp_canvas_page(const struct ecp_canvas *canvas);
void ecp_canvas_view(const struct ecp_canvas *canvas, const struct ecp_view *view);
void ecp_canvas_pen(const struct ecp_canvas *canvas, int ink, double width);
void ecp_canvas_brush(const struct ecp_canvas *canvas, int ink, int pale);
void ecp_canvas_heat(const struct ecp_canvas *canvas, double level); /* 0..1 */
void ecp_canvas_line(const double from[2], const double to[2]);
void ecp_canvas_fill(size_t n, const double *x, const double *y);
void ecp_canvas_path(size_t n, const double *x, const double *y);
void ecp_canvas_text(const struct ecp_canvas *canvas, const struct ecp_label *label,
                     const char *text);
double ecp_text_width(const char *text, double size); /* about, in pixels */

/* The view must be current. */
enum ecp_status ecp_series_draw(const struct ecp_canvas *canvas, const struct ecp_view *view,
                                const struct ecp_series *series);

/* All of a figure onto the open page. */
enum ecp_status ecp_figure_draw(const struct ecp_canvas *canvas, const struct ecp_figure *figure);

/* ECP_EUSAGE when the extension is none that can be written. */
enum ecp_status ecp_figure_check_path(const char *path);

/* ---- files (plot_file.c) --------------------------------------------- */

/* Shorten the SVG text in place (it ends with '\0'), with readable letters
 * and a size of width x height pixels; returns the new length. */
size_t ecp_svg_tidy(char *text, double width, double height);

/* Write under a temporary name beside `path`, flush to disk, rename. */
enum ecp_status ecp_file_replace(const char *path, const char *bytes, size_t n);

/* ---- kinds (plot.c and plot_KIND.c) ------------------------------------ */

/* The populations asked for, as a list of indices owned by the figure.
 * ECP_EUSAGE names those that there are. */
struct ecp_choice_list {
    size_t n;
    size_t *index;
};
enum ecp_status ecp_plot_populations(const struct ecp_plot_request *request,
                                     const struct ecp_recording *recording,
                                     struct ecp_figure *figure, struct ecp_choice_list *out);

/* The stretch to show: what was asked for, else the last `tail` ms (0: the
 * phases that count). ECP_EUSAGE when it is empty. */
enum ecp_status ecp_plot_window(const struct ecp_plot_request *request,
                                const struct ecp_recording *recording, double tail,
                                struct ecp_range *out);

/* Time axis of a window: ms, or s for a long one; *scale is what a time in ms
 * is multiplied by. */
struct ecp_axis ecp_plot_time_axis(struct ecp_range window, double *scale);

/* Events of a population with start < time <= stop are [*from, *to). */
void ecp_plot_events_between(const struct ecp_recorded_population *population, double dt,
                             struct ecp_range window, size_t *from, size_t *to);

/* "12,345" in a buffer of at least 32 bytes; returns it. */
const char *ecp_plot_grouped(uint64_t number, char *text);

enum ecp_status ecp_plot_build_raster(const struct ecp_plot_request *request,
                                      const struct ecp_recording *recording,
                                      struct ecp_figure *figure);
enum ecp_status ecp_plot_build_rates(const struct ecp_plot_request *request,
                                     const struct ecp_recording *recording,
                                     struct ecp_figure *figure);
enum ecp_status ecp_plot_build_trace(const struct ecp_plot_request *request,
                                     const struct ecp_recording *recording,
                                     struct ecp_figure *figure);
enum ecp_status ecp_plot_build_histogram(const struct ecp_plot_request *request,
                                         const struct ecp_recording *recording,
                                         struct ecp_figure *figure);

#endif
