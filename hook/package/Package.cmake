# The files of the Stash plugin as C, to be linked into the program that makes packages of them
# (producer/plugin.h): the library plugin-files for the producer, plugin-files-all for the target `plugin`, plugin-files-none for a test.
set(PLEXSYNC_HOOKS "${native}" CACHE STRING
	"Processors whose hooks the producer offers to Stash: amd64;arm64;armv7, all, or none")
set(offered ${PLEXSYNC_HOOKS})
if(offered STREQUAL all)
	set(offered ${architectures})
elseif(offered STREQUAL none)
	set(offered "")
endif()

set(package ${CMAKE_CURRENT_BINARY_DIR}/package)
# Each hook costs Stash a process: those that only a producer with fan_out wants are in its manifest alone.
set(fan_out_hooks "")
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/package/plexsync.yml ${package}/plexsync.yml @ONLY)
file(READ ${CMAKE_CURRENT_SOURCE_DIR}/package/fan-out.yml fan_out_hooks)
configure_file(${CMAKE_CURRENT_SOURCE_DIR}/package/plexsync.yml ${package}/plexsync-fan-out.yml @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/package/fan-out.yml)
set(manifests ${package}/plexsync.yml ${package}/plexsync-fan-out.yml)
set(plain ${CMAKE_CURRENT_SOURCE_DIR}/package/README.txt ${PROJECT_SOURCE_DIR}/LICENSE)

# The package's date is its sources': the newest commit that touched them. (Stash offers an update only if
# it is later.) It follows SOURCE_DATE_EPOCH where that is set, and the files' own dates without git.
add_custom_command(OUTPUT ${package}/date.h
	COMMAND ${CMAKE_COMMAND} -DOUTPUT=${package}/date.h "-DSOURCES=${CMAKE_CURRENT_SOURCE_DIR};${hook_sources};${headers}"
		-P ${CMAKE_CURRENT_SOURCE_DIR}/package/date.cmake
	DEPENDS package/date.cmake main.c ${hook_sources} ${headers} package/plexsync.yml package/fan-out.yml package/plexsync-hook.sh
		package/README.txt
	WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)

function(plexsync_plugin_files library) # plexsync_plugin_files(plugin-files amd64 …)
	set(embedded "")
	set(rows "")
	set(files "")
	foreach(file ${manifests} ${plain} ${CMAKE_CURRENT_SOURCE_DIR}/package/plexsync-hook.sh ${ARGN})
		set(executable false)
		get_filename_component(name ${file} NAME)
		if(hook_${name})
			set(file ${hook_${name}})
			set(name plexsync-hook-${name})
		endif()
		if(name MATCHES "^plexsync-hook")
			set(executable true)
		endif()
		string(MAKE_C_IDENTIFIER file_${name} symbol)
		list(APPEND files ${file})
		string(APPEND embedded "EMBED(${symbol}, \"${file}\")\n")
		if(NOT file IN_LIST manifests)
			string(APPEND rows "\t{ \"${name}\", ${executable}, ${symbol}, ${symbol}_end },\n")
		endif()
	endforeach()
	configure_file(${CMAKE_CURRENT_SOURCE_DIR}/package/files.c.in ${package}/${library}.c @ONLY)
	set_source_files_properties(${package}/${library}.c PROPERTIES OBJECT_DEPENDS "${files};${package}/date.h")
	add_library(${library} OBJECT EXCLUDE_FROM_ALL ${package}/${library}.c)
	target_include_directories(${library} PRIVATE ${package})
	target_link_libraries(${library} PUBLIC flags)
	add_dependencies(${library} plexsync-hook)
	foreach(architecture ${ARGN})
		add_dependencies(${library} plexsync-hook-${architecture})
	endforeach()
endfunction()

plexsync_plugin_files(plugin-files ${offered})
plexsync_plugin_files(plugin-files-all ${architectures})
plexsync_plugin_files(plugin-files-none)

# `plugin`: the package with all hooks, in build/PRESET/plugin, for a web server of one's own.
foreach(program plexsync-package plexsync-package-all)
	add_executable(${program} ${PROJECT_SOURCE_DIR}/producer/package_main.c)
	target_link_libraries(${program} PRIVATE producer-core)
	set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/package)
endforeach()
target_link_libraries(plexsync-package PRIVATE plugin-files)
target_link_libraries(plexsync-package-all PRIVATE plugin-files-all)
set_target_properties(plexsync-package-all PROPERTIES EXCLUDE_FROM_ALL TRUE)
set(plugin ${PROJECT_BINARY_DIR}/plugin)
add_custom_command(OUTPUT ${plugin}/index.yml ${plugin}/plexsync.zip
	COMMAND ${CMAKE_COMMAND} -E make_directory ${plugin}
	COMMAND plexsync-package-all ${plugin}
	DEPENDS plexsync-package-all VERBATIM)
add_custom_target(plugin DEPENDS ${plugin}/index.yml)
