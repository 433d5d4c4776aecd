/* GET /openapi.json. */
#include "producer/gateway_parts.h"
#include "producer/openapi.h"

void gateway_on_openapi(void *gateway, struct httprequest *request)
{
	static const char *const headers[] = { "Cache-Control: no-cache", NULL };

	(void)gateway;
	httpserver_reply(request, &(struct httpreply){
					  .status = 200,
					  .body = (const char *)openapi_document,
					  .len = openapi_document_len,
					  .headers = headers,
				  });
}
