# How each dependency is found. All are system packages; nothing of theirs is copied in.
# README.md beside this file has their versions and licences.

function(lienet_missing what package)
  message(FATAL_ERROR "${what} was not found. On Debian: apt install ${package} "
                      "(or run tools/setup, which installs all that is missing).")
endfunction()

find_package(Threads REQUIRED)

find_package(OpenMP COMPONENTS CXX)
if(NOT OpenMP_CXX_FOUND)
  lienet_missing("OpenMP" g++)
endif()

find_package(OpenCL QUIET)  # Debian's dnnl-config.cmake stops with a riddle where it is missing
if(NOT OpenCL_FOUND)
  lienet_missing("OpenCL, which Debian's oneDNN is built with," ocl-icd-opencl-dev)
endif()
find_package(dnnl 2.6 CONFIG QUIET)  # its version file refuses 3, which has another interface
if(NOT dnnl_FOUND)
  lienet_missing("oneDNN 2, from 2.6 on," libdnnl-dev)
endif()

find_package(fmt 9 CONFIG QUIET)
if(NOT fmt_FOUND)
  lienet_missing("fmt 9 or later" libfmt-dev)
endif()

find_package(nlohmann_json 3.11 CONFIG QUIET)
if(NOT nlohmann_json_FOUND)
  lienet_missing("nlohmann/json 3.11 or later" nlohmann-json3-dev)
endif()

find_package(CURL 7.85 QUIET)
if(NOT CURL_FOUND)
  lienet_missing("libcurl 7.85 or later" libcurl4-openssl-dev)
endif()

find_package(LibArchive QUIET)
if(NOT LibArchive_FOUND)
  lienet_missing("libarchive" libarchive-dev)
endif()

find_path(STB_INCLUDE_DIR stb_image_write.h PATH_SUFFIXES stb)
if(NOT STB_INCLUDE_DIR)
  lienet_missing("stb" libstb-dev)
endif()

include(cuda)

# By name: Debian's CMake files for libjpeg-turbo stop with a riddle where only a part is installed.
find_path(TURBOJPEG_INCLUDE_DIR turbojpeg.h)
find_library(TURBOJPEG_LIBRARY turbojpeg)
if(NOT TURBOJPEG_INCLUDE_DIR OR NOT TURBOJPEG_LIBRARY)
  lienet_missing("TurboJPEG" libturbojpeg0-dev)
endif()

find_package(pugixml 1.13 CONFIG QUIET)
if(NOT pugixml_FOUND)
  lienet_missing("pugixml 1.13 or later" libpugixml-dev)
endif()

find_path(DLPACK_INCLUDE_DIR dlpack/dlpack.h)
if(NOT DLPACK_INCLUDE_DIR)
  lienet_missing("DLPack" libdlpack-dev)
endif()

# What the library itself links.
set(LIENET_LINKED
  DNNL::dnnl OpenMP::OpenMP_CXX Threads::Threads fmt::fmt nlohmann_json::nlohmann_json
  CURL::libcurl LibArchive::LibArchive ${TURBOJPEG_LIBRARY} pugixml::pugixml)
add_library(lienet_dependencies INTERFACE)
target_link_libraries(lienet_dependencies INTERFACE ${LIENET_LINKED})
target_include_directories(lienet_dependencies SYSTEM INTERFACE ${STB_INCLUDE_DIR} ${TURBOJPEG_INCLUDE_DIR}
  ${DLPACK_INCLUDE_DIR})

if(LIENET_PROGRAM)
  find_package(CLI11 2.1 CONFIG QUIET)
  if(NOT CLI11_FOUND)
    lienet_missing("CLI11 2.1 or later" libcli11-dev)
  endif()
endif()

if(LIENET_TESTS)
  find_package(doctest 2.4 CONFIG QUIET)
  if(NOT doctest_FOUND)
    lienet_missing("doctest 2.4 or later" doctest-dev)
  endif()
endif()

if(LIENET_PYTHON)
  find_package(Python 3.9 COMPONENTS Interpreter Development.Module)
  if(NOT Python_FOUND)
    lienet_missing("Python 3.9 or later with its headers" python3-dev)
  endif()
  find_package(pybind11 2.10 CONFIG QUIET)
  if(NOT pybind11_FOUND)
    lienet_missing("pybind11 2.10 or later" pybind11-dev)
  endif()
endif()
