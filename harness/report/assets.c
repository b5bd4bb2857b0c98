#include "report/assets.h"

/*
 * The assembler reads the files; mk/build.mk knows that this object depends on
 * them. Paths start at the top of the checkout, where make runs.
 */
#define BEGIN(name)                                                            \
	".pushsection .rodata\n"                                               \
	".global asset_" name "_begin\n"                                       \
	"asset_" name "_begin:\n"
#define PART(file) ".incbin \"harness/report/assets/" file "\"\n"
#define END(name)                                                              \
	".global asset_" name "_end\n"                                         \
	"asset_" name "_end:\n"                                                \
	".byte 0\n"                                                            \
	".popsection\n"

__asm__(BEGIN("page") PART("page.html") END("page"));
__asm__(BEGIN("style") PART("style.css") END("style"));
__asm__(BEGIN("script") PART("model.js") PART("timeline.js")
	PART("detail.js") PART("main.js") END("script"));

extern const char asset_page_begin[], asset_page_end[];
extern const char asset_style_begin[], asset_style_end[];
extern const char asset_script_begin[], asset_script_end[];

struct asset asset_page(void)
{
	return (struct asset){ asset_page_begin,
			       (size_t)(asset_page_end - asset_page_begin) };
}

struct asset asset_style(void)
{
	return (struct asset){ asset_style_begin,
			       (size_t)(asset_style_end - asset_style_begin) };
}

struct asset asset_script(void)
{
	return (struct asset){ asset_script_begin,
			       (size_t)(asset_script_end -
					asset_script_begin) };
}
