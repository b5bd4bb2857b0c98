/*
 * json_put - an object written member by member, as text: for what is made
 * thousands of times and of which nobody wants a tree.
 *
 * Layer: codec. Whoever writes sees to it that every bracket is closed and no
 * member is named twice.
 */
#ifndef CODEC_JSON_PUT_H
#define CODEC_JSON_PUT_H

#include "codec/json.h"

/**
 * json_put_text - a member, or with @key NULL an item, behind a comma where one
 * is due. @text: as json_said() takes it; @key: UTF-8.
 */
void json_put_text(struct buf *b, const char *key, const char *text);
void json_put_int(struct buf *b, const char *key, json_int_t v);
void json_put_bool(struct buf *b, const char *key, bool v);
void json_put_json(struct buf *b, const char *key, const json_t *v);
/** json_put_open - one that json_put_close() ends. @bracket: '{' or '['. */
void json_put_open(struct buf *b, const char *key, char bracket);
void json_put_close(struct buf *b, char bracket); /* '}' or ']' */
/** json_put_all - members or items that were put into a buffer of their own. */
void json_put_all(struct buf *b, const char *all, size_t len);

#endif
