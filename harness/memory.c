/* SPDX-License-Identifier: MIT */
/* harness/memory.c - resident memory of this process.  */
#include "harness/memory.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* The KiB behind a name in a file of /proc, as bytes.  */
static int64_t read_kib(const char *path, const char *format)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int64_t kib = -1;

	if (file == NULL)
		return -1;
	while (kib < 0 && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, format, &kib) != 1)
			kib = -1;
	fclose(file);
	return kib < 0 ? -1 : kib * 1024;
}

int64_t pr_memory_resident(void)
{
	int64_t bytes = read_kib("/proc/self/smaps_rollup", "Rss: %" SCNd64 " kB");

	return bytes >= 0 ? bytes : read_kib("/proc/self/status", "VmRSS: %" SCNd64 " kB");
}

int64_t pr_memory_peak(void)
{
	return read_kib("/proc/self/status", "VmHWM: %" SCNd64 " kB");
}

void pr_memory_restart_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "5", 1) != 1)
		fprintf(stderr, "the peak of memory counts from the start of the process\n");
	if (fd >= 0)
		close(fd);
}
