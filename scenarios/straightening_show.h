/* straightening_show.h -- table and figure of scenario straightening. Included by
 * straightening.c alone. */
#ifndef ECP_STRAIGHTENING_SHOW_H
#define ECP_STRAIGHTENING_SHOW_H

static enum ecp_status show(const struct work *w)
{
    static const char *const names[] = {"pixels", "untrained", "no noise", "noise"};
    const size_t seeds = (size_t)w->param[SEEDS];
    struct ecp_experiment *e = w->experiment;
    double *cell = ecp_experiment_alloc(e, (2 + KINDS) * seeds, sizeof *cell);
    struct ecp_line *line = ecp_experiment_alloc(e, seeds, sizeof *line);
    double *x = ecp_experiment_alloc(e, 1 + KINDS, sizeof *x);
    enum ecp_status status;
    if (!cell || !line || !x)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure");
    for (int k = 0; k <= KINDS; k++)
        x[k] = k + 1;
    for (size_t s = 0; s < seeds; s++) {
        cell[s] = (double)s + (double)ecp_experiment_seed(e);
        for (int k = 0; k <= KINDS; k++)
            cell[(size_t)(1 + k) * seeds + s] = w->trial[s].curvature[k];
        line[s] = (struct ecp_line){ecp_experiment_printf(e, "seed %.0f", cell[s]),
                                    ECP_LINE,
                                    (int)s,
                                    1 + KINDS,
                                    x,
                                    w->trial[s].curvature,
                                    NULL,
                                    NULL};
    }
    const struct ecp_table_column column[] = {
        {"seed", "1", "of textures, layers and movies", cell, NULL},
        {"input", "deg", "curvature of the pixels' path", cell + seeds, NULL},
        {"untrained", "deg", "of the untrained layer", cell + 2 * seeds, NULL},
        {"control", "deg", "of the layer trained without noise", cell + 3 * seeds, NULL},
        {"robust", "deg", "of the layer trained with noise", cell + 4 * seeds, NULL}};
    ECP_TRY(ecp_experiment_table(e, "curvature", seeds, column, 2 + KINDS));
    const struct ecp_picture picture = {.x = {"path of", NULL, 0.5, 1.5 + KINDS, 0},
                                        .y = {"curvature", "deg", 0, 120, 0},
                                        .n_names = 1 + KINDS,
                                        .name_at = names,
                                        .n_lines = seeds,
                                        .line = line};
    status = ecp_experiment_figure(e, "straightening", "Paths of movies, before and behind a layer",
                                   &picture, 1, 1);
done:
    return status;
}

#endif
