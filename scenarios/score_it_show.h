/* score_it_show.h -- tables and the figure of scenario score_it. Included by score_it.c alone. */
#ifndef ECP_SCORE_IT_SHOW_H
#define ECP_SCORE_IT_SHOW_H

/* ---- what is shown --------------------------------------------------------------------------- */

enum { COLUMNS = 6 };

static enum ecp_status show_table(const struct work *w, const char *name,
                                  const struct ecp_sheet *sheet, double *cell)
{
    const size_t n = w->n_models;
    const char **word = ecp_experiment_alloc(w->experiment, n, sizeof *word);
    if (!word)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (size_t k = 0; k < n; k++) {
        const struct ecp_estimate of = estimate_of(sheet, w->model[k]->name);
        const double row[COLUMNS] = {of.value, of.error, of.low, of.high, of.p, (double)k};
        word[k] = w->model[k]->name;
        for (size_t c = 0; c < COLUMNS; c++)
            cell[c * n + k] = row[c];
    }
    const struct ecp_table_column column[] = {
        {"model", "1", "what is compared", NULL, word},
        {"score", "1", "mean r of its dissimilarities with the subjects'", cell, NULL},
        {"error", "1", "standard error, by bootstrap", cell + n, NULL},
        {"lowest", "1", "lower end of the 95 % interval", cell + 2 * n, NULL},
        {"highest", "1", "upper end of it", cell + 3 * n, NULL},
        {"p", "1", "that the score is not above 0", cell + 4 * n, NULL}};
    return ecp_experiment_table(w->experiment, name, n, column, COLUMNS);
}

/* A bar for each model, errors on top, ceilings as lines. `x` and the lines have room for
 * them: 2 numbers and 1 line a model, 6 and 4 besides. */
static struct ecp_picture picture_of(const struct work *w, const double *cell, double *x,
                                     struct ecp_line *line, const struct ecp_sheet *sheet)
{
    const size_t n = w->n_models;
    const double lower = ecp_sheet_value(sheet, "rsa", "ceiling_lower", NULL);
    const double upper = ecp_sheet_value(sheet, "rsa", "ceiling_upper", NULL);
    size_t n_lines = 0;
    const char **name = ecp_experiment_alloc(w->experiment, n, sizeof *name);
    double *end = x + 5 * n;
    for (size_t k = 0; k < n; k++) {
        const int colour = k < w->n_seeds ? 0 : k == w->n_seeds ? 1 : ECP_COLOUR_GREY;
        double *bar = x + 4 * k;
        bar[0] = (double)k + 0.7;
        bar[1] = (double)k + 1.3;
        bar[2] = bar[3] = cell[k];
        x[5 * n + 6 + k] = (double)k + 1;
        line[n_lines++] = (struct ecp_line){NULL, ECP_AREA, colour, 2, bar, bar + 2, NULL, NULL};
        if (name)
            name[k] = k < w->n_seeds ? ecp_experiment_printf(w->experiment, "%zu", k + 1)
                                     : w->model[k]->name;
    }
    line[n_lines++] =
        (struct ecp_line){NULL, ECP_DOTS, ECP_COLOUR_BLACK, n, x + 5 * n + 6, cell, NULL, cell + n};
    end[0] = 0.5;
    end[1] = (double)n + 0.5;
    end[2] = end[3] = lower;
    end[4] = end[5] = upper;
    if (isfinite(lower)) {
        line[n_lines++] = (struct ecp_line){
            "lower ceiling", ECP_DASHES, ECP_COLOUR_BLACK, 2, end, end + 2, NULL, NULL};
        line[n_lines++] = (struct ecp_line){
            "upper ceiling", ECP_LINE, ECP_COLOUR_BLACK, 2, end, end + 4, NULL, NULL};
    }
    return (struct ecp_picture){.title = isfinite(lower) ? "four people" : "macaques",
                                .x = {NULL, NULL, 0.5, (double)n + 0.5, 0},
                                .y = {"r of dissimilarities", NULL, 0, 0.7, 0},
                                .n_names = name ? n : 0,
                                .name_at = name,
                                .n_lines = n_lines,
                                .line = line};
}

static enum ecp_status show(const struct work *w, const struct ecp_sheet *human,
                            const struct ecp_sheet *macaque)
{
    const size_t n = w->n_models, room = 6 * n + 6;
    double *cell = ecp_experiment_alloc(w->experiment, 2 * COLUMNS * n, sizeof *cell);
    double *x = ecp_experiment_alloc(w->experiment, 2 * room, sizeof *x);
    struct ecp_line *line = ecp_experiment_alloc(w->experiment, 2 * (n + 3), sizeof *line);
    enum ecp_status status;
    if (!cell || !x || !line)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    ECP_TRY(show_table(w, "human", human, cell));
    ECP_TRY(show_table(w, "macaque", macaque, cell + COLUMNS * n));
    const struct ecp_picture picture[2] = {
        picture_of(w, cell, x, line, human),
        picture_of(w, cell + COLUMNS * n, x + room, line + n + 3, macaque)};
    ECP_TRY(ecp_experiment_figure(w->experiment, "score_it",
                                  "Spiking populations that see 92 images (1, 2 ...), and IT",
                                  picture, 2, 1));
    status = ecp_experiment_matrix(w->experiment, "population_1/mean",
                                   "mean rate of each neuron for each image (Hz)", w->n, w->n_units,
                                   w->model[0]->mean);
done:
    return status;
}

#endif
