/*
 * A library to be preloaded into a server (LD_PRELOAD): it records what the server does to the
 * files below one directory, in the order in which it happens, and makes fsync misbehave on
 * request. From the record, image.ts builds what a disk may hold after a loss of power.
 *
 * CRASH_ROOT      the directory, as an absolute path without symbolic links
 * CRASH_RECORD    the file that the record is appended to
 * CRASH_CONTROL   a file of two 32-bit words in the machine's byte order: what fsync does (see
 *                 SYNC_*), and how many microseconds it takes
 *
 * Each entry of the record: its kind (32 bits), the length of its data (32 bits), an inode (64
 * bits), a number (64 bits), the data. The numbers are in the machine's byte order. An entry is
 * written by a single call, after what it tells of has happened, so that a killed server leaves at
 * most one change untold; an fsync is told of when it begins and again when it has ended.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { ROOT = 1, CREATE, WRITE, TRUNCATE, SYNC_BEGIN, SYNC_END, RENAME, UNLINK, MKDIR, RMDIR };

/* What fsync does: its work; fail with EIO; wait until told otherwise; nothing, but say it did. */
enum sync_mode { SYNC_WORKS = 0, SYNC_FAILS = 1, SYNC_HANGS = 2, SYNC_LIES = 3 };

struct entry {
  uint32_t kind;
  uint32_t length;
  uint64_t inode;
  uint64_t number;
};

#define MAX_FILES 65536

static char root[PATH_MAX];
static size_t root_length;
static int record = -1;
static volatile uint32_t *control;
static uint64_t inodes[MAX_FILES];
static dev_t device;
static uint64_t syncs;
/* Held over a change and the entry that tells of it: the record's order is that of the changes. */
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;


static void give_up(const char *what) {
  dprintf(2, "recorder: %s: %s\n", what, strerror(errno));
  abort();
}

static void tell(uint32_t kind, uint64_t inode, uint64_t number, const void *data, size_t length) {
  struct entry head = {kind, (uint32_t)length, inode, number};
  struct iovec parts[2] = {{&head, sizeof head}, {(void *)data, length}};
  ssize_t told = syscall(SYS_writev, record, parts, 2);
  if (told != (ssize_t)(sizeof head + length)) give_up("the record cannot be written");
}

__attribute__((constructor)) static void start(void) {
  const char *where = getenv("CRASH_ROOT");
  const char *to = getenv("CRASH_RECORD");
  const char *by = getenv("CRASH_CONTROL");
  if (where == NULL || to == NULL || by == NULL) return;
  snprintf(root, sizeof root, "%s", where);
  root_length = strlen(root);
  struct stat facts;
  if (stat(root, &facts) != 0) give_up(root);
  device = facts.st_dev;
  int file = (int)syscall(SYS_openat, AT_FDCWD, by, O_RDWR | O_CLOEXEC, 0);
  if (file < 0) give_up(by);
  control = mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
  if (control == MAP_FAILED) give_up(by);
  syscall(SYS_close, file);
  int opened = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0) give_up(to);
  record = opened;
  tell(ROOT, facts.st_ino, 0, NULL, 0);
}

/* The path below the root, without a leading slash; NULL when it is elsewhere. */
static const char *below(int directory, const char *path, char *into) {
  if (record < 0) return NULL;
  char whole[PATH_MAX];
  if (path[0] == '/') {
    snprintf(whole, sizeof whole, "%s", path);
  } else if (directory == AT_FDCWD) {
    char here[PATH_MAX];
    if (getcwd(here, sizeof here) == NULL) return NULL;
    if (snprintf(whole, sizeof whole, "%s/%s", here, path) >= (int)sizeof whole) return NULL;
  } else {
    char link[64], base[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, base, sizeof base - 1);
    if (length < 0) return NULL;
    base[length] = 0;
    if (snprintf(whole, sizeof whole, "%s/%s", base, path) >= (int)sizeof whole) return NULL;
  }
  size_t end = strlen(whole);
  while (end > 1 && whole[end - 1] == '/') whole[--end] = 0;
  char *slash = strrchr(whole, '/');
  if (slash == NULL) return NULL;
  *slash = 0;
  char parent[PATH_MAX];
  if (realpath(slash == whole ? "/" : whole, parent) == NULL) return NULL;
  if (snprintf(into, PATH_MAX, "%s/%s", parent, slash + 1) >= PATH_MAX) return NULL;
  if (strncmp(into, root, root_length) != 0) return NULL;
  if (into[root_length] == 0) return into + root_length;
  return into[root_length] == '/' ? into + root_length + 1 : NULL;
}

/* The inode behind a descriptor if it is one of those that are recorded, else 0. */
static uint64_t inode_of(int file) {
  if (record < 0 || file < 0 || file >= MAX_FILES || inodes[file] == 0) return 0;
  /* Some close descriptors by a system call of their own: the number may be another's by now. */
  struct stat facts;
  if (fstat(file, &facts) == 0 && facts.st_dev == device && facts.st_ino == inodes[file]) {
    return inodes[file];
  }
  inodes[file] = 0;
  return 0;
}

static uint64_t inode_at(const char *path) {
  struct stat facts;
  return fstatat(AT_FDCWD, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 ? facts.st_ino : 0;
}

static int open_recorded(int directory, const char *path, int flags, mode_t mode) {
  char into[PATH_MAX];
  const char *name = below(directory, path, into);
  if (name == NULL) return (int)syscall(SYS_openat, directory, path, flags, mode);
  pthread_mutex_lock(&order);
  uint64_t before = inode_at(into);
  int file = (int)syscall(SYS_openat, directory, path, flags, mode);
  int failure = errno;
  if (file >= 0 && file < MAX_FILES) {
    struct stat facts;
    fstat(file, &facts);
    inodes[file] = facts.st_ino;
    if (before == 0) tell(CREATE, facts.st_ino, 0, name, strlen(name));
    else if (flags & O_TRUNC) tell(TRUNCATE, facts.st_ino, 0, NULL, 0);
  }
  pthread_mutex_unlock(&order);
  errno = failure;
  return file;
}

#define OPEN(name)                                                                                 \
  int name(const char *path, int flags, ...) {                                                     \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
      va_list list;                                                                                \
      va_start(list, flags);                                                                       \
      mode = va_arg(list, mode_t);                                                                 \
      va_end(list);                                                                                \
    }                                                                                              \
    return open_recorded(AT_FDCWD, path, flags, mode);                                             \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                               \
  int name(int directory, const char *path, int flags, ...) {                                      \
    mode_t mode = 0;                                                                               \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
      va_list list;                                                                                \
      va_start(list, flags);                                                                       \
      mode = va_arg(list, mode_t);                                                                 \
      va_end(list);                                                                                \
    }                                                                                              \
    return open_recorded(directory, path, flags, mode);                                            \
  }
OPENAT(openat)
OPENAT(openat64)

/* Tells of `done` bytes that have gone from `parts` to `offset`. */
static void tell_parts(uint64_t inode, off_t offset, const struct iovec *parts, int count,
                       ssize_t done) {
  for (int i = 0; i < count && done > 0; i++) {
    size_t length = parts[i].iov_len < (size_t)done ? parts[i].iov_len : (size_t)done;
    tell(WRITE, inode, (uint64_t)offset, parts[i].iov_base, length);
    offset += (off_t)length;
    done -= (ssize_t)length;
  }
}

/* Writes at `offset`, or where the file is when that is -1. */
static ssize_t write_recorded(int file, const struct iovec *parts, int count, off_t offset) {
  uint64_t inode = inode_of(file);
  if (inode != 0) pthread_mutex_lock(&order);
  ssize_t done = offset < 0 ? syscall(SYS_writev, file, parts, count)
                            : syscall(SYS_pwritev, file, parts, count, offset, 0);
  int failure = errno;
  if (inode != 0) {
    if (done > 0) {
      off_t at = offset < 0 ? lseek(file, 0, SEEK_CUR) - done : offset;
      tell_parts(inode, at, parts, count, done);
    }
    pthread_mutex_unlock(&order);
  }
  errno = failure;
  return done;
}

ssize_t write(int file, const void *data, size_t length) {
  if (inode_of(file) == 0) return syscall(SYS_write, file, data, length);
  struct iovec part = {(void *)data, length};
  return write_recorded(file, &part, 1, -1);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  if (inode_of(file) == 0) return syscall(SYS_writev, file, parts, count);
  return write_recorded(file, parts, count, -1);
}

#define PWRITE(name, offset_type)                                                                  \
  ssize_t name(int file, const void *data, size_t length, offset_type offset) {                    \
    struct iovec part = {(void *)data, length};                                                    \
    return write_recorded(file, &part, 1, offset);                                                 \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define PWRITEV(name, offset_type)                                                                 \
  ssize_t name(int file, const struct iovec *parts, int count, offset_type offset) {               \
    return write_recorded(file, parts, count, offset);                                             \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

static int truncate_recorded(int file, off_t length) {
  uint64_t inode = inode_of(file);
  if (inode == 0) return (int)syscall(SYS_ftruncate, file, length);
  pthread_mutex_lock(&order);
  int result = (int)syscall(SYS_ftruncate, file, length);
  int failure = errno;
  if (result == 0) tell(TRUNCATE, inode, (uint64_t)length, NULL, 0);
  pthread_mutex_unlock(&order);
  errno = failure;
  return result;
}

int ftruncate(int file, off_t length) { return truncate_recorded(file, length); }
int ftruncate64(int file, off64_t length) { return truncate_recorded(file, length); }

/*
 * An fsync takes the time that it is told to and does nothing beside: what lasts is decided by the
 * record, whose reader takes for lasting what had been written when it began, once it has ended.
 */
static int sync_recorded(int file) {
  uint64_t inode = inode_of(file);
  pthread_mutex_lock(&order);
  uint64_t number = ++syncs;
  if (control[0] != SYNC_LIES) tell(SYNC_BEGIN, inode, number, NULL, 0);
  pthread_mutex_unlock(&order);
  if (control[1] > 0) usleep(control[1]);
  while (control[0] == SYNC_HANGS) usleep(1000);
  uint32_t mode = control[0];
  if (mode == SYNC_LIES) return 0;
  uint32_t failure = mode == SYNC_FAILS ? EIO : 0;
  uint64_t outcome[1] = {failure};
  pthread_mutex_lock(&order);
  tell(SYNC_END, inode, number, outcome, sizeof outcome);
  pthread_mutex_unlock(&order);
  errno = (int)failure;
  return failure == 0 ? 0 : -1;
}

int fsync(int file) {
  return inode_of(file) == 0 ? (int)syscall(SYS_fsync, file) : sync_recorded(file);
}

int fdatasync(int file) {
  return inode_of(file) == 0 ? (int)syscall(SYS_fdatasync, file) : sync_recorded(file);
}

int rename(const char *from, const char *to) {
  char whole_from[PATH_MAX], whole_to[PATH_MAX], both[2 * PATH_MAX];
  const char *source = below(AT_FDCWD, from, whole_from);
  const char *target = below(AT_FDCWD, to, whole_to);
  if (source == NULL && target == NULL) return (int)syscall(SYS_rename, from, to);
  if (source == NULL || target == NULL) give_up("a file is moved over the edge of what is recorded");
  pthread_mutex_lock(&order);
  int result = (int)syscall(SYS_rename, from, to);
  int failure = errno;
  size_t length = strlen(source) + 1;
  memcpy(both, source, length);
  memcpy(both + length, target, strlen(target));
  if (result == 0) tell(RENAME, 0, 0, both, length + strlen(target));
  pthread_mutex_unlock(&order);
  errno = failure;
  return result;
}

int unlinkat(int directory, const char *path, int flags) {
  char into[PATH_MAX];
  const char *name = below(directory, path, into);
  if (name == NULL) return (int)syscall(SYS_unlinkat, directory, path, flags);
  pthread_mutex_lock(&order);
  int result = (int)syscall(SYS_unlinkat, directory, path, flags);
  int failure = errno;
  if (result == 0) tell(flags & AT_REMOVEDIR ? RMDIR : UNLINK, 0, 0, name, strlen(name));
  pthread_mutex_unlock(&order);
  errno = failure;
  return result;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char *path) {
  int result = unlink(path);
  return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

int mkdir(const char *path, mode_t mode) {
  char into[PATH_MAX];
  const char *name = below(AT_FDCWD, path, into);
  if (name == NULL) return (int)syscall(SYS_mkdir, path, mode);
  pthread_mutex_lock(&order);
  int result = (int)syscall(SYS_mkdir, path, mode);
  int failure = errno;
  if (result == 0) tell(MKDIR, inode_at(into), 0, name, strlen(name));
  pthread_mutex_unlock(&order);
  errno = failure;
  return result;
}
