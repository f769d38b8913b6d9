#include "tools/training/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/check.h"
#include "engine/words.h"
#include "tools/training/json_line.h"

namespace lienet {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
using Field = std::pair<std::string_view, double T::*>;

// The names on disk, in their order; those of the scores go on with the key of their metric.
constexpr std::array<Field<EpochMetrics>, 9> metric_fields = {{
    {"train_loss", &EpochMetrics::train_loss},
    {"train_", &EpochMetrics::train_score},
    {"test_loss", &EpochMetrics::test_loss},
    {"test_", &EpochMetrics::test_score},
    {"learning_rate", &EpochMetrics::learning_rate},
    {"seconds", &EpochMetrics::seconds},
    {"images_per_second", &EpochMetrics::images_per_second},
    {"peak_mib", &EpochMetrics::peak_mib},
    {"gsnr", &EpochMetrics::gsnr},
}};
constexpr std::array<Field<LayerTelemetry>, 8> layer_fields = {{
    {"norm", &LayerTelemetry::norm},
    {"threshold", &LayerTelemetry::threshold},
    {"inhibited", &LayerTelemetry::inhibited},
    {"energy_kept", &LayerTelemetry::energy_kept},
    {"agreement", &LayerTelemetry::agreement},
    {"border_kept", &LayerTelemetry::border_kept},
    {"flux", &LayerTelemetry::flux},
    {"flux_kept", &LayerTelemetry::flux_kept},
}};
constexpr std::array<Field<ConvolutionTelemetry>, 1> convolution_fields = {{
    {"gsnr", &ConvolutionTelemetry::gsnr},
}};
// What lines of earlier versions do not have.
constexpr std::string_view later[] = {"gsnr", "convolutions", "flux", "flux_kept"};

constexpr Metric metrics[] = {Metric::top1, Metric::map11};

std::string name_of(const Field<EpochMetrics>& field, Metric metric) {
  std::string name(field.first);
  if (name.ends_with('_')) name += key_of(metric);
  return name;
}

Json json_of(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

template <class T, class Fields>
Json json_of(const std::vector<T>& layers, const Fields& fields) {
  Json list = Json::array();
  for (const T& telemetry : layers) {
    Json& layer = list.emplace_back(Json{{"layer", telemetry.layer}});
    for (const auto& [name, member] : fields) layer[std::string(name)] = json_of(telemetry.*member);
  }
  return list;
}

// Reads the objects of one line; every message names it.
class LineReader {
 public:
  LineReader(const std::string& file, size_t line) : file_(file), line_(line) {}

  EpochRecord read(std::string_view text) {
    const Json json = parse(text);
    EpochRecord record;
    for (const Metric metric : metrics)
      if (json.is_object() && json.contains(name_of(metric_fields[1], metric)))
        record.metrics.metric = metric;
    std::vector<std::pair<std::string, double EpochMetrics::*>> fields;
    for (const auto& field : metric_fields)
      fields.emplace_back(name_of(field, record.metrics.metric), field.second);
    check_keys(json, fields, {"epoch", "layers", "convolutions"});
    record.metrics.epoch = epoch_of(json.at("epoch"));
    fill(json, fields, record.metrics);
    read_layers(json, "layers", layer_fields, record.layers);
    read_layers(json, "convolutions", convolution_fields, record.convolutions);
    // Of equal keys the parser has dropped all but the last.
    if (keys_ != keys_kept_) refuse("a key stands twice");
    return record;
  }

 private:
  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail("{}, line {}: {}; remove this line and those after it", file_, line_,
         fmt::format(format, std::forward<Args>(args)...));
  }

  Json parse(std::string_view text) {
    constexpr int deepest = 3;  // {"layers": [{}]}
    const auto count_keys = [this](int depth, Json::parse_event_t event, Json&) {
      if (depth > deepest) refuse("nested deeper than an epoch is");
      keys_ += event == Json::parse_event_t::key;
      return true;
    };
    // The parser takes a zero byte, which a crash may leave, for the end of its input.
    if (const size_t zero = text.find('\0'); zero != text.npos) refuse("byte {} is zero", zero + 1);
    try {
      return Json::parse(text, count_keys);
    } catch (const Json::parse_error& e) {
      refuse("byte {} is not valid JSON", e.byte);
    } catch (const Json::exception&) {
      refuse("a number is out of range");
    }
  }

  template <class Fields, class T>
  void read_layers(const Json& json, const std::string& name, const Fields& fields,
                   std::vector<T>& to) {
    if (!json.contains(name)) return;
    const Json& layers = json.at(name);
    if (!layers.is_array()) refuse("{}: expected a list", name);
    for (const Json& layer : layers) {
      check_keys(layer, fields, {"layer"});
      if (!layer.at("layer").is_string()) refuse("layer: expected a string");
      fill(layer, fields, to.emplace_back());
      to.back().layer = layer.at("layer").template get<std::string>();
    }
  }

  template <class Fields>
  void check_keys(const Json& json, const Fields& fields,
                  std::initializer_list<std::string_view> others) {
    if (!json.is_object()) refuse("expected an object");
    keys_kept_ += json.size();
    std::vector<std::string_view> known(others);
    for (const auto& field : fields) known.push_back(field.first);
    for (const auto& item : json.items()) {
      const std::string_view near = nearest_word(item.key(), known);
      if (near != item.key())
        refuse("unknown key {:?}, the nearest known is {}", item.key().substr(0, 80), near);
    }
    for (const std::string_view key : known)
      if (!json.contains(key) &&
          std::find(std::begin(later), std::end(later), key) == std::end(later))
        refuse("has no {}", key);
  }

  int epoch_of(const Json& json) const {
    if (!json.is_number_unsigned() || json.get<uint64_t>() > 1'000'000'000)
      refuse("epoch: expected an integer from 0 to 1000000000");
    return json.get<int>();
  }

  template <class Fields, class T>
  void fill(const Json& json, const Fields& fields, T& to) const {
    for (const auto& [name, member] : fields) {
      const Json value = json.value(std::string(name), Json());
      if (!value.is_number() && !value.is_null()) refuse("{}: expected a number or null", name);
      to.*member = value.is_null() ? not_measured : value.template get<double>();
    }
  }

  const std::string& file_;
  size_t line_;
  size_t keys_ = 0, keys_kept_ = 0;  // that stand there, that the parser gave
};

}  // namespace

std::string_view key_of(Metric metric) {
  return metric == Metric::top1 ? "top1" : "map11";
}

std::string_view title_of(Metric metric) {
  return metric == Metric::top1 ? "top-1" : "mAP";
}

std::string csv_header(Metric metric) {
  std::string header = "epoch";
  for (const auto& field : metric_fields) (header += ',') += name_of(field, metric);
  return header;
}

std::string csv_row(const EpochMetrics& metrics) {
  std::string row = std::to_string(metrics.epoch);
  for (const auto& field : metric_fields) {
    const double value = metrics.*field.second;
    row += std::isfinite(value) ? fmt::format(",{}", value) : ",";
  }
  return row;
}

std::string json_line(const EpochRecord& record) {
  Json json{{"epoch", record.metrics.epoch}};
  for (const auto& field : metric_fields)
    json[name_of(field, record.metrics.metric)] = json_of(record.metrics.*field.second);
  json["layers"] = json_of(record.layers, layer_fields);
  json["convolutions"] = json_of(record.convolutions, convolution_fields);
  return json_line(json);
}

std::vector<EpochRecord> parse_json_lines(std::string_view text, const std::string& file) {
  std::vector<EpochRecord> records;
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    records.push_back(LineReader(file, line).read(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return records;
}

}  // namespace lienet
