#include "analysis/patches.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "analysis/maps.h"
#include "analysis/topography_units.h"

enum ecp_status ecp_patch_search_begin(struct ecp_patch_search *s)
{
    const size_t pixels = s->grid->width * s->grid->height;
    s->selectivity = malloc((s->n_groups * s->p + pixels + 1) * sizeof *s->selectivity);
    s->size = malloc((pixels + 1) * sizeof *s->size);
    s->in = malloc(pixels + 1);
    if (!s->selectivity || !s->size || !s->in)
        return ecp_fail(ECP_ENOMEM, "no memory for patches of %zu units", s->p);
    s->map = s->selectivity + s->n_groups * s->p;
    for (size_t g = 0; g < s->n_groups; g++)
        ecp_selectivity(s->n, s->p, s->mean, s->group, g, s->dprime, s->selectivity + g * s->p);
    return ECP_OK;
}

void ecp_patch_search_end(struct ecp_patch_search *s)
{
    free(s->selectivity);
    free(s->size);
    free(s->in);
    s->selectivity = NULL;
    s->size = NULL;
    s->in = NULL;
}

static enum ecp_status of_category(struct ecp_patch_search *s, size_t g, const size_t *order,
                                   struct ecp_patch_count *out)
{
    const size_t w = s->grid->width, h = s->grid->height;
    const struct ecp_patches how = {w, h, s->least, 0};
    *out = (struct ecp_patch_count){0, 0, 0};
    for (size_t k = 0; k < w * h; k++) {
        const size_t place = s->grid->unit[k];
        s->map[k] = place < s->p ? s->selectivity[g * s->p + (order ? order[place] : place)] : NAN;
    }
    const enum ecp_status status = ecp_map_smooth(w, h, s->sigma, s->map);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < w * h; k++)
        s->in[k] = s->map[k] > s->threshold;
    out->number = ecp_map_patches(&how, s->in, s->size, NULL);
    if (out->number == SIZE_MAX)
        return ecp_fail(ECP_ENOMEM, "no memory for patches of %zu units", s->p);
    for (size_t k = 0; k < out->number; k++) {
        out->units += s->size[k];
        out->largest = s->size[k] > out->largest ? s->size[k] : out->largest;
    }
    return ECP_OK;
}

enum ecp_status ecp_patch_search_find(struct ecp_patch_search *s, const size_t *order,
                                      struct ecp_patch_count *each, struct ecp_patch_count *all)
{
    enum ecp_status status = ECP_OK;
    *all = (struct ecp_patch_count){0, 0, 0};
    for (size_t g = 0; g < s->n_groups && status == ECP_OK; g++) {
        struct ecp_patch_count one;
        status = of_category(s, g, order, &one);
        if (each)
            each[g] = one;
        all->number += one.number;
        all->units += one.units;
        all->largest = one.largest > all->largest ? one.largest : all->largest;
    }
    return status;
}
