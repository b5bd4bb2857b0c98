#include <stdint.h>

#include "base/base.h"
#include "simulate/rpc.h"

int fuzz_one(const uint8_t *data, size_t n);

static struct reply echo(UNUSED void *arg, UNUSED const char *to,
			 const struct http_in *in)
{
	ASSERT(in->method && in->path && strlen(in->body) == in->body_len);
	return reply_json(200, json_null());
}

/* Whatever comes, an answer of JSON-RPC goes. */
int fuzz_one(const uint8_t *data, size_t n)
{
	char *text = rpc_answer((const char *)data, n, echo, NULL);
	json_t *j = json_loads(text, 0, NULL);

	ASSERT(j && json_object_get(j, "id") &&
	       !json_object_get(j, "result") != !json_object_get(j, "error"));
	json_decref(j);
	free(text);
	return 0;
}
