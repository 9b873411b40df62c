/* plot_write.c -- one figure, one file: opening and closing PLplot.
 *
 * PLplot ends the process on its fatal errors and prints the others; here
 * both come back as a status. It writes into memory, so that a full disk or a
 * fatal error never leaves half a file. */
#include <math.h>
#include <plplot.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/plot_parts.h"

static const struct format {
    const char *extension, *device, *package;
    double scale;      /* page units per pixel of the layout */
    double no_outline; /* the cairo drivers take 0 for 1 */
} formats[] = {{".svg", "svg", "libplplot17", 1, 0},
               {".png", "pngcairo", "plplot-driver-cairo", 1, 1e-3},
               {".pdf", "pdfcairo", "plplot-driver-cairo", 0.5, 1e-3}};

/* An SVG is shown at this part of the size of the PNG. */
static const double svg_shown = 0.6;

/* PLplot has one state for the whole process. */
static pthread_mutex_t drawing = PTHREAD_MUTEX_INITIALIZER;

/* Where its handlers, which take no context, find the call they belong to. */
static _Thread_local struct trap {
    jmp_buf back;
    char message[200];
} * trap;

static void keep(const char *message)
{
    if (trap && trap->message[0] == '\0')
        (void)snprintf(trap->message, sizeof trap->message, "%s", message ? message : "");
}

static void on_abort(const char *message)
{
    keep(message);
}

static int on_exit_wanted(const char *message)
{
    keep(message && message[0] ? message : "an error without a message");
    if (trap)
        longjmp(trap->back, 1);
    return 1;
}

static enum ecp_status find_format(const char *path, const struct format **out)
{
    const char *dot = strrchr(path, '.');
    for (size_t k = 0; dot && k < sizeof formats / sizeof formats[0]; k++)
        if (strcasecmp(dot, formats[k].extension) == 0) {
            *out = &formats[k];
            return ECP_OK;
        }
    return ecp_fail(ECP_EUSAGE, "%s: a picture's name must end in .svg, .png or .pdf", path);
}

enum ecp_status ecp_figure_check_path(const char *path)
{
    const struct format *format = NULL;
    return find_format(path, &format);
}

static enum ecp_status check_device(const struct format *format)
{
    enum { MOST = 200 };
    const char *menu[MOST] = {NULL}, *device[MOST] = {NULL};
    const char **menus = menu, **devices = device;
    int n = MOST;
    plgDevs(&menus, &devices, &n);
    for (int k = 0; k < n; k++)
        if (device[k] && strcmp(device[k], format->device) == 0)
            return ECP_OK;
    return ecp_fail(ECP_EIO, "PLplot's driver \"%s\" is not installed (Debian package %s)",
                    format->device, format->package);
}

static void open_page(const struct ecp_canvas *canvas, const char *device, FILE *file)
{
    plsdev(device);
    plsfile(file);
    plspage(0, 0, (PLINT)lround(canvas->width * canvas->scale),
            (PLINT)lround(canvas->height * canvas->scale), 0, 0);
    (void)plsetopt("drvopt", "text_clipping=0");
    ecp_canvas_setup();
    plinit();
    pladv(0);
}

/* PLplot closes `file`, unless it gives up. */
static enum ecp_status draw_page(const struct ecp_figure *figure, const struct ecp_canvas *canvas,
                                 const char *device, FILE *file)
{
    PLINT before, stream;
    plgstrm(&before);
    plmkstrm(&stream);
    open_page(canvas, device, file);
    const enum ecp_status status = ecp_figure_draw(canvas, figure);
    plend1();
    plsstrm(before);
    return status;
}

/* What happens between the trap's setting and its end. */
static enum ecp_status draw_trapped(const struct ecp_figure *figure,
                                    const struct ecp_canvas *canvas, const struct format *format,
                                    FILE *file)
{
    enum ecp_status status;
    struct trap here = {.message = ""};
    trap = &here;
    plsexit(on_exit_wanted);
    plsabort(on_abort);
    if (setjmp(here.back) != 0)
        status = ecp_fail(ECP_EIO, "PLplot: %s", here.message);
    else
        status = check_device(format);
    if (status == ECP_OK)
        status = draw_page(figure, canvas, format->device, file);
    else
        (void)fclose(file);
    if (status == ECP_OK && here.message[0] != '\0')
        status = ecp_fail(ECP_EARG, "PLplot: %s", here.message);
    plsexit(NULL);
    plsabort(NULL);
    trap = NULL;
    return status;
}

enum ecp_status ecp_figure_write(const struct ecp_figure *figure, const char *path)
{
    enum ecp_status status = ECP_OK;
    const struct format *format = NULL;
    char *bytes = NULL;
    size_t n = 0;
    ECP_TRY(find_format(path, &format));
    if (figure->n_panels == 0)
        return ecp_fail(ECP_EARG, "%s: the figure has no panels", path);

    const struct ecp_canvas canvas = {.width = figure->width > 0 ? figure->width : 1600,
                                      .height = figure->height > 0 ? figure->height : 1000,
                                      .scale = format->scale,
                                      .no_outline = format->no_outline};
    FILE *file = open_memstream(&bytes, &n);
    if (!file)
        return ecp_fail(ECP_ENOMEM, "no memory to draw %s", path);
    (void)pthread_mutex_lock(&drawing);
    status = draw_trapped(figure, &canvas, format, file);
    (void)pthread_mutex_unlock(&drawing);
    if (status != ECP_OK)
        goto done;
    if (n == 0)
        status = ecp_fail(ECP_EIO, "%s: PLplot drew nothing", path);
    if (status == ECP_OK && strcmp(format->extension, ".svg") == 0)
        n = ecp_svg_tidy(bytes, svg_shown * canvas.width, svg_shown * canvas.height);
    if (status == ECP_OK)
        status = ecp_file_replace(path, bytes, n);
done:
    free(bytes);
    return status;
}
