#include "common/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool read_all(int fd, const char *path, struct buf *out, struct error *err)
{
	char chunk[4096];

	for (;;) {
		ssize_t got = read(fd, chunk, sizeof chunk);

		if (got == 0)
			return true;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, "Cannot read %s: %s.", path, strerror(errno));
		if (!buf_put(out, chunk, (size_t)got))
			return error_set(err, "Cannot read %s: it is larger than %zu bytes.", path,
				out->limit);
	}
}

bool file_read(const char *path, struct buf *out, struct error *err)
{
	size_t before = out->len;
	bool read_well;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, "Cannot read %s: %s.", path, strerror(errno));
	read_well = read_all(fd, path, out, err);
	close(fd);
	if (!read_well && out->data) {
		out->len = before;
		out->data[before] = '\0';
	}
	return read_well;
}
