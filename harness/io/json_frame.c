#include "base/base.h"
#include "base/plain.h"
#include "io/stream.h"

/* As deep as jansson reads: a trace nests two levels for each call. */
#define FRAME_DEPTH_MAX 2048

static void text_char(struct json_frame *f, char c)
{
	if (f->escaped)
		f->escaped = false;
	else if (c == '\\')
		f->escaped = true;
	else if (c == '"')
		f->in_text = false;
}

/* Of a value that has not begun: false if it cannot begin like this. */
static bool first_char(struct json_frame *f, char c)
{
	if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
		return true;
	if (c != '{' && c != '[')
		return false;
	f->started = true;
	f->depth = 1;
	return true;
}

ssize_t json_frame(struct json_frame *f, const char *data, size_t len)
{
	while (f->at < len) {
		char c = data[f->at++];

		if (f->in_text) {
			text_char(f, c);
			/* Most of what comes is in texts. */
			if (f->in_text && !f->escaped)
				f->at += plain_len(data + f->at, len - f->at);
		} else if (!f->started) {
			if (!first_char(f, c))
				return -1;
		} else if (c == '"') {
			f->in_text = true;
		} else if (c == '{' || c == '[') {
			if (++f->depth > FRAME_DEPTH_MAX)
				return -1;
		} else if (c == '}' || c == ']') {
			if (!--f->depth)
				return (ssize_t)f->at;
		}
	}
	return 0;
}
