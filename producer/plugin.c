#include "producer/plugin.h"

#include "producer/zip.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SCHEME "http://"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define HOST_CHARS ALNUM "-._:[]"
#define PATH_CHARS ALNUM "-._~!$&'()*+,;=:%/"
#define HOOK "plexsync-hook-"
#define CONF_LIMIT ((size_t)1024)
#define SHA256_BYTES 32

bool plugin_has_hook(const struct plugin_source *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (strncmp(s->files[i].name, HOOK, strlen(HOOK)) == 0)
			return true;
	}
	return false;
}

/* ---- the producer's address ---- */

bool plugin_url_valid(const char *url, struct error *err)
{
	const char *rest = url + strlen(SCHEME);
	size_t host;

	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return error_set(err, "it must begin with http://, since the hook speaks no TLS");
	host = strspn(rest, HOST_CHARS);
	if (host == 0 || (rest[host] && rest[host] != '/'))
		return error_set(err, "a host and perhaps a port must follow http://");
	rest += host;
	if (rest[strspn(rest, PATH_CHARS)] || strlen(url) >= PLUGIN_URL_SIZE)
		return error_set(err, "its path is too long, or holds a character that does not "
				      "belong there");
	return true;
}

bool plugin_url_of_host(const char *host, char ret_url[PLUGIN_URL_SIZE])
{
	char url[PLUGIN_URL_SIZE];
	struct error err;
	int len = host ? snprintf(url, sizeof url, SCHEME "%s", host) : -1;

	if (len < 0 || (size_t)len >= sizeof url || strchr(host, '/') ||
		!plugin_url_valid(url, &err))
		return false;
	memcpy(ret_url, url, (size_t)len + 1);
	return true;
}

/* ---- the package ---- */

static void write_conf(const char *url, struct buf *out)
{
	buf_puts(out, "# Written by the plexsync-producer that this package came from; each update "
		      "writes it anew.\n"
		      "# Settings of your own belong into plexsync.conf: see README.txt.\n");
	if (url)
		buf_printf(out, "producer_url = %s\n", url);
}

bool plugin_write_zip(const struct plugin_source *s, const char *url, struct buf *out)
{
	struct zip zip;
	auto_buf conf;

	buf_init(&conf, CONF_LIMIT);
	write_conf(url, &conf);
	zip_begin(&zip, s->date_s, out);
	for (size_t i = 0; i < s->count; i++) {
		const struct plugin_file *f = &s->files[i];

		zip_add(&zip, f->name, f->executable, f->bytes, (size_t)(f->end - f->bytes));
	}
	zip_add(&zip, "producer.conf", false, buf_text(&conf), conf.len);
	return zip_end(&zip);
}

static bool put_sha256(const struct buf *bytes, struct buf *out)
{
	unsigned char digest[SHA256_BYTES];

	if (EVP_Digest(buf_text(bytes), bytes->len, digest, NULL, EVP_sha256(), NULL) != 1)
		return false;
	for (size_t i = 0; i < sizeof digest; i++)
		buf_printf(out, "%02x", digest[i]);
	return true;
}

bool plugin_write_index(const struct plugin_source *s, const struct buf *zip, struct buf *out)
{
	time_t date = (time_t)s->date_s;
	char date_text[sizeof "2026-01-12 10:00:00"];
	struct tm tm;

	if (!gmtime_r(&date, &tm) ||
		strftime(date_text, sizeof date_text, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return false;
	buf_printf(out,
		"- id: plexsync\n"
		"  name: plexsync\n"
		"  version: %s\n"
		"  date: %s\n"
		"  path: plexsync.zip\n"
		"  sha256: ",
		s->version, date_text);
	return put_sha256(zip, out) &&
	       buf_puts(out, "\n"
			     "  metadata:\n"
			     "    description: Brings what you edit in Stash to Plex.\n");
}
