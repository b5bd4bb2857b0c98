/*
 * assets - files of harness/report/assets/, as they were at build time.
 *
 * Layer: report.
 */
#ifndef REPORT_ASSETS_H
#define REPORT_ASSETS_H

#include <stddef.h>

struct asset {
	const char *data; /* text; not terminated */
	size_t len;
};

struct asset asset_page(void);	 /* page.html: the frame, with marks */
struct asset asset_style(void);	 /* style.css */
struct asset asset_script(void); /* the *.js, one after the other */

#endif
