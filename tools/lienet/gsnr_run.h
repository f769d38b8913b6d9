// GSNR of trained networks' convolutions, with and without the mask.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tools/lienet/image_inputs.h"
#include "tools/lienet/trained.h"
#include "tools/pictures/curves_page.h"

namespace lienet::commands {

class GsnrRun {
 public:
  // Over the loss of each of `pictures`. `inhibit`: the mask, as --inhibit; empty: that of the
  // network's run, with the rate of the epoch (of weights that are no kept epoch's, of the last),
  // or preset paper where it has none. At the layers of the run, or else where training has it. It
  // is the networks' from then on. Throws Error where its sets do not divide a layer's channels.
  GsnrRun(Context& ctx, std::span<const Network> networks, const ImageInputs& pictures,
          const std::string& inhibit);

  // Each network: the kept epochs of a run's directory, or else the weights that the network has.
  // `each` gets a line of JSON.
  void all(const std::function<void(const std::string& line)>& each);
  // gsnr.csv, gsnr.jsonl, gsnr.svg, epochs.svg where several were looked at, index.html.
  void write(const std::filesystem::path& out) const;

  Table layers() const;       // all that was measured
  Table last_epochs() const;  // the same of each network's last epoch alone
  Table means() const;        // over layers
  bool several_epochs() const { return points_.size() > networks_.size(); }
  std::string what_was_done() const;

 private:
  struct Layer {
    std::string name;  // "layer1.0.conv1"
    double plain, masked;
  };
  // A network at one time.
  struct Point {
    size_t network;
    int64_t epoch;  // 0: not one of those kept
    std::vector<Layer> layers{};

    double mean(double Layer::*gsnr) const;
    std::string time() const;  // "10", or nothing
  };

  Point measure(size_t network, int64_t epoch, const Tensor& images);
  void add_rows(const Point& point, Table& table) const;
  std::vector<const Point*> last_points() const;
  std::string json_of(const Point& point) const;
  std::vector<Plot> plots() const;

  Context& ctx_;
  std::span<const Network> networks_;
  const ImageInputs& pictures_;
  std::vector<TrainConfig> masks_;  // of each network: what says how its layers are inhibited
  Tensor labels_;
  std::vector<Point> points_;  // network by network, in the order of epochs
};

}  // namespace lienet::commands
