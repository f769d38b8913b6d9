# The CUDA backend's compiler and libraries, where LIENET_CUDA wants them. Sets LIENET_HAS_CUDA and
# LIENET_CUDA_LIBRARIES. The runtime is linked statically and the driver not at all, so that the
# programs start on machines without a card.
set(LIENET_HAS_CUDA OFF)
set(LIENET_CUDA_LIBRARIES)
if(NOT LIENET_CUDA)
  return()
endif()

if(LIENET_CUDA STREQUAL "AUTO")
  set(quiet QUIET)
endif()
find_package(CUDAToolkit 12 ${quiet})
find_package(cuDNN 9.8 ${quiet})
if(NOT (CUDAToolkit_FOUND AND CUDAToolkit_NVCC_EXECUTABLE AND TARGET CUDA::cublas AND cuDNN_FOUND))
  if(NOT LIENET_CUDA STREQUAL "AUTO")
    message(FATAL_ERROR "LIENET_CUDA=${LIENET_CUDA}: needs the CUDA Toolkit 12 or later with nvcc and cuBLAS, "
                        "and cuDNN 9.8 or later; nvcc in the PATH or CUDAToolkit_ROOT=/path say where they are.")
  endif()
  message(STATUS "CUDA: not found, the build is for the CPU")
  return()
endif()

# Ampere and Hopper as machine code, what comes after them compiled when it is first used.
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
endif()
set(CMAKE_CUDA_COMPILER ${CUDAToolkit_NVCC_EXECUTABLE})
enable_language(CUDA)
set(LIENET_HAS_CUDA ON)
set(LIENET_CUDA_LIBRARIES CUDA::cudart_static CUDA::cublas CUDA::cublasLt cuDNN::cuDNN)
message(STATUS "CUDA: ${CUDAToolkit_VERSION}, cuDNN ${cuDNN_VERSION}, for ${CMAKE_CUDA_ARCHITECTURES}")
