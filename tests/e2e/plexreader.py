"""Prints one item of Plex as python-plexapi reads it, as JSON. Usage: plexreader.py URL TOKEN RATING_KEY"""

import json
import sys

from plexapi.server import PlexServer


def names(tags):
    return [tag.tag for tag in tags]


url, token, key = sys.argv[1:]
item = PlexServer(url, token).fetchItem(int(key))
print(json.dumps({
    "title": item.title,
    "summary": item.summary,
    "studio": item.studio,
    "date": item.originallyAvailableAt.strftime("%Y-%m-%d"),
    "rating": item.userRating,
    "performers": names(item.roles),
    "tags": names(item.genres),
    "collections": names(item.collections),
    "poster": [poster.ratingKey for poster in item.posters() if poster.selected],
    "locked": sorted(field.name for field in item.fields if field.locked),
}))
