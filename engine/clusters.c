#include "engine/clusters.h"

#include <math.h>

#include "engine/chance.h"

enum { CENTRES = 0xc1, POINTS = 0xc2 }; /* subjects of chance */

void ecp_clusters_draw(const struct ecp_clusters *c, size_t n, double *x, int *classes)
{
    const size_t d = c->dimensions;
    for (size_t k = 0; k < n; k++) {
        const int class_ = c->first + (int)(k % (size_t)c->classes);
        struct ecp_chance centre = ecp_chance(c->seed, CENTRES, (uint32_t)class_);
        classes[k] = class_;
        for (size_t j = 0; j < d; j++) {
            const double size = fabs(ecp_chance_normal(&centre));
            x[k * d + j] = c->share > 0 && ecp_chance_uniform(&centre) > c->share ? 0 : size;
        }
    }
    struct ecp_chance noise = ecp_chance(c->seed, POINTS, c->set);
    for (size_t k = 0; k < n * d; k++)
        x[k] = c->size * fmax(x[k] + c->noise * ecp_chance_normal(&noise), 0);
}
