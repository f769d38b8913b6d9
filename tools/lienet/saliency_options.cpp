#include "tools/lienet/saliency_options.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/words.h"
#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

std::vector<SaliencyMethod> methods_in(const std::string& list) {
  if (list == "all") return SaliencyOptions().methods;
  std::vector<SaliencyMethod> methods;
  for (const std::string& name : split_list(list)) {
    const SaliencyMethod method = saliency_method(name);
    if (std::find(methods.begin(), methods.end(), method) == methods.end())
      methods.push_back(method);
  }
  if (methods.empty()) fail("--method: name one or more, or all");
  return methods;
}

}  // namespace

void add_saliency_options(CLI::App* command, SaliencyWords& words) {
  add_option(command, "--method", words.methods,
             "all, or some of li_map,grad_cam,grad_cam_pp,cam,guided_backprop,input_grad");
  add_option(command, "--layers", words.layers,
             "li_map: layers whose ReLU outputs count (bn1,layer1.0); default: all");
  add_option(command, "--cam-layer", words.cam_layer,
             "grad_cam, grad_cam_pp: whose ReLU output they are of; default: the last");
  add_option(command, "--filter", words.filter,
             "li_map: paper, impulse or log, then ,sigma=11,kernel=5,padding=,zero_sum=,taps=");
  add_option(command, "--sign", words.sign,
             "li_map: centre (the filter's centre counts as positive), or literal as equation 2")
      .one_of({"centre", "literal"});
}

SaliencyOptions saliency_options(const SaliencyWords& words) {
  SaliencyOptions o;
  check_usage([&] {
    o.methods = methods_in(words.methods);
    o.li_map.filter = Inhibition::parse(words.filter).filter;
  });
  o.layers = split_list(words.layers);
  o.cam_layer = words.cam_layer;
  o.li_map.literal_sign = words.sign == "literal";
  return o;
}

}  // namespace lienet::commands
