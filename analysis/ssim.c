#include "analysis/ssim.h"

#include <math.h>

enum { SIDE = 11 };

struct moments {
    double weight, a, b, aa, bb, ab;
};

static void add(struct moments *m, double weight, double a, double b)
{
    m->weight += weight;
    m->a += weight * a;
    m->b += weight * b;
    m->aa += weight * a * a;
    m->bb += weight * b * b;
    m->ab += weight * a * b;
}

static double similarity(const struct moments *m, double range)
{
    const double w = m->weight, a = m->a / w, b = m->b / w;
    const double c1 = 1e-4 * range * range, c2 = 9e-4 * range * range;
    const double va = m->aa / w - a * a, vb = m->bb / w - b * b, cab = m->ab / w - a * b;
    return (2 * a * b + c1) * (2 * cab + c2) / ((a * a + b * b + c1) * (va + vb + c2));
}

double ecp_ssim(size_t width, size_t height, const double *a, const double *b, double range)
{
    double kernel[SIDE], sum = 0;
    if (!(range > 0) || width == 0 || height == 0)
        return NAN;
    if (width < SIDE || height < SIDE) {
        struct moments all = {0, 0, 0, 0, 0, 0};
        for (size_t k = 0; k < width * height; k++)
            add(&all, 1, a[k], b[k]);
        return similarity(&all, range);
    }
    for (int k = 0; k < SIDE; k++)
        kernel[k] = exp(-(k - SIDE / 2) * (k - SIDE / 2) / (2 * 1.5 * 1.5));
    const size_t rows = height - SIDE + 1, columns = width - SIDE + 1;
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < columns; column++) {
            struct moments window = {0, 0, 0, 0, 0, 0};
            for (size_t r = 0; r < SIDE; r++)
                for (size_t c = 0; c < SIDE; c++) {
                    const size_t at = (row + r) * width + column + c;
                    add(&window, kernel[r] * kernel[c], a[at], b[at]);
                }
            sum += similarity(&window, range);
        }
    return sum / ((double)rows * (double)columns);
}
