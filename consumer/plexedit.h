/*
 * Edits of one Plex item as data, and the requests that carry them out. Each names the item: without
 * an id Plex would edit the whole section, and such a request cannot be made here.
 */
#ifndef CONSUMER_PLEXEDIT_H
#define CONSUMER_PLEXEDIT_H

#include "consumer/plex.h"

/*
 * Path and query of an edit stay within so many bytes. Plex itself takes more, but nginx and others
 * before it read 8 KB of a request line.
 */
enum { PLEX_REQUEST_MAX = 8000 };

struct plex_edit {
	struct {
		bool wanted;
		char *value; /* "" clears; NULL: only its lock changes */
		bool cut; /* the value is shorter than Stash's: no request could hold all of it */
	} fields[PLEX_FIELDS];
	struct plex_list_edit {
		bool wanted;
		struct string_list members; /* all that shall be in the list afterwards, in order */
		size_t own_count; /* so many of them, the first ones, are what Stash says */
		struct string_list removed; /* what is in the list now and shall not stay */
		struct string_list given_up; /* what Stash says and a person took out: not sent */
		bool lock; /* what `.locked` says, which is always sent */
		size_t left_out; /* members of Stash's that no request could hold */
	} lists[PLEX_LISTS];
	struct {
		bool wanted;
		int rating100; /* 1-100; 0 clears */
	} rating;
	bool lock_poster; /* the poster gets `lock`, as after an upload */
	bool lock; /* what `.locked` says of the fields, which is always sent */
};

void plex_edit_done(struct plex_edit *e);
void plex_edit_copy(struct plex_edit *ret, const struct plex_edit *from);
bool plex_edit_empty(const struct plex_edit *e);

/* Appends what it edits, comma-separated, as Plex calls it: "title,genre,userRating". */
void plex_edit_names(const struct plex_edit *e, struct buf *out);

/*
 * Appends a sentence about what is missing of it because no request could hold it; nothing when all
 * of it is there.
 */
void plex_edit_shortfall(const struct plex_edit *e, struct buf *out);

/*
 * The same edit as parts, each of which is one request of at most PLEX_REQUEST_MAX bytes, to be sent
 * in this order, each after the answer to the one before. free() the array, plex_edit_done() each.
 * None for an empty edit. Names that a list shall lose may go in requests of their own, but the
 * members that it shall have are always all in one: Plex may take them for all that it has.
 */
size_t plex_edit_split(
	const struct plex_edit *edit, const char *rating_key, struct plex_edit **ret_parts);

/*
 * The request for an edit that is one part: a PUT on the section with the item's id, where the section
 * is "" one on the item itself; for a rating, which goes its own way, PUT /:/rate. The edit must not
 * be empty, and not hold a rating beside anything else.
 */
void plex_edit_item(struct plex_request *ret, const char *section, const char *rating_key,
	const struct plex_edit *edit);

/* Bytes of such a request's path and query, when it is a PUT on a section with a key of any length. */
size_t plex_edit_length(const struct plex_edit *edit, const char *rating_key);

/* What one member adds to a request at most, whatever its place in the list. */
size_t plex_member_length(enum plex_list list, const char *member);

/* The pictures that the item has to choose from: see struct plex_poster. */
void plex_list_posters(struct plex_request *ret, const char *rating_key);

/* The picture is the body. Plex makes it the item's poster, and in most versions locks it. */
void plex_upload_poster(struct plex_request *ret, const char *rating_key);

/* Makes one of the listed pictures the item's poster; what Plex answers may not be XML. */
void plex_select_poster(struct plex_request *ret, const char *rating_key, const char *poster_key);

#endif
