/* plexsync-package DIRECTORY: writes index.yml and plexsync.zip, which name no producer. */
#include "producer/plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool write_file(const char *directory, const char *name, const struct buf *bytes)
{
	auto_buf path;
	FILE *file;
	bool written;

	buf_init(&path, 4096);
	if (!buf_printf(&path, "%s/%s", directory, name))
		return false;
	file = fopen(buf_text(&path), "wb");
	written = file && fwrite(buf_text(bytes), 1, bytes->len, file) == bytes->len;
	if (file && fclose(file) != 0)
		written = false;
	if (!written)
		fprintf(stderr, "plexsync-package: %s: %s\n", buf_text(&path), strerror(errno));
	return written;
}

int main(int argc, char **argv)
{
	auto_buf zip;
	auto_buf index;

	buf_init(&zip, PLUGIN_PACKAGE_LIMIT);
	buf_init(&index, PLUGIN_PACKAGE_LIMIT);
	if (argc != 2) {
		fputs("usage: plexsync-package DIRECTORY\n", stderr);
		return 2;
	}
	if (!plugin_write_zip(&plugin_source, NULL, &zip) ||
		!plugin_write_index(&plugin_source, &zip, &index)) {
		fputs("plexsync-package: the files are too large for a package\n", stderr);
		return EXIT_FAILURE;
	}
	return write_file(argv[1], "plexsync.zip", &zip) && write_file(argv[1], "index.yml", &index)
		       ? EXIT_SUCCESS
		       : EXIT_FAILURE;
}
