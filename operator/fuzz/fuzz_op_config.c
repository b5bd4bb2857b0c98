/* An operator's configuration: whole, or refused with the member's name. */
#include <fcntl.h>
#include <sys/mman.h>

#include "base/base.h"
#include "operator/config.h"

int fuzz_one(const uint8_t *data, size_t n);

static void check(const struct config *c)
{
	struct behaviour b;
	struct err e = ERR_INIT;

	ASSERT(c->name && (c->ipc || c->http) && c->keystore);
	ASSERT(!c->password_env != !c->password_file);
	ASSERT(c->stakes_n <= STAKES_MAX);
	ASSERT(config_behaviour(&b, c, &e));
}

int fuzz_one(const uint8_t *data, size_t n)
{
	int fd = memfd_create("config", MFD_CLOEXEC);
	struct err e = ERR_INIT;
	struct config c;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	if (config_load(&c, path, &e)) {
		check(&c);
		config_done(&c);
	} else {
		ASSERT(e.code != ERR_NONE && e.text[0]);
	}
	close(fd);
	return 0;
}
