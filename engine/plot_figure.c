/* plot_figure.c -- memory of a figure that owns its parts. */
#include <stdarg.h>

#include "engine/arena.h"
#include "engine/plot.h"

/* The arena comes with the first piece, so that a figure may start as {0}. */
static int has_arena(struct ecp_figure *figure)
{
    return figure->memory || ecp_arena_create(&figure->memory) == ECP_OK;
}

void *ecp_figure_alloc(struct ecp_figure *figure, size_t count, size_t bytes)
{
    if (!has_arena(figure))
        return NULL;
    return ecp_arena_array(figure->memory, count > 0 ? count : 1, bytes);
}

char *ecp_figure_printf(struct ecp_figure *figure, const char *format, ...)
{
    if (!has_arena(figure))
        return NULL;
    va_list arguments;
    va_start(arguments, format);
    char *text = ecp_arena_vprintf(figure->memory, format, arguments);
    va_end(arguments);
    return text;
}

enum ecp_status ecp_figure_add_panels(struct ecp_figure *figure, size_t count)
{
    struct ecp_panel *panel =
        ecp_figure_alloc(figure, figure->n_panels + count, sizeof(struct ecp_panel));
    if (!panel)
        return ecp_fail(ECP_ENOMEM, "no memory for a figure of %zu panels", count);
    for (size_t k = 0; k < figure->n_panels; k++)
        panel[k] = figure->panel[k];
    figure->panel = panel;
    figure->n_panels += count;
    return ECP_OK;
}

enum ecp_status ecp_figure_add_series(struct ecp_figure *figure, struct ecp_panel *panel,
                                      size_t count)
{
    struct ecp_series *series =
        ecp_figure_alloc(figure, panel->n_series + count, sizeof(struct ecp_series));
    if (!series)
        return ecp_fail(ECP_ENOMEM, "no memory for a panel of %zu series", count);
    for (size_t k = 0; k < panel->n_series; k++)
        series[k] = panel->series[k];
    panel->series = series;
    panel->n_series += count;
    return ECP_OK;
}

void ecp_figure_clear(struct ecp_figure *figure)
{
    ecp_arena_destroy(figure->memory);
    *figure = (struct ecp_figure){0};
}
