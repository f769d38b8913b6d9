#include <limits>

#include "engine/cpu/lanes.h"
#include "layers/max_pool2d.h"

namespace lienet::cpu {
namespace {

// Maxima and their places in a row of the output of one plane, whose windows begin in row `top`; V
// is as many floats, and I as many integers, as the layout has channels side by side.
template <class V, class I, class T>
[[gnu::always_inline]] inline void pool_row(const T* map, int64_t W, const PoolWindow& rows,
                                            int64_t top, int64_t w_out, const Pool2dOptions& o,
                                            T* y, uint8_t* winners) {
  constexpr int64_t lanes = lanes_of<V>;
  for (int64_t j = 0; j < w_out; ++j) {
    const PoolWindow columns = pool_window(j, W, o);
    const int64_t left = j * o.stride - o.padding;
    const auto place_of = [&](int64_t h, int64_t w) {
      return static_cast<int32_t>((h - top) * o.kernel + w - left);
    };
    V best;
    I place = I{} + place_of(rows.begin, columns.begin);
    load(best, map + (rows.begin * W + columns.begin) * lanes);
    I nan_place = I{} - 1;  // of the last NaN, which wins
    for (int64_t h = rows.begin; h < rows.end; ++h)
      for (int64_t w = columns.begin; w < columns.end; ++w) {
        V here;
        load(here, map + (h * W + w) * lanes);
        const I at = I{} + place_of(h, w);
        place = here > best ? at : place;
        best = here > best ? here : best;
        I bits;
        std::memcpy(&bits, &here, sizeof(bits));
        nan_place = (bits & 0x7fffffff) > 0x7f800000 ? at : nan_place;
      }
    place = nan_place >= 0 ? nan_place : place;
    best = nan_place >= 0 ? V{} + std::numeric_limits<float>::quiet_NaN() : best;
    int32_t places[lanes];
    std::memcpy(places, &place, sizeof(places));
    store(best, y + j * lanes);
    for (int64_t l = 0; l < lanes; ++l) winners[j * lanes + l] = static_cast<uint8_t>(places[l]);
  }
}

using EightBits [[gnu::vector_size(32)]] = int32_t;

template <class T>
LIENET_CLONES void pool_row(int64_t lanes, const T* map, int64_t W, const PoolWindow& rows,
                            int64_t top, int64_t w_out, const Pool2dOptions& o, T* y,
                            uint8_t* winners) {
  if (lanes == 16) return pool_row<Lanes, Bits>(map, W, rows, top, w_out, o, y, winners);
  if (lanes == 8) return pool_row<EightLanes, EightBits>(map, W, rows, top, w_out, o, y, winners);
  pool_row<float, int32_t>(map, W, rows, top, w_out, o, y, winners);
}

}  // namespace

// A plane is the map of one sample and one block of channels, `lanes` values side by side.
void max_pool2d(Context&, const Tensor& x, const Pool2dOptions& o, Tensor& y, Tensor& winners) {
  const int64_t H = x.dim(2), W = x.dim(3), h_out = y.dim(2), w_out = y.dim(3);
  const int64_t lanes = lanes_in(x), planes = x.dim(0) * x.dim(1) / lanes;
  uint8_t* pw = winners.data<uint8_t>();
  for_elements(x.dtype(), [&]<class T>(T) {
    const T* px = x.data<T>();
    T* py = y.data<T>();
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t m = 0; m < planes; ++m)
      for (int64_t i = 0; i < h_out; ++i) {
        const int64_t row = (m * h_out + i) * w_out * lanes;
        pool_row(lanes, px + m * H * W * lanes, W, pool_window(i, H, o), i * o.stride - o.padding,
                 w_out, o, py + row, pw + row);
      }
  });
}

void max_pool2d_backward(Context&, const Pool2dOptions& o, const Tensor& winners, const Tensor& dy,
                         Tensor& dx) {
  const int64_t h_out = dy.dim(2), w_out = dy.dim(3), H = dx.dim(2), W = dx.dim(3);
  const int64_t lanes = lanes_in(dx), planes = dx.dim(0) * dx.dim(1) / lanes;
  const uint8_t* pw = winners.data<uint8_t>();
  float* pdx = dx.data<float>();
  int64_t offset[256];  // of each place from a window's first
  for (int64_t p = 0; p < o.kernel * o.kernel; ++p)
    offset[p] = (p / o.kernel * W + p % o.kernel) * lanes;
  for_elements(dy.dtype(), [&]<class T>(T) {
    const T* pdy = dy.data<T>();
#pragma omp parallel for schedule(static)
    for (int64_t m = 0; m < planes; ++m)
      for (int64_t i = 0; i < h_out; ++i)
        for (int64_t j = 0; j < w_out; ++j) {
          const int64_t first =
              ((m * H + i * o.stride - o.padding) * W + j * o.stride - o.padding) * lanes;
          const int64_t at = ((m * h_out + i) * w_out + j) * lanes;
          for (int64_t l = 0; l < lanes; ++l)
            pdx[first + offset[pw[at + l]] + l] += float(pdy[at + l]);
        }
  });
}

}  // namespace lienet::cpu
