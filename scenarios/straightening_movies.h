/* straightening_movies.h -- textures and movies of scenario straightening. Included by
 * straightening.c alone. */
#ifndef ECP_STRAIGHTENING_MOVIES_H
#define ECP_STRAIGHTENING_MOVIES_H

/* ---- textures and movies -------------------------------------------------------------------- */

enum { MAP = 64, CELLS = MAP * MAP };
enum { STREAM_TEXTURE = 0x535452, STREAM_LAYER, STREAM_TRAIN, STREAM_MOVIE, STREAM_PROBE };

/* c + i s = exp(2 pi i j k/MAP) */
struct waves {
    double c[CELLS], s[CELLS], fall[CELLS];
};

static void prepare(double slope, struct waves *w)
{
    for (int j = 0; j < MAP; j++)
        for (int k = 0; k < MAP; k++) {
            const double turn = 6.283185307179586 * ((j * k) % MAP) / MAP;
            const int y = j < MAP / 2 ? j : j - MAP, x = k < MAP / 2 ? k : k - MAP;
            w->c[j * MAP + k] = cos(turn);
            w->s[j * MAP + k] = sin(turn);
            w->fall[j * MAP + k] = j + k > 0 ? pow(x * x + y * y, -0.5 * slope) : 0;
        }
}

/* out = a x b */
static void sandwich(const double *a, const double *x, const double *b, double *work, double *out)
{
    ecp_matrix_ab(MAP, MAP, MAP, a, x, work);
    ecp_matrix_ab(MAP, MAP, MAP, work, b, out);
}

/* White noise whose spectrum falls, with mean 0 and variance 1; `work`: 5 CELLS. */
static void texture(const struct waves *w, struct ecp_chance *chance, double *work, double *out)
{
    double *white = work, *re = work + CELLS, *im = re + CELLS, *part = im + CELLS,
           *room = part + CELLS, square = 0;
    ecp_chance_normals(chance, CELLS, white);
    sandwich(w->c, white, w->c, room, re);
    sandwich(w->s, white, w->s, room, part);
    for (int k = 0; k < CELLS; k++)
        re[k] = (re[k] - part[k]) * w->fall[k];
    sandwich(w->s, white, w->c, room, im);
    sandwich(w->c, white, w->s, room, part);
    for (int k = 0; k < CELLS; k++)
        im[k] = (im[k] + part[k]) * -w->fall[k];
    sandwich(w->c, re, w->c, room, out);
    sandwich(w->s, re, w->s, room, part);
    for (int k = 0; k < CELLS; k++)
        out[k] -= part[k];
    sandwich(w->s, im, w->c, room, part);
    for (int k = 0; k < CELLS; k++)
        out[k] -= part[k];
    sandwich(w->c, im, w->s, room, part);
    for (int k = 0; k < CELLS; k++) {
        out[k] -= part[k];
        square += out[k] * out[k] / CELLS;
    }
    for (int k = 0; k < CELLS; k++)
        out[k] /= sqrt(square);
}

struct view {
    double y, x, angle; /* centre in pixels of the map; which way is up */
};

static double at(const double *map, double y, double x)
{
    const double row = floor(y), column = floor(x), v = y - row, u = x - column;
    const int i = ((int)row % MAP + MAP) % MAP, j = ((int)column % MAP + MAP) % MAP;
    const int k = (i + 1) % MAP, l = (j + 1) % MAP;
    return (1 - v) * ((1 - u) * map[i * MAP + j] + u * map[i * MAP + l]) +
           v * ((1 - u) * map[k * MAP + j] + u * map[k * MAP + l]);
}

static void frame(const double *map, size_t side, struct view view, double *out)
{
    const double middle = ((double)side - 1) / 2, c = cos(view.angle), s = sin(view.angle);
    for (size_t i = 0; i < side; i++)
        for (size_t j = 0; j < side; j++) {
            const double y = (double)i - middle, x = (double)j - middle;
            out[i * side + j] = at(map, view.y + c * y - s * x, view.x + s * y + c * x);
        }
}

static struct view any_view(struct ecp_chance *chance)
{
    return (struct view){MAP * ecp_chance_uniform(chance), MAP * ecp_chance_uniform(chance),
                         6.283185307179586 * ecp_chance_uniform(chance)};
}

static void movie(const double *param, const double *map, struct ecp_chance *chance, double *out)
{
    const size_t side = (size_t)param[SIDE], frames = (size_t)param[FRAMES];
    struct view view = any_view(chance);
    const double towards = 6.283185307179586 * ecp_chance_uniform(chance);
    const double speed = param[SPEED] * (0.7 + 0.6 * ecp_chance_uniform(chance));
    const double turn = param[TURN] * ecp_chance_normal(chance);
    for (size_t t = 0; t < frames; t++) {
        frame(map, side, view, out + t * side * side);
        view.y += speed * sin(towards);
        view.x += speed * cos(towards);
        view.angle += turn;
    }
}

#endif
