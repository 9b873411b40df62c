#include "analysis/maps.h"

#include <gsl/gsl_fft_complex.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TURN 6.28318530717958648

static enum ecp_status no_memory(size_t width, size_t height)
{
    return ecp_fail(ECP_ENOMEM, "no memory for a map of %zu x %zu", width, height);
}

/* ---- smoothing --------------------------------------------------------------------------- */

/* One line of n numbers, `step` apart, times the kernel (2 reach + 1 long). */
static void smooth_line(size_t n, size_t step, size_t reach, const double *kernel, double *line,
                        double *work)
{
    for (size_t k = 0; k < n; k++) {
        const size_t from = k > reach ? k - reach : 0, to = k + reach < n ? k + reach : n - 1;
        work[k] = 0;
        for (size_t j = from; j <= to; j++)
            work[k] += kernel[j + reach - k] * line[j * step];
    }
    for (size_t k = 0; k < n; k++)
        line[k * step] = work[k];
}

enum ecp_status ecp_map_smooth(size_t width, size_t height, double sigma, double *map)
{
    const size_t n = width * height, most = width > height ? width : height;
    if (!(sigma > 0))
        return ECP_OK;
    const size_t wanted = (size_t)ceil(fmin(4 * sigma, (double)most)), reach = wanted;
    double *weight = malloc((n + most + 2 * reach + 2) * sizeof *weight);
    if (!weight)
        return no_memory(width, height);
    double *work = weight + n, *kernel = work + most;
    for (size_t k = 0; k <= 2 * reach; k++) {
        const double d = (double)k - (double)reach;
        kernel[k] = exp(-d * d / (2 * sigma * sigma));
    }
    for (size_t k = 0; k < n; k++) {
        weight[k] = !isnan(map[k]);
        map[k] = isnan(map[k]) ? 0 : map[k];
    }
    char *missing = calloc(n + 1, 1);
    if (!missing) {
        free(weight);
        return no_memory(width, height);
    }
    for (size_t k = 0; k < n; k++)
        if (!(weight[k] > 0))
            missing[k] = 1;
    for (int part = 0; part < 2; part++) {
        double *of = part ? weight : map;
        for (size_t row = 0; row < height; row++)
            smooth_line(width, 1, reach, kernel, of + row * width, work);
        for (size_t column = 0; column < width; column++)
            smooth_line(height, width, reach, kernel, of + column, work);
    }
    for (size_t k = 0; k < n; k++)
        map[k] = missing[k] ? NAN : map[k] / weight[k];
    free(missing);
    free(weight);
    return ECP_OK;
}

/* ---- patches ----------------------------------------------------------------------------- */

struct flood {
    const struct ecp_patches *how;
    const char *in;
    size_t *of, *stack; /* numbers; pixels of the patch at hand */
};

/* Numbers all pixels of a patch, which are stack[0 .. size - 1] then; returns size. */
static size_t fill_patch(struct flood *f, size_t first, size_t number)
{
    const long w = (long)f->how->width, h = (long)f->how->height;
    size_t size = 1;
    f->stack[0] = first;
    f->of[first] = number;
    for (size_t seen = 0; seen < size; seen++) {
        const long at = (long)f->stack[seen], row = at / w, column = at % w;
        for (long k = 0; k < 9; k++) {
            const long r = row + k / 3 - 1, c = column + k % 3 - 1;
            if ((k % 2 == 0 && !f->how->corners) || r < 0 || r >= h || c < 0 || c >= w)
                continue;
            const size_t next = (size_t)(r * w + c);
            if (!f->in[next] || f->of[next] > 0)
                continue;
            f->of[next] = number;
            f->stack[size++] = next;
        }
    }
    return size;
}

size_t ecp_map_patches(const struct ecp_patches *how, const char *in, size_t *size, size_t *of)
{
    const size_t n = how->width * how->height;
    size_t *memory = calloc(2 * n + 1, sizeof *memory), count = 0;
    struct flood f = {how, in, memory, memory + n};
    if (!memory)
        return SIZE_MAX;
    for (size_t k = 0; k < n; k++) {
        if (!in[k] || f.of[k] > 0)
            continue;
        const size_t pixels = fill_patch(&f, k, count + 1);
        if (pixels >= how->least) {
            if (size)
                size[count] = pixels;
            count++;
            continue;
        }
        for (size_t j = 0; j < pixels; j++) /* too small: seen, but of no number */
            f.of[f.stack[j]] = SIZE_MAX;
    }
    for (size_t k = 0; of && k < n; k++)
        of[k] = f.of[k] == SIZE_MAX ? 0 : f.of[k];
    free(memory);
    return count;
}

/* ---- pinwheels --------------------------------------------------------------------------- */

void ecp_map_angles(size_t n, const double *x, const double *y, double *angle)
{
    for (size_t k = 0; k < n; k++) {
        const double a = atan2(y[k], x[k]) / TURN * 180;
        angle[k] = !(hypot(x[k], y[k]) > 0) ? NAN : a < 0 ? a + 180 : a;
    }
}

/* Shortest way between two orientations, -90 to 90. */
static double step_of(double to, double from)
{
    const double d = fmod(to - from + 90, 180);
    return (d < 0 ? d + 180 : d) - 90;
}

void ecp_map_winding(size_t width, size_t height, const double *angle, double *out)
{
    for (size_t row = 0; row + 1 < height; row++)
        for (size_t column = 0; column + 1 < width; column++) {
            const double *a = angle + row * width + column;
            const double sum = step_of(a[1], a[0]) + step_of(a[width + 1], a[1]) +
                               step_of(a[width], a[width + 1]) + step_of(a[0], a[width]);
            out[row * (width - 1) + column] = isnan(sum) ? NAN : round(sum / 180) / 2;
        }
}

void ecp_map_winding_open(size_t width, size_t height, const double *angle, double *out)
{
    static const int row_of[] = {-1, -1, -1, 0, 1, 1, 1, 0};
    static const int column_of[] = {-1, 0, 1, 1, 1, 0, -1, -1};
    memset(out, 0, width * height * sizeof *out);
    for (size_t row = 1; row + 1 < height; row++)
        for (size_t column = 1; column + 1 < width; column++) {
            double sum = 0, value[8];
            for (size_t k = 0; k < 8; k++)
                value[k] = angle[(size_t)((long)row + row_of[k]) * width +
                                 (size_t)((long)column + column_of[k])];
            for (size_t k = 0; k + 1 < 8; k++)
                sum += step_of(value[k + 1], value[k]);
            out[row * width + column] = sum / 360;
        }
}

static enum ecp_status open_pinwheels(size_t width, size_t height, const double *angle,
                                      struct ecp_pinwheels *out)
{
    const size_t n = width * height;
    const struct ecp_patches how = {width, height, 2, 1};
    double *winding = malloc((n + 1) * sizeof *winding);
    char *in = malloc(n + 1);
    size_t count[2] = {SIZE_MAX, SIZE_MAX};
    if (winding && in) {
        ecp_map_winding_open(width, height, angle, winding);
        for (int sign = 0; sign < 2; sign++) {
            for (size_t k = 0; k < n; k++)
                in[k] = (sign ? -winding[k] : winding[k]) > 0.3;
            count[sign] = ecp_map_patches(&how, in, NULL, NULL);
        }
    }
    free(winding);
    free(in);
    if (count[0] == SIZE_MAX || count[1] == SIZE_MAX)
        return no_memory(width, height);
    *out = (struct ecp_pinwheels){count[0], count[1],
                                  (double)(width - (width > 1)) * (double)(height - (height > 1))};
    return ECP_OK;
}

enum ecp_status ecp_map_pinwheels(size_t width, size_t height, const double *angle, int compat,
                                  struct ecp_pinwheels *out)
{
    *out = (struct ecp_pinwheels){0, 0, 0};
    if (width < 2 || height < 2)
        return ECP_OK;
    if (compat)
        return open_pinwheels(width, height, angle, out);
    const size_t loops = (width - 1) * (height - 1);
    double *winding = malloc(loops * sizeof *winding);
    if (!winding)
        return no_memory(width, height);
    ecp_map_winding(width, height, angle, winding);
    for (size_t k = 0; k < loops; k++) {
        out->positive += winding[k] > 0;
        out->negative += winding[k] < 0;
        out->area += !isnan(winding[k]);
    }
    free(winding);
    return ECP_OK;
}

/* ---- wavelength -------------------------------------------------------------------------- */

/* In place, rows and then columns of z (height x width, re and im). 0: no memory. */
static int transform(size_t width, size_t height, double *z)
{
    const size_t length[2] = {width, height};
    int fine = 1;
    for (int way = 0; way < 2 && fine; way++) {
        gsl_fft_complex_wavetable *table = gsl_fft_complex_wavetable_alloc(length[way]);
        gsl_fft_complex_workspace *space = gsl_fft_complex_workspace_alloc(length[way]);
        fine = table && space;
        for (size_t k = 0; fine && k < length[!way]; k++)
            (void)gsl_fft_complex_forward(z + 2 * (way ? k : k * width), way ? width : 1,
                                          length[way], table, space);
        if (table)
            gsl_fft_complex_wavetable_free(table);
        if (space)
            gsl_fft_complex_workspace_free(space);
    }
    return fine;
}

static double hann(size_t k, size_t n)
{
    return n < 3 ? 1 : 0.5 - 0.5 * cos(TURN * ((double)k + 0.5) / (double)n);
}

/* Windowed, without a mean. Returns the sum of squares before the mean went. */
static double windowed(size_t width, size_t height, const double *x, const double *y, double *z)
{
    double sum[2] = {0, 0}, weight = 0, square = 0;
    for (size_t k = 0; k < width * height; k++) {
        const double w = hann(k / width, height) * hann(k % width, width);
        const int known = !isnan(x[k]) && !isnan(y[k]);
        z[2 * k] = known ? x[k] : 0;
        z[2 * k + 1] = known ? y[k] : 0;
        sum[0] += known ? w * x[k] : 0;
        sum[1] += known ? w * y[k] : 0;
        weight += known ? w : 0;
        square += known ? x[k] * x[k] + y[k] * y[k] : 0;
    }
    for (size_t k = 0; k < width * height && weight > 0; k++) {
        const double w = hann(k / width, height) * hann(k % width, width);
        const int known = !isnan(x[k]) && !isnan(y[k]);
        for (size_t part = 0; part < 2; part++)
            z[2 * k + part] = known ? w * (z[2 * k + part] - sum[part] / weight) : 0;
    }
    return square;
}

/* Wave number of pixel k of the spectrum, in cycles a pixel. */
static double wave_number(size_t k, size_t width, size_t height)
{
    const size_t row = k / width, column = k % width;
    const double fx = (double)(column > width / 2 ? width - column : column) / (double)width;
    const double fy = (double)(row > height / 2 ? height - row : row) / (double)height;
    return hypot(fx, fy);
}

/* Number of the ring (of width 1/most) with the largest mean power, not counting the first. */
static size_t peak_ring(size_t width, size_t height, const double *z, size_t most, double *power,
                        double *count)
{
    size_t peak = 0;
    memset(power, 0, most * sizeof *power);
    memset(count, 0, most * sizeof *count);
    for (size_t k = 0; k < width * height; k++) {
        const size_t ring = (size_t)(wave_number(k, width, height) * (double)most + 0.5);
        if (ring >= most)
            continue;
        power[ring] += z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1];
        count[ring]++;
    }
    for (size_t k = 1; k < most; k++) {
        power[k] = count[k] > 0 ? power[k] / count[k] : 0;
        if (power[k] > 0 && (peak == 0 || power[k] > power[peak]))
            peak = k;
    }
    return peak;
}

enum ecp_status ecp_map_wavelength(size_t width, size_t height, const double *x, const double *y,
                                   double *wavelength, double *variance)
{
    const size_t n = width * height, most = width > height ? width : height;
    double *z = malloc((2 * n + 2 * most + 1) * sizeof *z), sum[3] = {0, 0, 0}, all = 0;
    *wavelength = *variance = NAN;
    if (!z || n == 0) {
        free(z);
        return no_memory(width, height);
    }
    const double square = windowed(width, height, x, y, z);
    for (size_t k = 0; k < 2 * n; k++)
        all += z[k] * z[k];
    if (!(all > 1e-20 * square) || !transform(width, height, z)) {
        free(z);
        return all > 1e-20 * square ? no_memory(width, height) : ECP_OK;
    }
    const size_t peak = peak_ring(width, height, z, most, z + 2 * n, z + 2 * n + most);
    const double centre = (double)peak / (double)most;
    for (size_t k = 0; k < n; k++) {
        const double f = wave_number(k, width, height);
        const double power = z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1];
        if (f < centre / 2 || f > 2 * centre)
            continue;
        sum[0] += power;
        sum[1] += power * f;
        sum[2] += power * f * f;
    }
    free(z);
    if (peak < 2 || !(sum[0] > 0))
        return ECP_OK;
    *wavelength = sum[0] / sum[1];
    *variance = sum[2] * sum[0] / (sum[1] * sum[1]) - 1;
    return ECP_OK;
}
