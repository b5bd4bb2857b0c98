#include "base/late.h"

#include <dlfcn.h>

#include "base/base.h"

static void need(const void *found)
{
	if (found)
		return;
	fprintf(stderr, "%s; `make doctor` says what is missing\n", dlerror());
	exit(2);
}

void *late_library(const char *soname)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	need(library);
	return library;
}

void *late_symbol(void *library, const char *name)
{
	void *symbol = dlsym(library, name);

	need(symbol);
	return symbol;
}
