# Everything that is said to the compiler and the linker is said here, by the interface target `flags`.
option(PLEXSYNC_WERROR "Warnings are errors" OFF)
option(PLEXSYNC_HARDEN "Hardened code (release)" OFF)
set(PLEXSYNC_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
option(PLEXSYNC_COVERAGE "Instrument for gcov" OFF)

include(CheckPIESupported)
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(flags INTERFACE)
target_include_directories(flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(flags INTERFACE _GNU_SOURCE PLEXSYNC_VERSION="${PROJECT_VERSION}")
target_compile_options(flags INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wundef -Wvla
	-Wwrite-strings -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
	-Wcast-qual -Wcast-align -Wnull-dereference -Wimplicit-fallthrough
	-Werror=implicit-function-declaration -Werror=return-type
	-fno-strict-aliasing -fno-common
	$<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wformat-truncation=2>
	$<$<C_COMPILER_ID:Clang>:-Wno-gnu-statement-expression -Wno-implicit-fallthrough -Wno-gnu-zero-variadic-macro-arguments>
	$<$<BOOL:${PLEXSYNC_WERROR}>:-Werror>)

if(PLEXSYNC_HARDEN)
	target_compile_options(flags INTERFACE
		-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
		$<$<C_COMPILER_ID:GNU>:-ftrivial-auto-var-init=zero>)
	target_link_options(flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
endif()
option(PLEXSYNC_FAILPOINTS "Let tests kill the consumer at a step of their choice" OFF)
if(PLEXSYNC_FAILPOINTS)
	target_compile_definitions(flags INTERFACE PLEXSYNC_FAILPOINTS)
endif()

if(PLEXSYNC_SANITIZE)
	target_compile_options(flags INTERFACE -fsanitize=${PLEXSYNC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(flags INTERFACE -fsanitize=${PLEXSYNC_SANITIZE})
endif()
if(PLEXSYNC_COVERAGE)
	target_compile_options(flags INTERFACE --coverage)
	target_link_options(flags INTERFACE --coverage)
endif()
