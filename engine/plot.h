/* plot.h -- pictures of a run, and of anything that can be put on two axes.
 *
 * A figure is a table of panels; a panel is two axes and a list of series.
 * One function writes any figure as SVG, PNG or PDF. The kinds of plot
 * (raster, rates, ...) build figures from a recording; to add one, write one
 * function and one line in ecp_plot_kinds[] (docs/PLOTTING.md).
 *
 * Strings are UTF-8. All arrays are read only and belong to the caller, or to
 * the figure where they come from ecp_figure_alloc. */
#ifndef ECP_PLOT_H
#define ECP_PLOT_H

#include "engine/recording.h"
#include "engine/status.h"

/* ---- figures --------------------------------------------------------- */

/* Series take colour 0, 1, ... of a palette that readers with any colour
 * vision can tell apart; larger numbers start again. */
enum { ECP_COLOUR_GREY = -1, ECP_COLOUR_BLACK = -2, ECP_COLOURS = 10 };

enum ecp_series_kind {
    ECP_SERIES_POINTS, /* n dots at (x, y) */
    ECP_SERIES_EVENTS, /* n upright marks, as in a raster; those of one row
                          (equal y) share one path, which keeps files small */
    ECP_SERIES_LINE,   /* through n points (x, y); NAN breaks the line */
    ECP_SERIES_STEPS,  /* y[k] holds from x[k] to x[k + 1]; x has n + 1 */
    ECP_SERIES_BARS,   /* y[k] from 0, between x[k] and x[k + 1]; n + 1 */
    ECP_SERIES_BAND,   /* filled between y and upper, over x */
    ECP_SERIES_ERRORS, /* n upright lines from y to upper at x: error bars */
    ECP_SERIES_HEAT    /* rows x columns values as colours, over the panel's
                          axes from (x[0], y[0]) to (x[1], y[1]); row 0 at
                          the bottom; NAN is left white */
};

struct ecp_series {
    enum ecp_series_kind kind;
    const char *name; /* in the legend; NULL: not there */
    int colour;
    double size; /* diameter of a dot or width of a line, as a multiple of
                    what is usual; 0 means 1 */
    int dashed;  /* ECP_SERIES_LINE */
    size_t n;
    const double *x, *y;
    const double *upper;  /* ECP_SERIES_BAND, ECP_SERIES_ERRORS */
    size_t rows, columns; /* ECP_SERIES_HEAT */
    const double *value;  /* ECP_SERIES_HEAT, row-major; its range is the
                             panel's z axis */
};

/* A name in place of a number, at a position on an axis. */
struct ecp_axis_mark {
    double position;
    const char *text;
    int colour;
};

struct ecp_axis {
    const char *name;       /* "time" */
    const char *unit;       /* "ms"; NULL or "1": none */
    double lowest, highest; /* both 0: what the series span, rounded */
    int logarithmic;        /* 1: equal factors are equal lengths; what is not above 0 is
                               left out (bars must not be on such a y axis) */
    int bare;               /* 1: no numbers and no name (a neighbouring
                               panel shows them) */
    size_t n_marks;         /* 0: numbers */
    const struct ecp_axis_mark *mark;
};

struct ecp_panel {
    const char *title;       /* NULL: none */
    const char *note;        /* a line inside, at the top right; NULL: none */
    double height;           /* share of the height of its column; 0 means 1 */
    int legend;              /* 1: names of the series to the right */
    struct ecp_axis x, y, z; /* z: colours, only with a heat map */
    size_t n_series;
    struct ecp_series *series;
};

struct ecp_figure {
    const char *title;
    const char *subtitle; /* what a reader must know: window, thinning */
    double width, height; /* pixels of a PNG; 0: 1600 x 1000 */
    size_t columns;       /* panels side by side, filled row by row; 0: 1 */
    int may_be_empty;     /* 1: a panel with nothing finite to show says so; 0: ECP_EARG */
    size_t n_panels;
    struct ecp_panel *panel;
    struct ecp_arena *memory; /* NULL when all belongs to the caller */
};

/* Draw `figure` into `path`; the extension (.svg, .png, .pdf) says how. The
 * file appears under its name only when whole. Heat maps of more than 320
 * columns or 200 rows are averaged down to that.
 *
 * ECP_EUSAGE: another extension. ECP_EIO: the file cannot be written.
 * ECP_EARG: a series without data, or an axis without range. One figure at a
 * time is drawn in a process; calls from several threads wait for each other.
 * O(n log n) in the points; an event costs about 60 bytes of an SVG. */
enum ecp_status ecp_figure_write(const struct ecp_figure *figure, const char *path);

/* Building a figure whose parts it owns: start from {0}, end with clear. The
 * pointers stay valid until then. All return ECP_ENOMEM or NULL when memory
 * ends; memory is zeroed. */
void *ecp_figure_alloc(struct ecp_figure *figure, size_t count, size_t bytes);
char *ecp_figure_printf(struct ecp_figure *figure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum ecp_status ecp_figure_add_panels(struct ecp_figure *figure, size_t count);
enum ecp_status ecp_figure_add_series(struct ecp_figure *figure, struct ecp_panel *panel,
                                      size_t count);
void ecp_figure_clear(struct ecp_figure *figure);

/* ---- plots of a recording -------------------------------------------- */

/* What is wanted; start from ecp_plot_request_default(). */
struct ecp_plot_request {
    const struct ecp_recording *recording; /* NULL: read `path` */
    const char *path;                      /* a run's directory or a SONATA spike file */
    const char *kind;                      /* a name in ecp_plot_kinds[] */
    const char *output;                    /* FILE.svg, FILE.png or FILE.pdf */
    const char *population;                /* names separated by commas; NULL: all */
    const char *signal;                    /* trace: "probe" or "field"; NULL: all but rates */
    double start, stop;                    /* ms; NAN (or both 0): the kind chooses (raster
                                              and trace: the last 500 ms; others: the phases
                                              that count) */
    size_t max_neurons;                    /* raster: in all; trace: a panel's; 0: the kind
                                              chooses (8000; 5) */
    double bin;                            /* ms, rates; 0: the kind chooses */
};

struct ecp_plot_request ecp_plot_request_default(void);

/* Read where needed, build the figure, write it.
 *
 * ECP_EUSAGE: unknown kind, population, signal or extension, or a window in
 * which nothing was run (the message names what there is). ECP_EARG: the run
 * did not record what the plot shows. ECP_EIO, ECP_ENOMEM. */
enum ecp_status ecp_plot_run(const struct ecp_plot_request *request);

struct ecp_plot_kind {
    const char *name;
    const char *summary;

    /* Fill `figure` (given as {0}, cleared by the caller) from `recording`. */
    enum ecp_status (*build)(const struct ecp_plot_request *request,
                             const struct ecp_recording *recording, struct ecp_figure *figure);
};

/* For help; ends with {0}. */
extern const struct ecp_plot_kind ecp_plot_kinds[];

#endif
