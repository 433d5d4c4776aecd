/* What libFuzzer calls, callable by the unit tests too. */
#ifndef TESTS_FUZZ_FUZZ_HOOKPAYLOAD_H
#define TESTS_FUZZ_FUZZ_HOOKPAYLOAD_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#endif
