#include "base/late.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>

#include "base/base.h"

/* How many objects were loaded before, and which one we are at. */
struct loaded {
	size_t before, at;
};

/*
 * Finding symbols and running constructors touches most pages of a library
 * and of those that it brings along, and the kernel maps their neighbours with
 * them. Given back, those that are used come again from the page cache. What is
 * writable may have been written (relocations) and stays.
 */
static int give_back(struct dl_phdr_info *info, size_t size, void *arg)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	struct loaded *l = arg;

	(void)size;
	if (l->at++ < l->before)
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uintptr_t from = info->dlpi_addr + h->p_vaddr;
		uintptr_t to = from + h->p_memsz;

		if (h->p_type != PT_LOAD || h->p_flags & PF_W)
			continue;
		from &= ~(page - 1);
		/* Who cannot give back keeps more: no error. */
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

static int count(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)info, (void)size;
	++*(size_t *)arg;
	return 0;
}

bool late_library(void **ret, const char *soname, const char *package,
		  struct err *e)
{
	struct loaded l = { 0 };
	void *library;

	dl_iterate_phdr(count, &l.before);
	library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return err_set(e, ERR_OS, 0, "%s; Debian's package %s has it",
			       dlerror(), package);
	dl_iterate_phdr(give_back, &l);
	*ret = library;
	return true;
}

void *late_symbol(void *library, const char *name)
{
	void *symbol = dlsym(library, name);

	/* The version in a soname says that it is there. */
	ASSERT(symbol);
	return symbol;
}
