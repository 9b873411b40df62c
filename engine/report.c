#include "engine/report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store_files.h"

/* ---- numbers for people ------------------------------------------------ */

struct ecp_words ecp_words_count(double n)
{
    struct ecp_words out = {""};
    char digits[32];
    const int length = snprintf(digits, sizeof digits, "%.0f", n < 1e18 ? fabs(n) : 1e18);
    char *to = out.text;
    if (n <= -0.5)
        *to++ = '-';
    for (int k = 0; k < length; k++) {
        if (k > 0 && (length - k) % 3 == 0)
            *to++ = ',';
        *to++ = digits[k];
    }
    return out;
}

struct ecp_words ecp_words_number(double x)
{
    struct ecp_words out = {"undefined"};
    if (fabs(x) >= 1e4 && fabs(x) < 1e7)
        out = ecp_words_count(x);
    else if (!isnan(x))
        (void)snprintf(out.text, sizeof out.text, "%.4g", x);
    return out;
}

struct ecp_words ecp_words_bytes(double bytes)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    struct ecp_words out = {"unlimited"};
    size_t k = 0;
    if (!isfinite(bytes))
        return out;
    while (bytes >= 999.5 && k + 1 < sizeof unit / sizeof unit[0]) {
        bytes /= 1000;
        k++;
    }
    (void)snprintf(out.text, sizeof out.text, "%.*f %s",
                   k == 0 || bytes >= 99.5 ? 0
                   : bytes < 9.995         ? 2
                                           : 1,
                   bytes, unit[k]);
    return out;
}

struct ecp_words ecp_words_seconds(double s)
{
    struct ecp_words out = {"unknown"};
    if (!isfinite(s) || s < 0)
        return out;
    if (s < 0.9995)
        (void)snprintf(out.text, sizeof out.text, "%.*f ms", s < 0.00995 ? 1 : 0, s * 1000);
    else if (s < 59.95)
        (void)snprintf(out.text, sizeof out.text, "%.*f s", s < 9.995 ? 2 : 1, s);
    else if (s < 3599.5)
        (void)snprintf(out.text, sizeof out.text, "%d min %02d s", (int)(s + 0.5) / 60,
                       (int)(s + 0.5) % 60);
    else
        (void)snprintf(out.text, sizeof out.text, "%.0f h %02d min", floor((s + 30) / 3600),
                       (int)fmod(floor((s + 30) / 60), 60));
    return out;
}

struct ecp_words ecp_words_band(double low, double high)
{
    struct ecp_words out = {"any"};
    if (isfinite(low) && isfinite(high))
        (void)snprintf(out.text, sizeof out.text, "%.4g to %.4g", low, high);
    else if (isfinite(low))
        (void)snprintf(out.text, sizeof out.text, "at least %.4g", low);
    else if (isfinite(high))
        (void)snprintf(out.text, sizeof out.text, "at most %.4g", high);
    return out;
}

double ecp_report_rtf(const struct ecp_report *report)
{
    if (!report->recording || !(report->recording->duration > 0))
        return NAN;
    return report->facts.run_s * 1000 /
           (report->facts.ran_ms > 0 ? report->facts.ran_ms : report->recording->duration);
}

/* ---- files ------------------------------------------------------------- */

enum ecp_status ecp_report_file(const char *dir, const char *name, const char *text)
{
    enum ecp_status status = ECP_OK;
    const size_t size = strlen(dir) + strlen(name) + 8;
    char *path = malloc(2 * size);
    FILE *file = NULL;
    if (!path)
        return ecp_fail(ECP_ENOMEM, "no memory to write %s/%s", dir, name);
    char *draft = path + size;
    (void)snprintf(path, size, "%s/%s", dir, name);
    (void)snprintf(draft, size, "%s/.%s.tmp", dir, name);

    file = fopen(draft, "we");
    int good = file != NULL;
    good = good && fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (file && fclose(file) != 0)
        good = 0;
    if (!good || rename(draft, path) != 0) {
        status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", path, strerror(errno));
        (void)unlink(draft);
    }
    free(path);
    return status;
}

enum ecp_status ecp_report_write_config(const struct ecp_report *report)
{
    const char *text = report->plan->config_text;
    return ecp_report_file(report->dir, "config.cfg", text ? text : "");
}

enum ecp_status ecp_report_remove(const char *dir)
{
    char *path = NULL;
    enum ecp_status status = ecp_files_name(&path, "%s/run.json", dir);
    if (status == ECP_OK && unlink(path) != 0 && errno != ENOENT)
        status = ecp_fail(ECP_EIO, "%s: cannot be removed: %s", path, strerror(errno));
    free(path);
    return status;
}

char *ecp_report_slurp(const char *dir, const char *name, size_t *bytes)
{
    const size_t size = strlen(dir) + strlen(name) + 2;
    char *path = malloc(size), *picture = NULL;
    long length = -1;
    FILE *file = NULL;
    if (path) {
        (void)snprintf(path, size, "%s/%s", dir, name);
        file = fopen(path, "re");
    }
    if (file && fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) > 0)
        picture = malloc((size_t)length);
    if (picture) {
        rewind(file);
        *bytes = fread(picture, 1, (size_t)length, file);
    }
    if (file)
        fclose(file);
    free(path);
    return picture;
}

int ecp_report_is_final(const char *dir)
{
    size_t bytes = 0;
    char *text = ecp_report_slurp(dir, "run.json", &bytes);
    const int is_final = text && (memmem(text, bytes, "\"exit_code\": 0,", 15) ||
                                  memmem(text, bytes, "\"exit_code\": 1,", 15));
    free(text);
    return is_final;
}

static enum ecp_status write_page(const struct ecp_report *report)
{
    enum ecp_status status = ECP_ENOMEM;
    char *page = NULL;
    size_t page_bytes = 0, picture_bytes = 0;
    char *picture = ecp_report_slurp(report->dir, "raster.svg", &picture_bytes);
    FILE *to = open_memstream(&page, &page_bytes);
    if (to) {
        ecp_report_html(to, report, picture, picture_bytes);
        if (fclose(to) == 0 && page)
            status = ecp_report_file(report->dir, "run.html", page);
    }
    free(page);
    free(picture);
    if (status == ECP_ENOMEM)
        return ecp_fail(status, "no memory for the page of the run");
    return status;
}

enum ecp_status ecp_report_write(const struct ecp_report *report)
{
    enum ecp_status status;
    char *json = NULL;
    ECP_TRY(ecp_report_json(report, &json));
    ECP_TRY(write_page(report));
    ECP_TRY(ecp_report_file(report->dir, "run.json", json)); /* last: it says that all is there */
done:
    free(json);
    return status;
}
