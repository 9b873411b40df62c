/* scaling_plot.c -- the pictures of docs/SCALING.md:
 *
 *     scaling_plot CURVES.csv FOLDER
 *
 * from the curves of bench/scaling_table.py: lines of panel,series,ranks,y. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plot.h"

enum { MOST_SERIES = 8, MOST_POINTS = 32, MOST_PANELS = 4 };

struct source {
    const char *panel, *title, *name, *unit;
    double lowest, highest; /* of y; both 0: what there is */
    int logarithmic;
};

struct picture {
    const char *file, *title, *subtitle;
    double width, height;
    int columns, most_ranks;
    struct source source[MOST_PANELS];
};

static const struct picture pictures[] = {
    {"scaling_forecast",
     "Forecast and dry run against real ranks",
     "measured: CPU time and memory of ranks on 2 cores (4 and 8 ranks share them)",
     1600,
     1000,
     2,
     10,
     {{"forecast_memory", "memory: forecast / measured", "ratio", NULL, 0.6, 1.4, 0},
      {"dry_memory", "memory: dry run / real", "ratio", NULL, 0.6, 1.4, 0},
      {"forecast_run", "run: forecast / measured", "ratio", NULL, 0, 2, 0},
      {"dry_run", "run: dry run / real", "ratio", NULL, 0, 2, 0}}},
    {"scaling_dry",
     "The balanced network on R ranks, 11,250 neurons each",
     "dry runs of one rank; messages: 1 us each and 2 GB/s",
     1600,
     1000,
     2,
     100000,
     {{"bytes", "memory", "bytes a synapse", NULL, 0, 0, 0},
      {"build", "build, one thread", "time", "s", 0, 0, 0},
      {"rtf", "run, one thread", "real-time factor", NULL, 0, 0, 1},
      {"letters", "sent in an epoch", "messages; kB", NULL, 0, 0, 1}}},
    {"scaling_real",
     "Strong and weak scaling on real ranks",
     "the balanced network, one thread a rank, processor time; 4 and 8 ranks share 2 cores",
     1600,
     600,
     2,
     10,
     {{"strong", "9,000 neurons in all", "time", "s", 0, 0, 1},
      {"weak", "1,125 neurons a rank", "time", "s", 0, 0, 0}}},
};

struct rows {
    char panel[32], name[48];
    size_t n;
    double x[MOST_POINTS], y[MOST_POINTS];
};

enum { MOST_ROWS = 64 };

struct table {
    size_t n;
    struct rows rows[MOST_ROWS];
};

static enum ecp_status add(struct table *t, const char *panel, const char *name, double x, double y)
{
    size_t k = 0;
    while (k < t->n && (strcmp(t->rows[k].panel, panel) != 0 || strcmp(t->rows[k].name, name) != 0))
        k++;
    if (k == MOST_ROWS || (k < t->n && t->rows[k].n == MOST_POINTS))
        return ecp_fail(ECP_EARG, "too many series or points: %s %s", panel, name);
    struct rows *r = &t->rows[k];
    if (k == t->n) {
        t->n++;
        (void)snprintf(r->panel, sizeof r->panel, "%s", panel);
        (void)snprintf(r->name, sizeof r->name, "%s", name);
    }
    r->x[r->n] = x;
    r->y[r->n++] = y;
    return ECP_OK;
}

static enum ecp_status read_table(const char *path, struct table *t)
{
    enum ecp_status status = ECP_OK;
    char line[256], panel[32], name[48];
    double x, y;
    FILE *file = fopen(path, "r");
    if (!file)
        return ecp_fail(ECP_EIO, "%s is not there", path);
    while (status == ECP_OK && fgets(line, sizeof line, file))
        if (sscanf(line, "%31[^,],%47[^,],%lf,%lf", panel, name, &x, &y) == 4)
            status = add(t, panel, name, x, y);
    (void)fclose(file);
    return status;
}

static size_t count(const struct table *t, const char *panel)
{
    size_t n = 0;
    for (size_t k = 0; k < t->n; k++)
        n += strcmp(t->rows[k].panel, panel) == 0;
    return n;
}

/* Every series as a line and as points. */
static enum ecp_status fill(struct ecp_figure *figure, const struct picture *p,
                            const struct source *from, struct table *t, struct ecp_panel *to)
{
    enum ecp_status status = ECP_OK;
    int colour = 0;
    size_t n = 0;
    ECP_TRY(ecp_figure_add_series(figure, to, 2 * count(t, from->panel)));
    for (size_t k = 0; k < t->n; k++) {
        struct rows *r = &t->rows[k];
        if (strcmp(r->panel, from->panel) != 0)
            continue;
        to->series[n++] = (struct ecp_series){
            .kind = ECP_SERIES_LINE, .colour = colour, .n = r->n, .x = r->x, .y = r->y};
        to->series[n++] = (struct ecp_series){.kind = ECP_SERIES_POINTS,
                                              .name = r->name,
                                              .colour = colour++,
                                              .size = 1.7,
                                              .n = r->n,
                                              .x = r->x,
                                              .y = r->y};
    }
    to->title = from->title;
    to->legend = 1;
    to->x = (struct ecp_axis){
        .name = "ranks", .lowest = 0.8, .highest = p->most_ranks, .logarithmic = 1};
    to->y = (struct ecp_axis){.name = from->name,
                              .unit = from->unit,
                              .lowest = from->lowest,
                              .highest = from->highest,
                              .logarithmic = from->logarithmic};
done:
    return status;
}

static enum ecp_status draw(const struct picture *p, struct table *t, const char *folder)
{
    enum ecp_status status = ECP_OK;
    struct ecp_figure figure = {.title = p->title,
                                .subtitle = p->subtitle,
                                .width = p->width,
                                .height = p->height,
                                .columns = (size_t)p->columns};
    char path[512];
    size_t n = 0;
    while (n < MOST_PANELS && p->source[n].panel && count(t, p->source[n].panel) > 0)
        n++;
    if (n == 0)
        return ECP_OK; /* that part was not measured */
    ECP_TRY(ecp_figure_add_panels(&figure, n));
    for (size_t k = 0; k < n; k++)
        ECP_TRY(fill(&figure, p, &p->source[k], t, &figure.panel[k]));
    (void)snprintf(path, sizeof path, "%s/%s.svg", folder, p->file);
    ECP_TRY(ecp_figure_write(&figure, path));
    (void)printf("%s\n", path);
done:
    ecp_figure_clear(&figure);
    return status;
}

int main(int argc, char **argv)
{
    enum ecp_status status = ECP_OK;
    struct table *table = calloc(1, sizeof *table);
    if (argc != 3 || !table) {
        (void)fprintf(stderr, "usage: scaling_plot CURVES.csv FOLDER\n");
        free(table);
        return ecp_status_exit_code(ECP_EUSAGE);
    }
    status = read_table(argv[1], table);
    for (size_t k = 0; status == ECP_OK && k < sizeof pictures / sizeof pictures[0]; k++)
        status = draw(&pictures[k], table, argv[2]);
    if (status != ECP_OK)
        (void)fprintf(stderr, "scaling_plot: %s\n", ecp_error_message());
    free(table);
    return ecp_status_exit_code(status);
}
