// In two steps: blocks of 32 columns sum slices of the rows, then the slices' sums are added in
// their order. Neighbouring threads read neighbouring columns.
#include "engine/cuda/column_sums.h"
#include "engine/cuda/kernel.h"

namespace lienet::cuda {
namespace {

constexpr int width = 32, height = 8;  // threads of a block

template <class T>
__global__ void sum_slices(const T* x, int64_t rows, int64_t columns, float* partial) {
  __shared__ float sums[height][width];
  const int64_t c = static_cast<int64_t>(blockIdx.x) * width + threadIdx.x;
  float sum = 0;
  if (c < columns)
    for (int64_t r = static_cast<int64_t>(blockIdx.y) * height + threadIdx.y; r < rows;
         r += static_cast<int64_t>(gridDim.y) * height)
      sum += static_cast<float>(x[r * columns + c]);
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y != 0 || c >= columns) return;
  for (int i = 1; i < height; ++i) sum += sums[i][threadIdx.x];
  partial[blockIdx.y * columns + c] = sum;
}

__global__ void add_slices(const float* partial, int slices, int64_t columns, float* sums) {
  const int64_t c = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (c >= columns) return;
  double sum = 0;
  for (int i = 0; i < slices; ++i) sum += static_cast<double>(partial[i * columns + c]);
  sums[c] = static_cast<float>(sum);
}

}  // namespace

void column_sums(Context& ctx, const Tensor& x, int64_t rows, int64_t columns, Tensor& sums) {
  constexpr int64_t rows_of_a_slice = 128, most_slices = 256;
  if (columns == 0) return;
  const int64_t slices =
      std::clamp<int64_t>((rows + rows_of_a_slice - 1) / rows_of_a_slice, 1, most_slices);
  Tensor partial = ctx.empty({slices, columns}, DType::f32);
  const dim3 grid(static_cast<unsigned>((columns + width - 1) / width),
                  static_cast<unsigned>(slices));
  float* parts = elements<float>(partial);
  for_elements(x.dtype(), [&]<class T>(T) {
    sum_slices<<<grid, dim3(width, height), 0, ctx.stream().get()>>>(elements<T>(x), rows, columns,
                                                                     parts);
  });
  LIENET_CUDA_CHECK(cudaGetLastError());
  constexpr int threads = 128;
  launch(ctx, add_slices, (columns + threads - 1) / threads, threads, 0, parts,
         static_cast<int>(slices), columns, elements<float>(sums));
}

}  // namespace lienet::cuda
