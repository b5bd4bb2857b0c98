/* LINK: -Wl,--wrap=dlopen */
/*
 * The machine has no libmicrohttpd: who waits for something is told which
 * package is missing, when the first client is there.
 */
#include "io/test/ground.h"

#include <errno.h>

#include "io/http_server.h"

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);

void *__wrap_dlopen(const char *name, int flags)
{
	assert_string_equal(name, "libmicrohttpd.so.12");
	return __real_dlopen("libnone.so.12", flags);
}

static void never(void *arg, const struct http_in *in, struct http_exchange *x)
{
	(void)arg, (void)in, (void)x;
	fail();
}

static bool no(void *arg)
{
	(void)arg;
	return false;
}

static void the_first_client_finds_it_missing(void **state)
{
	struct ground *g = *state;
	struct http_server *s = NULL;
	struct err e = ERR_INIT;
	int fd = -1;

	assert_ok(http_server_new(&s, g->l, NULL, 0, never, NULL, &e), &e);
	assert_ok(net_connect_loopback(&fd, http_server_port(s), &e), &e);
	assert_err(loop_run_until(g->l, no, NULL, UINT64_MAX, "an answer",
				  &e),
		   &e, ERR_OS, "; Debian's package libmicrohttpd12 has it");
	assert_int_equal(e.sub, EINTR);
	fd_close(&fd);
	http_server_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_first_client_finds_it_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
