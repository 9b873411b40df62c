/* it_features.h -- simple features of small colour images (for score_it.c): what share of the
 * object's surface has which colour, where the object is, and how much contrast there is in
 * which orientation and where. Nothing in them is fitted to anything.
 *
 * Images are IT_SIDE x IT_SIDE x 3 (row, column, red green blue), 0 to 255, on a grey
 * background of 128. */
#ifndef ECP_IT_FEATURES_H
#define ECP_IT_FEATURES_H

#include <math.h>
#include <string.h>

enum {
    IT_SIDE = 35,
    IT_PIXELS = IT_SIDE * IT_SIDE,
    IT_TUNED = 9,                     /* preferred values along each axis of colour */
    IT_COLOURS = IT_TUNED * IT_TUNED, /* red - green by blue - yellow */
    IT_PLACES = 7,                    /* silhouette: squares along a side */
    IT_SHAPE = IT_PLACES * IT_PLACES, /* share of each that the object covers */
    IT_POOL = 5,                      /* edges: squares along a side */
    IT_ORIENTATIONS = 4,
    IT_SCALES = 2,
    IT_EDGES = IT_SCALES * IT_ORIENTATIONS * IT_POOL * IT_POOL,
    IT_FEATURES = IT_COLOURS + IT_SHAPE + IT_EDGES,
    IT_MARGIN = 6, /* longest wavelength: half width of the widest filter */
    IT_WIDE = IT_SIDE + 2 * IT_MARGIN
};

static const double it_background = 128, it_same = 4; /* a colour is background within this */

struct it_image {
    double light[IT_PIXELS], red_green[IT_PIXELS], blue_yellow[IT_PIXELS];
    int object[IT_PIXELS];
};

static inline void it_image(const double *rgb, struct it_image *out)
{
    for (int k = 0; k < IT_PIXELS; k++) {
        const double r = rgb[3 * k], g = rgb[3 * k + 1], b = rgb[3 * k + 2];
        out->light[k] = (0.299 * r + 0.587 * g + 0.114 * b - it_background) / 255;
        out->red_green[k] = (r - g) / 255;
        out->blue_yellow[k] = (b - (r + g) / 2) / 255;
        out->object[k] = fabs(r - it_background) > it_same || fabs(g - it_background) > it_same ||
                         fabs(b - it_background) > it_same;
    }
}

/* Gaussian tuning to IT_TUNED values from -0.5 to 0.5, as wide as they are apart. */
static inline void it_tuning(double x, double *out)
{
    for (int k = 0; k < IT_TUNED; k++) {
        const double apart = (x + 0.5) * (IT_TUNED - 1) - k;
        out[k] = exp(-0.5 * apart * apart);
    }
}

/* Mean over the object. */
static inline void it_colours(const struct it_image *image, double *out)
{
    double a[IT_TUNED], b[IT_TUNED], n = 0;
    memset(out, 0, IT_COLOURS * sizeof *out);
    for (int k = 0; k < IT_PIXELS; k++) {
        if (!image->object[k])
            continue;
        it_tuning(image->red_green[k], a);
        it_tuning(image->blue_yellow[k], b);
        for (int j = 0; j < IT_COLOURS; j++)
            out[j] += a[j / IT_TUNED] * b[j % IT_TUNED];
        n++;
    }
    for (int j = 0; j < IT_COLOURS && n > 0; j++)
        out[j] /= n;
}

static inline void it_shape(const struct it_image *image, double *out)
{
    enum { SIZE = IT_SIDE / IT_PLACES };
    memset(out, 0, IT_SHAPE * sizeof *out);
    for (int y = 0; y < IT_SIDE; y++)
        for (int x = 0; x < IT_SIDE; x++)
            out[y / SIZE * IT_PLACES + x / SIZE] +=
                image->object[y * IT_SIDE + x] / (double)(SIZE * SIZE);
}

/* A pair of Gabor filters in quadrature: half width = wavelength, Gaussian of half that. */
struct it_gabor {
    int half;
    double even[(2 * IT_MARGIN + 1) * (2 * IT_MARGIN + 1)];
    double odd[(2 * IT_MARGIN + 1) * (2 * IT_MARGIN + 1)];
};

static inline void it_gabor(int wavelength, double angle, struct it_gabor *out)
{
    const double turn = 6.283185307179586 / wavelength, width = 0.5 * wavelength;
    double sum = 0, weight = 0;
    size_t n = 0;
    out->half = wavelength;
    for (int pass = 0; pass < 2; pass++, n = 0)
        for (int y = -wavelength; y <= wavelength; y++)
            for (int x = -wavelength; x <= wavelength; x++, n++) {
                const double u = x * cos(angle) + y * sin(angle);
                const double g = exp(-(x * x + y * y) / (2 * width * width));
                if (pass == 0) {
                    weight += g;
                    sum += g * cos(turn * u);
                    continue;
                }
                out->even[n] = g * (cos(turn * u) - sum / weight); /* blind to brightness */
                out->odd[n] = g * sin(turn * u);
            }
}

static inline double it_energy(const struct it_gabor *gabor, const double *wide, int y, int x)
{
    const int side = 2 * gabor->half + 1;
    const double *at = wide + (y + IT_MARGIN - gabor->half) * IT_WIDE + x + IT_MARGIN - gabor->half;
    double even = 0, odd = 0;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            even += gabor->even[i * side + j] * at[i * IT_WIDE + j];
            odd += gabor->odd[i * side + j] * at[i * IT_WIDE + j];
        }
    return sqrt(even * even + odd * odd);
}

/* Means of local contrast energy; out: scale, orientation, row, column. */
static inline void it_edges(const struct it_image *image, double *out)
{
    enum { SIZE = IT_SIDE / IT_POOL };
    static const int wavelengths[IT_SCALES] = {3, IT_MARGIN};
    double wide[IT_WIDE * IT_WIDE] = {0};
    struct it_gabor gabor;
    memset(out, 0, IT_EDGES * sizeof *out);
    for (int y = 0; y < IT_SIDE; y++)
        memcpy(wide + (y + IT_MARGIN) * IT_WIDE + IT_MARGIN, image->light + y * IT_SIDE,
               IT_SIDE * sizeof *wide);
    for (int f = 0; f < IT_SCALES * IT_ORIENTATIONS; f++) {
        it_gabor(wavelengths[f / IT_ORIENTATIONS],
                 3.141592653589793 * (f % IT_ORIENTATIONS) / IT_ORIENTATIONS, &gabor);
        for (int y = 0; y < IT_SIDE; y++)
            for (int x = 0; x < IT_SIDE; x++)
                out[(f * IT_POOL + y / SIZE) * IT_POOL + x / SIZE] +=
                    it_energy(&gabor, wide, y, x) / (SIZE * SIZE);
    }
}

/* All features of n images (n x 3 IT_PIXELS), n x IT_FEATURES: colours, shape, edges; each
 * with mean 0 and variance 1 over the images (0 where it is constant). */
static inline void it_features(size_t n, const double *rgb, double *out)
{
    struct it_image image;
    for (size_t k = 0; k < n; k++) {
        double *f = out + k * IT_FEATURES;
        it_image(rgb + k * 3 * IT_PIXELS, &image);
        it_colours(&image, f);
        it_shape(&image, f + IT_COLOURS);
        it_edges(&image, f + IT_COLOURS + IT_SHAPE);
    }
    for (size_t j = 0; j < IT_FEATURES; j++) {
        double mean = 0, square = 0;
        for (size_t k = 0; k < n; k++)
            mean += out[k * IT_FEATURES + j] / (double)n;
        for (size_t k = 0; k < n; k++)
            square += pow(out[k * IT_FEATURES + j] - mean, 2) / (double)n;
        for (size_t k = 0; k < n; k++) {
            double *x = &out[k * IT_FEATURES + j];
            *x = square > 1e-18 ? (*x - mean) / sqrt(square) : 0;
        }
    }
}

#endif
