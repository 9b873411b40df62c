/* archive.h -- named arrays in blocks in one file, written by many and read in part.
 *
 *   head      one page: what it is, how many blocks, its own checksum
 *   contents  one entry a block: where, how long, checksum
 *   blocks    records {name, size of an element, number, elements}, 8-byte aligned
 *
 * Each writer fills whole blocks, and says first how long they are: the same function
 * is called twice, once to count and once to write. Nothing is gathered in memory.
 * Numbers are as the machine has them; the head says how, and a reader that has them
 * otherwise refuses. */
#ifndef ECP_ARCHIVE_H
#define ECP_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "engine/status.h"

enum { ECP_ARCHIVE_FORMAT = 1 };

/* ---- writing ----------------------------------------------------------- */

struct ecp_archive_entry {
    uint64_t at, bytes, checksum;
};

/* One block in the making. */
struct ecp_archive {
    int file; /* -1: only counting */
    const char *path;
    uint64_t at, bytes, checksum;
    unsigned char *buffer;
    size_t held;
    enum ecp_status status; /* of the first failure; later puts do nothing */
};

/* n elements of `size` bytes under a name (printf-like, at most 127 bytes). */
void ecp_archive_put(struct ecp_archive *archive, const void *data, size_t n, size_t size,
                     const char *name, ...) __attribute__((format(printf, 5, 6)));

/* Bytes that `fill` puts. */
uint64_t ecp_archive_measure(void (*fill)(void *context, struct ecp_archive *archive),
                             void *context);
/* Write them at entry->at of the open file; fills in the checksum. ECP_EIO, ECP_ENOMEM. */
enum ecp_status ecp_archive_write(int file, const char *path, struct ecp_archive_entry *entry,
                                  void (*fill)(void *context, struct ecp_archive *archive),
                                  void *context);

/* Where the first block may begin. */
uint64_t ecp_archive_first(uint64_t n_blocks);
/* Head and contents, when all blocks are there. */
enum ecp_status ecp_archive_seal(int file, const char *path, const struct ecp_archive_entry *entry,
                                 uint64_t n_blocks);

/* ---- reading ----------------------------------------------------------- */

struct ecp_archive_record;

struct ecp_archive_block {
    struct ecp_archive_record *record; /* sorted by name */
    size_t n_records;
};

/* The whole file, mapped; pages come when they are touched. */
struct ecp_archive_reader {
    const unsigned char *bytes;
    size_t size;
    uint64_t n_blocks;
    const struct ecp_archive_entry *entry;
    struct ecp_archive_block *block;
    char *path;
};

/* ECP_EIO: missing, foreign, of another format, machine or precision, cut short. */
enum ecp_status ecp_archive_open(const char *path, struct ecp_archive_reader *out);
void ecp_archive_close(struct ecp_archive_reader *reader);

/* ECP_EIO: block k is damaged. O(bytes). */
enum ecp_status ecp_archive_verify(const struct ecp_archive_reader *reader, uint64_t k);

/* *n elements under a name in block k; NULL when there is no such record, or its
 * elements are of another size. Aligned to 8 bytes, as long as the reader is open. */
const void *ecp_archive_get(const struct ecp_archive_reader *reader, uint64_t k, size_t size,
                            size_t *n, const char *name, ...) __attribute__((format(printf, 5, 6)));

#endif
