// Lateral inhibition as an attribute of a layer's output: what to do, and who does it.
//
// Source: Jiang, Liu, Xiao, Chua, "Gradient Mask: Lateral Inhibition Mechanism Improves Performance
// in Artificial Neural Networks", algorithm 1 and equation 2. For one sample and an activation with
// C channels on a u x v map, once its gradient G is complete:
//   1. the C channels are split evenly, in order, into K sets ("minicolumns");
//   2. D_k[i,j]  = l2 norm of G over the channels of set k at (i,j);
//   3. delta_k   = LoG(sigma, s) * D_k, a Laplacian of Gaussian, padded as the filter says;
//   4. Q_k       = the rate-quantile of |delta_k| over the map, linear between order statistics;
//   5. mask_k    = |delta_k| > Q_k; with rate 0, or on a map of one position, nothing is masked,
//                  and neither is what is NaN: no mask hides a gradient that has gone wrong;
//   6. every channel of set k is multiplied by mask_k, and the backward pass goes on.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/context.h"
#include "engine/gradient_parts.h"

namespace lienet {

enum class InhibitionMode : uint8_t {
  lateral,        // the algorithm above
  no_lateral,     // delta = D: the paper's "without LI"
  no_minicolumn,  // K = C: its "without minicolumn"
  random,         // control: a fresh random mask with the same share kept, per sample and set
  center,         // control: one fixed centred mask with the same share kept
};
enum class FilterTaps : uint8_t {
  formula,  // equation 2
  impulse,  // the response of a sampled, truncated Gaussian Laplacian to a unit impulse
};
enum class FilterPadding : uint8_t {
  zero,
  reflect,    // edge not repeated: cb|abc|ba
  symmetric,  // edge repeated:    ba|abc|cb
};

struct LogFilter {
  // Beyond these a filter is a point or flat, to rounding.
  static constexpr double min_sigma = 0.01, max_sigma = 1000;
  static constexpr int max_size = 1025;

  double sigma = 11;
  int size = 5;  // odd; 0: as large as the map bears, min(2*ceil(3*sigma)+1, 2*min(u,v)-1)
  FilterTaps taps = FilterTaps::formula;
  bool zero_sum = false;  // subtract the mean tap, so that a constant map gives 0
  FilterPadding padding = FilterPadding::reflect;

  int size_on(int64_t height, int64_t width) const;
  friend auto operator<=>(const LogFilter&, const LogFilter&) = default;
};

struct Inhibition {
  double rate = 0.5;  // share inhibited, in [0, 1)
  int sets = 16;      // K
  InhibitionMode mode = InhibitionMode::lateral;
  LogFilter filter;

  static Inhibition paper();    // sigma 11, 5x5, reflect: equation 2 with the authors' size
  static Inhibition impulse();  // the same, taps of the sampled response
  static Inhibition log();      // a true Laplacian: as large as the map, zero sum, symmetric

  // "paper", "log,rate=0.3,sets=8", "impulse,padding=zero,kernel=7,mode=no_lateral"; keys: rate,
  // sets, mode, sigma, kernel (odd, or auto), taps, zero_sum (0/1), padding. Throws Error that
  // names the nearest known word.
  static Inhibition parse(std::string_view text);
  std::string str() const;  // what parse() reads back to the same value

  int sets_for(int64_t channels) const;  // K: sets, or C without minicolumns
  // Throws Error where a value is out of range or `sets` does not divide the layer's channels; with
  // 0 channels, where they are not known yet, any number of sets will do.
  void check(int64_t channels, std::string_view layer) const;

  friend bool operator==(const Inhibition&, const Inhibition&) = default;
};

// How many of n positions stay when a share `rate` is inhibited and no two values tie.
int64_t kept_positions(double rate, int64_t n);

// What one application of the mask saw; made only when asked for. N samples, K sets, u x v maps,
// plain layout, in the gradient's type (bf16 gradients: f32).
struct MaskRecord {
  // Undefined for the controls, which do not look at the gradient.
  Tensor norms;       // D [N,K,u,v]
  Tensor responses;   // delta [N,K,u,v]
  Tensor thresholds;  // Q [N,K]
  Tensor mask;        // [N,K,u,v], u8
};

// Applies inhibition to a complete gradient. The engine calls it; layers/inhibit.h makes it.
class Inhibitor {
 public:
  virtual ~Inhibitor() = default;
  // The masked gradient, put together; where gradient.rectified is set, ReLU's backward is taken
  // behind the mask. May write into a part's storage when nobody shares it.
  // `stream` tells apart the outputs of one step where the mask is random. `record` may be null.
  virtual Tensor apply(Context& ctx, GradientParts gradient, uint32_t stream,
                       MaskRecord* record) const = 0;
};

}  // namespace lienet
