#include "engine/rows.h"

#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"

enum ecp_status ecp_calendar_init(struct ecp_calendar *calendar, int keyed)
{
    memset(calendar, 0, sizeof *calendar);
    calendar->keyed = keyed;
    for (int k = 0; k < ECP_CALENDAR; k++)
        if (!ecp_bucket_grow(&calendar->bucket[k], keyed)) {
            ecp_calendar_clear(calendar);
            return ecp_fail(ECP_ENOMEM, "no memory for the spikes under way");
        }
    return ECP_OK;
}

void ecp_calendar_clear(struct ecp_calendar *calendar)
{
    for (int k = 0; k < ECP_CALENDAR; k++) {
        free(calendar->bucket[k].position);
        free(calendar->bucket[k].key);
    }
    memset(calendar, 0, sizeof *calendar);
}

int ecp_bucket_grow(struct ecp_bucket *bucket, int keyed)
{
    const size_t capacity = bucket->capacity ? 2 * bucket->capacity : 64;
    uint64_t *position = realloc(bucket->position, capacity * sizeof *position);
    if (!position)
        return 0;
    bucket->position = position;
    if (keyed) {
        uint64_t *key = realloc(bucket->key, capacity * sizeof *key);
        if (!key)
            return 0;
        bucket->key = key;
    }
    bucket->capacity = capacity;
    return 1;
}

struct entry {
    uint64_t key, position;
};

static int by_key(const void *left, const void *right)
{
    const uint64_t a = ((const struct entry *)left)->key;
    const uint64_t b = ((const struct entry *)right)->key;
    return (a > b) - (a < b);
}

static void insertion_sort(struct ecp_bucket *bucket, size_t from)
{
    for (size_t k = from + 1; k < bucket->n; k++) {
        const uint64_t key = bucket->key[k], position = bucket->position[k];
        size_t j = k;
        for (; j > from && bucket->key[j - 1] > key; j--) {
            bucket->key[j] = bucket->key[j - 1];
            bucket->position[j] = bucket->position[j - 1];
        }
        bucket->key[j] = key;
        bucket->position[j] = position;
    }
}

void ecp_bucket_sort(struct ecp_bucket *bucket, size_t from)
{
    size_t k = from + 1;
    while (k < bucket->n && bucket->key[k - 1] <= bucket->key[k])
        k++;
    if (k >= bucket->n)
        return;
    const size_t n = bucket->n - from;
    struct entry *entry = n > 32 ? malloc(n * sizeof *entry) : NULL;
    if (!entry) {
        insertion_sort(bucket, from);
        return;
    }
    for (size_t j = 0; j < n; j++)
        entry[j] = (struct entry){bucket->key[from + j], bucket->position[from + j]};
    qsort(entry, n, sizeof *entry, by_key);
    for (size_t j = 0; j < n; j++) {
        bucket->key[from + j] = entry[j].key;
        bucket->position[from + j] = entry[j].position;
    }
    free(entry);
}

void ecp_rows_clear(struct ecp_rows *rows)
{
    free(rows->start);
    ecp_pages_free(rows->line, rows->line_bytes);
    ecp_pages_free(rows->words, rows->bytes);
    memset(rows, 0, sizeof *rows);
}

double ecp_rows_bytes(const struct ecp_rows *rows)
{
    const double starts = rows->start ? 8 * (double)rows->n_sources : (double)rows->line_bytes;
    return (double)rows->bytes + starts;
}
