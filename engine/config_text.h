/* config_text.h -- a config's text before libconfig sees it.
 *
 * Included files are put in place here, so that a folder, a device, a loop of
 * includes or a NUL byte is refused with its line (libconfig ends the process
 * on some of them). Keys given twice are found here with both lines, and
 * whole numbers get libconfig's 64-bit form (without it, large ones would
 * wrap silently). */
#ifndef ECP_CONFIG_TEXT_H
#define ECP_CONFIG_TEXT_H

#include "engine/arena.h"
#include "engine/plan.h"
#include "engine/status.h"

struct ecp_text {
    char *text;             /* for libconfig; ends with '\0' */
    struct ecp_place *line; /* where line k + 1 of `text` stands */
    size_t n_lines;
};

/* The whole of a regular file; ECP_EIO says why not (missing, a folder, not
 * readable, too large); ECP_ECONFIG: a NUL byte. Owned by `arena`. */
enum ecp_status ecp_text_read_file(struct ecp_arena *arena, const char *path, char **out);

/* `name` stands for the file in messages and gives the folder that @include
 * starts from. Everything in *out is owned by `arena`. */
enum ecp_status ecp_text_prepare(struct ecp_arena *arena, const char *text, const char *name,
                                 struct ecp_text *out);

/* "dir/file" next to `beside`; absolute paths stay. NULL: no memory. */
char *ecp_text_path(struct ecp_arena *arena, const char *beside, const char *path);

#endif
