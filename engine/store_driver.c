/* store_driver.c -- a file driver for HDF5 that survives a full disk.
 *
 * When the metadata of a file cannot be written, HDF5 1.10 keeps the file half
 * closed and crashes as the program ends. So this driver writes like the
 * usual one, but remembers the first failure and swallows what comes after:
 * HDF5 closes cleanly, the writer sees the errno and removes the file. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store_h5.h"

struct target {
    int *error;
};

struct disk {
    H5FD_t public; /* HDF5 wants it first */
    int descriptor;
    int *error;
    haddr_t end_allocated, end_file;
};

static struct disk *disk_of(H5FD_t *file)
{
    return (struct disk *)(void *)file;
}

static const struct disk *view_of(const H5FD_t *file)
{
    return (const struct disk *)(const void *)file;
}

static void remember(struct disk *disk, int error)
{
    if (*disk->error == 0)
        *disk->error = error == 0 ? EIO : error;
}

static H5FD_t *open_disk(const char *name, unsigned flags, hid_t access, haddr_t highest)
{
    (void)flags;
    (void)highest;
    const struct target *target = H5Pget_driver_info(access);
    struct disk *disk = target == NULL ? NULL : calloc(1, sizeof *disk);
    if (disk == NULL)
        return NULL;
    disk->error = target->error;
    disk->descriptor = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (disk->descriptor < 0) {
        remember(disk, errno);
        free(disk);
        return NULL;
    }
    return &disk->public;
}

static herr_t close_disk(H5FD_t *file)
{
    struct disk *disk = disk_of(file);
    if (*disk->error == 0 && fsync(disk->descriptor) != 0)
        remember(disk, errno);
    if (close(disk->descriptor) != 0)
        remember(disk, errno);
    free(disk);
    return 0;
}

static herr_t query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t end_allocated(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return view_of(file)->end_allocated;
}

static herr_t set_end_allocated(H5FD_t *file, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    disk_of(file)->end_allocated = end;
    return 0;
}

static haddr_t end_file(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return view_of(file)->end_file;
}

static herr_t read_disk(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size,
                        void *data)
{
    (void)type;
    (void)transfer;
    struct disk *disk = disk_of(file);
    unsigned char *to = data;
    while (size > 0) {
        const ssize_t got = pread(disk->descriptor, to, size, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            remember(disk, errno);
        if (got <= 0) {
            memset(to, 0, size); /* behind the end of the file there are zeros */
            return 0;
        }
        to += got;
        at += (haddr_t)got;
        size -= (size_t)got;
    }
    return 0;
}

static herr_t write_disk(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t at, size_t size,
                         const void *data)
{
    (void)type;
    (void)transfer;
    struct disk *disk = disk_of(file);
    const unsigned char *from = data;
    if (at + size > disk->end_file)
        disk->end_file = at + size;
    while (size > 0 && *disk->error == 0) {
        const ssize_t put = pwrite(disk->descriptor, from, size, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            remember(disk, put < 0 ? errno : ENOSPC);
            break;
        }
        from += put;
        at += (haddr_t)put;
        size -= (size_t)put;
    }
    return 0;
}

static herr_t truncate_disk(H5FD_t *file, hid_t transfer, hbool_t closing)
{
    (void)transfer;
    (void)closing;
    struct disk *disk = disk_of(file);
    if (disk->end_file == disk->end_allocated)
        return 0;
    if (*disk->error == 0 && ftruncate(disk->descriptor, (off_t)disk->end_allocated) != 0)
        remember(disk, errno);
    disk->end_file = disk->end_allocated;
    return 0;
}

static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)(H5_VFD_RESERVED + 257), /* of the free numbers */
#endif
    .name = "ecphory",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(struct target),
    .open = open_disk,
    .close = close_disk,
    .query = query,
    .get_eoa = end_allocated,
    .set_eoa = set_end_allocated,
    .get_eof = end_file,
    .read = read_disk,
    .write = write_disk,
    .truncate = truncate_disk,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t ecp_h5_driver(void)
{
    return H5FDregister(&driver);
}

herr_t ecp_h5_driver_aim(hid_t access, hid_t id, int *error)
{
    const struct target target = {error};
    return H5Pset_driver(access, id, &target);
}
