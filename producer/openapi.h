/* docs/openapi.json, embedded when the producer is built. */
#ifndef PRODUCER_OPENAPI_H
#define PRODUCER_OPENAPI_H

#include <stddef.h>

extern const unsigned char openapi_document[];
extern const size_t openapi_document_len;

#endif
