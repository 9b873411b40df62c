/* store_files.h -- folders and names of the store (private). */
#ifndef ECP_STORE_FILES_H
#define ECP_STORE_FILES_H

#include <stddef.h>

#include "engine/status.h"

enum { ECP_FILES_PATH = 4096 }; /* longest path that ranks tell each other, with its end */

/* A name put together; ECP_ENOMEM. The caller frees *out. */
enum ecp_status ecp_files_name(char **out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* DIR and what is above it; ECP_EIO names the part that cannot be made. */
enum ecp_status ecp_files_make(const char *dir);
int ecp_files_exists(const char *path);
int ecp_files_is_folder(const char *path);

/* Move over what is there, in one step; the folder is synced. */
enum ecp_status ecp_files_move(const char *from, const char *to, const char *dir);
enum ecp_status ecp_files_sync(const char *dir);

/* All files of DIR whose names begin and end so. */
void ecp_files_remove(const char *dir, const char *start, const char *end);

/* A folder of segments and all segments, whole or not, in it. */
void ecp_files_remove_segments(const char *dir);
/* Whole segments in a folder: 000000.h5, 000001.h5, ... without a gap. */
size_t ecp_files_segments(const char *dir);

/* Sorted names of DIR that start with `start` and end with `end`; the caller
 * frees with ecp_files_free_list. */
enum ecp_status ecp_files_list(const char *dir, const char *start, const char *end, char ***names,
                               size_t *n);
void ecp_files_free_list(char **names, size_t n);

#endif
