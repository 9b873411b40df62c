#include "engine/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/types.h"

enum { PAGE = 4096, NAME = 128, BUFFER = 1 << 20, WORD = 8 };

static const char MAGIC[8] = {'e', 'c', 'p', 'h', 'o', 'r', 'y', '\n'};
static const uint64_t ORDER = UINT64_C(0x0102030405060708);

struct head {
    char magic[8];
    uint64_t order, format, real_bytes, n_blocks, size, checksum;
};

struct record_head {
    uint64_t n, size;
    char name[NAME];
};

struct ecp_archive_record {
    const struct record_head *head;
    const unsigned char *data;
};

/* ---- checksum ------------------------------------------------------------ */

static uint64_t add_words(uint64_t sum, const unsigned char *bytes, size_t n)
{
    for (size_t k = 0; k + WORD <= n; k += WORD) {
        uint64_t word;
        memcpy(&word, bytes + k, WORD);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
    }
    return sum;
}

static size_t padded(size_t bytes)
{
    return (bytes + WORD - 1) / WORD * WORD;
}

/* ---- writing ------------------------------------------------------------- */

static enum ecp_status write_at(int file, const char *path, const void *data, size_t bytes,
                                uint64_t at)
{
    const unsigned char *from = data;
    while (bytes > 0) {
        const ssize_t n = pwrite(file, from, bytes, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ecp_fail(ECP_EIO, "%s: cannot be written: %s", path,
                            strerror(n < 0 ? errno : ENOSPC));
        from += n;
        at += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return ECP_OK;
}

static void flush(struct ecp_archive *a)
{
    if (a->status == ECP_OK && a->held > 0)
        a->status = write_at(a->file, a->path, a->buffer, a->held, a->at);
    a->at += a->held;
    a->held = 0;
}

/* `bytes` is whole words. What is large goes to the file as it lies. */
static void add(struct ecp_archive *a, const void *data, size_t bytes)
{
    a->bytes += bytes;
    if (a->file < 0 || a->status != ECP_OK || bytes == 0)
        return;
    a->checksum = add_words(a->checksum, data, bytes);
    if (a->held + bytes > BUFFER)
        flush(a);
    if (bytes > BUFFER) {
        a->status = write_at(a->file, a->path, data, bytes, a->at);
        a->at += bytes;
        return;
    }
    memcpy(a->buffer + a->held, data, bytes);
    a->held += bytes;
}

void ecp_archive_put(struct ecp_archive *archive, const void *data, size_t n, size_t size,
                     const char *name, ...)
{
    struct record_head head = {n, size, ""};
    const size_t bytes = n * size, whole = bytes / WORD * WORD;
    unsigned char tail[WORD] = {0};
    va_list list;
    va_start(list, name);
    (void)vsnprintf(head.name, sizeof head.name, name, list);
    va_end(list);
    add(archive, &head, sizeof head);
    add(archive, data, whole);
    if (bytes > whole) {
        memcpy(tail, (const unsigned char *)data + whole, bytes - whole);
        add(archive, tail, WORD);
    }
}

uint64_t ecp_archive_measure(void (*fill)(void *context, struct ecp_archive *archive),
                             void *context)
{
    struct ecp_archive archive = {.file = -1};
    fill(context, &archive);
    return archive.bytes;
}

enum ecp_status ecp_archive_write(int file, const char *path, struct ecp_archive_entry *entry,
                                  void (*fill)(void *context, struct ecp_archive *archive),
                                  void *context)
{
    struct ecp_archive archive = {
        .file = file, .path = path, .at = entry->at, .buffer = malloc(BUFFER)};
    if (!archive.buffer)
        return ecp_fail(ECP_ENOMEM, "no memory to write %s", path);
    fill(context, &archive);
    flush(&archive);
    if (archive.status == ECP_OK && archive.bytes != entry->bytes)
        archive.status =
            ecp_fail(ECP_EARG, "%s: a block has %llu bytes, not %llu", path,
                     (unsigned long long)archive.bytes, (unsigned long long)entry->bytes);
    entry->checksum = archive.checksum;
    free(archive.buffer);
    return archive.status;
}

uint64_t ecp_archive_first(uint64_t n_blocks)
{
    const uint64_t bytes = PAGE + n_blocks * sizeof(struct ecp_archive_entry);
    return (bytes + PAGE - 1) / PAGE * PAGE;
}

static uint64_t head_sum(struct head head, const struct ecp_archive_entry *entry)
{
    head.checksum = 0;
    const uint64_t sum = add_words(1, (const unsigned char *)&head, sizeof head);
    return add_words(sum, (const unsigned char *)entry, head.n_blocks * sizeof *entry);
}

enum ecp_status ecp_archive_seal(int file, const char *path, const struct ecp_archive_entry *entry,
                                 uint64_t n_blocks)
{
    struct head head = {.order = ORDER,
                        .format = ECP_ARCHIVE_FORMAT,
                        .real_bytes = sizeof(ecp_real),
                        .n_blocks = n_blocks,
                        .size = ecp_archive_first(n_blocks)};
    memcpy(head.magic, MAGIC, sizeof head.magic);
    for (uint64_t k = 0; k < n_blocks; k++)
        if (entry[k].at + entry[k].bytes > head.size)
            head.size = entry[k].at + entry[k].bytes;
    head.checksum = head_sum(head, entry);
    enum ecp_status status = write_at(file, path, entry, n_blocks * sizeof *entry, PAGE);
    if (status == ECP_OK)
        status = write_at(file, path, &head, sizeof head, 0);
    return status;
}

/* ---- reading ------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct ecp_archive_record *left = a, *right = b;
    return strcmp(left->head->name, right->head->name);
}

static enum ecp_status damaged(const struct ecp_archive_reader *reader)
{
    return ecp_fail(ECP_EIO, "%s: damaged: its parts do not fit together", reader->path);
}

static enum ecp_status index_block(const struct ecp_archive_reader *reader, uint64_t k)
{
    const unsigned char *at = reader->bytes + reader->entry[k].at;
    struct ecp_archive_block *block = &reader->block[k];
    size_t capacity = 0;
    for (uint64_t left = reader->entry[k].bytes; left > 0;) {
        const struct record_head *head = (const void *)at;
        if (left < sizeof *head || !memchr(head->name, '\0', sizeof head->name) ||
            (head->size > 0 && head->n > left / head->size) ||
            padded(head->n * head->size) > left - sizeof *head)
            return damaged(reader);
        if (block->n_records == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            struct ecp_archive_record *grown = realloc(block->record, capacity * sizeof *grown);
            if (!grown)
                return ecp_fail(ECP_ENOMEM, "no memory to read %s", reader->path);
            block->record = grown;
        }
        block->record[block->n_records++] = (struct ecp_archive_record){head, at + sizeof *head};
        const size_t bytes = sizeof *head + padded(head->n * head->size);
        at += bytes;
        left -= bytes;
    }
    if (block->n_records > 0)
        qsort(block->record, block->n_records, sizeof *block->record, by_name);
    return ECP_OK;
}

static enum ecp_status map(const char *path, struct ecp_archive_reader *out)
{
    struct stat facts;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return ecp_fail(ECP_EIO, "%s: cannot be read: %s", path, strerror(errno));
    if (fstat(file, &facts) != 0 || facts.st_size < PAGE) {
        (void)close(file);
        return ecp_fail(ECP_EIO, "%s: not a checkpoint, or cut short", path);
    }
    void *bytes = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    (void)close(file);
    if (bytes == MAP_FAILED)
        return ecp_fail(ECP_EIO, "%s: cannot be read: %s", path, strerror(errno));
    out->bytes = bytes;
    out->size = (size_t)facts.st_size;
    return ECP_OK;
}

static enum ecp_status check_head(struct ecp_archive_reader *reader)
{
    const struct head *head = (const void *)reader->bytes;
    if (memcmp(head->magic, MAGIC, sizeof MAGIC) != 0)
        return ecp_fail(ECP_EIO, "%s: not a checkpoint, or one that was never finished",
                        reader->path);
    if (head->order != ORDER)
        return ecp_fail(ECP_EIO, "%s: from a machine with another order of bytes", reader->path);
    if (head->format != ECP_ARCHIVE_FORMAT)
        return ecp_fail(ECP_EIO, "%s: format %llu; this program reads format %d", reader->path,
                        (unsigned long long)head->format, ECP_ARCHIVE_FORMAT);
    if (head->real_bytes != sizeof(ecp_real))
        return ecp_fail(ECP_EIO, "%s: from a build in %s precision", reader->path,
                        head->real_bytes == 8 ? "double" : "single");
    if (head->size > reader->size)
        return ecp_fail(ECP_EIO, "%s: cut short: %zu of %llu bytes", reader->path, reader->size,
                        (unsigned long long)head->size);
    reader->n_blocks = head->n_blocks;
    reader->entry = (const void *)(reader->bytes + PAGE);
    if (head->n_blocks > (reader->size - PAGE) / sizeof *reader->entry ||
        head_sum(*head, reader->entry) != head->checksum)
        return damaged(reader);
    for (uint64_t k = 0; k < reader->n_blocks; k++)
        if (reader->entry[k].at % WORD || reader->entry[k].at > reader->size ||
            reader->entry[k].bytes > reader->size - reader->entry[k].at)
            return damaged(reader);
    return ECP_OK;
}

enum ecp_status ecp_archive_open(const char *path, struct ecp_archive_reader *out)
{
    struct ecp_archive_reader reader = {.path = strdup(path)};
    enum ecp_status status = ECP_OK;
    if (!reader.path)
        return ecp_fail(ECP_ENOMEM, "no memory to read %s", path);
    ECP_TRY(map(path, &reader));
    ECP_TRY(check_head(&reader));
    reader.block = calloc(reader.n_blocks + 1, sizeof *reader.block);
    if (!reader.block)
        status = ecp_fail(ECP_ENOMEM, "no memory to read %s", path);
    for (uint64_t k = 0; k < reader.n_blocks && status == ECP_OK; k++)
        status = index_block(&reader, k);
done:
    if (status == ECP_OK)
        *out = reader;
    else
        ecp_archive_close(&reader);
    return status;
}

void ecp_archive_close(struct ecp_archive_reader *reader)
{
    for (uint64_t k = 0; reader->block && k < reader->n_blocks; k++)
        free(reader->block[k].record);
    free(reader->block);
    if (reader->bytes)
        (void)munmap((void *)(uintptr_t)reader->bytes, reader->size);
    free(reader->path);
    memset(reader, 0, sizeof *reader);
}

enum ecp_status ecp_archive_verify(const struct ecp_archive_reader *reader, uint64_t k)
{
    const struct ecp_archive_entry *entry = &reader->entry[k];
    if (add_words(0, reader->bytes + entry->at, entry->bytes) == entry->checksum)
        return ECP_OK;
    return ecp_fail(ECP_EIO, "%s: damaged: the checksum of part %llu is wrong", reader->path,
                    (unsigned long long)k);
}

const void *ecp_archive_get(const struct ecp_archive_reader *reader, uint64_t k, size_t size,
                            size_t *n, const char *name, ...)
{
    struct record_head head;
    const struct ecp_archive_record key = {&head, NULL};
    va_list list;
    va_start(list, name);
    (void)vsnprintf(head.name, sizeof head.name, name, list);
    va_end(list);
    const struct ecp_archive_block *block = &reader->block[k];
    if (block->n_records == 0)
        return NULL;
    const struct ecp_archive_record *found =
        bsearch(&key, block->record, block->n_records, sizeof key, by_name);
    if (!found || found->head->size != size)
        return NULL;
    *n = found->head->n;
    return found->data;
}
