// Tensors to and from other libraries without copies, as DLPack (https://dmlc.github.io/dlpack)
// hands them over: numpy, PyTorch, JAX and CuPy speak it.
#pragma once

#include "engine/context.h"

struct DLManagedTensor;  // of dlpack/dlpack.h

namespace lienet {

// t for another library, which calls the deleter once; until then the memory stays. Throws Error
// for another layout than plain, of which a copy would have to be made: see as_plain(). In a
// device's memory, what makes t may still be under way: see wait_for_device().
DLManagedTensor* to_dlpack(const Tensor& t);

// A tensor on another library's memory, which both may write to. The deleter is called once: when
// the last tensor has let go of it, and the context's device is done with it; or here, where Error
// is thrown. The memory is the host's, or that of the context's device; whoever makes what is in it
// has done so. Throws Error for elements that DType has not, for strides that are not row-major
// order's, for memory that is not aligned (to its elements; on a device to 16 bytes), and for that
// of other devices.
Tensor from_dlpack(Context& ctx, DLManagedTensor* managed);

}  // namespace lienet
