/* UTF-8 (RFC 3629): validate, repair, compare, and make fit for Plex without losing meaning. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include "common/buf.h"

/* Whether the bytes are UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF. */
bool text_valid(const char *bytes, size_t len);

/*
 * Appends the bytes with every invalid sequence replaced by U+FFFD, one for each maximal subpart
 * (Unicode §3.9, the practice of the WHATWG Encoding Standard). NUL stays. The result may be three
 * times as long. false, and `out` is not whole, when its limit would be passed.
 */
bool text_scrub(struct buf *out, const char *bytes, size_t len);

/*
 * The two below take any bytes, as if scrubbed before, append to `out`, and return false, having
 * appended nothing and marked `out` as overflowed, when its limit would be passed.
 */

/* Normalization Form C (UAX #15). */
bool text_nfc(struct buf *out, const char *text);

/*
 * The key under which two spellings of a path meet: NFC, case folded (`ß` is `ss`), `\` as `/`,
 * repeated separators as one. For comparing, never for showing or opening.
 */
bool text_fold(struct buf *out, const char *path);

enum text_shape {
	TEXT_LINE, /* line breaks, with the white space around them, become one space */
	TEXT_BLOCK, /* line breaks stay, all of them as LF */
};

/* What text_clean() did, beside NFC and taking white space from both ends. */
enum text_alteration {
	TEXT_CLEANED = 1, /* characters were removed or replaced */
	TEXT_CUT = 2, /* the end is missing */
};

/*
 * Appends `text` as NFC without what nobody can see: control characters (a tab becomes a space),
 * invisible format characters, bidirectional overrides and noncharacters. What shapes the
 * text stays: zero-width joiner and non-joiner, variation selectors, the tags of a flag. Trimmed,
 * then cut to `max_code_points`: before a word when that keeps at least half of them, else
 * before a grapheme (UAX #29), or within one that alone is longer. Invalid UTF-8 is scrubbed.
 * Returns flags of enum text_alteration. When the limit of `out` would be passed, nothing
 * is appended and `out` is marked as overflowed.
 */
unsigned text_clean(
	struct buf *out, const char *text, enum text_shape shape, size_t max_code_points);

/* Replaces every `from` in the text, in place. */
void text_replace(char *text, char from, char to);

/* Equal but for the case of ASCII letters; independent of the locale. */
bool text_equal_ascii(const char *a, const char *b);

#endif
