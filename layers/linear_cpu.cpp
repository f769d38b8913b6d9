#include <oneapi/dnnl/dnnl.hpp>

#include "engine/check.h"
#include "layers/linear.h"

namespace lienet::cpu {

void matmul(Context&, const Tensor& a, bool ta, const Tensor& b, bool tb, Tensor& out) {
  const int64_t rows = out.dim(0), columns = out.dim(1), depth = a.dim(ta ? 0 : 1);
  const dnnl_status_t status =
      dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', rows, columns, depth, 1.0f, a.data<float>(),
                 a.dim(1), b.data<float>(), b.dim(1), 0.0f, out.data<float>(), columns);
  LIENET_CHECK(status == dnnl_success, "sgemm of {} and {}", a.str(), b.str());
}

}  // namespace lienet::cpu
