#include "common/fault.h"

#include <stdarg.h>
#include <stdio.h>

bool fault_set(struct fault *fault, const char *pointer, const char *format, ...)
{
	va_list args;

	if (!fault)
		return false;
	snprintf(fault->pointer, sizeof fault->pointer, "%s", pointer);
	va_start(args, format);
	vsnprintf(fault->error.text, sizeof fault->error.text, format, args);
	va_end(args);
	return false;
}
