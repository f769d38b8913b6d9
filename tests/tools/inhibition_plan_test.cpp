#include "tools/training/inhibition_plan.h"

#include <doctest/doctest.h>

#include "temporary_directory.h"
#include "tools/training/config.h"

using namespace lienet;
using doctest::Approx;
using test::message_of;

namespace {

TrainConfig small(const std::string& inhibit) {
  TrainConfig c;
  c.model = "resnet20";
  c.width = 16;
  c.inhibit = inhibit;
  c.epochs = 6;
  return c;
}

std::string refusal(TrainConfig c) {
  return message_of([&] { InhibitionPlan plan(c); });
}

}  // namespace

TEST_CASE("inhibition plan: some layers otherwise than the others") {
  Context ctx;
  const TrainConfig c =
      small("paper,sets=8;layer1:rate=0.25,sigma=5;layer1.2:rate=0.75;layer3:sets=4");
  ResNet model(ctx, c.model_options(10));
  InhibitionPlan(c).apply(model, 0);
  const auto& blocks = model.blocks();
  CHECK(*blocks[0]->inhibition() == Inhibition::parse("paper,sets=8,rate=0.25,sigma=5"));
  CHECK(*blocks[2]->inhibition() == Inhibition::parse("paper,sets=8,rate=0.75,sigma=5"));
  CHECK(*blocks[3]->inhibition() == Inhibition::parse("paper,sets=8"));
  CHECK(*blocks[6]->inhibition() == Inhibition::parse("paper,sets=4"));
  CHECK(!blocks[7]->inhibition());
}

TEST_CASE("inhibition plan: layers by name") {
  Context ctx;
  TrainConfig c = small("paper;layer2:rate=0.25");
  c.inhibit_layers = "layer2.1,bn1";
  ResNet model(ctx, c.model_options(10));
  InhibitionPlan(c).apply(model, 0);
  CHECK(model.find("layer2.1").inhibition()->rate == 0.25);
  CHECK(model.find("bn1").inhibition()->rate == 0.5);
  CHECK(!model.find("layer1.0").inhibition());
}

TEST_CASE("inhibition plan: the rate rises, and then goes where it ends") {
  TrainConfig c = small("paper,rate=0.4");
  CHECK(!InhibitionPlan(c).changes());
  c.inhibit_warmup = 1;
  c.inhibit_final_rate = 0.8;
  const InhibitionPlan plan(c);
  CHECK(plan.changes());
  CHECK(plan.rate_in(0, 0.4) == Approx(0.2));
  CHECK(plan.rate_in(1, 0.4) == Approx(0.4));
  CHECK(plan.rate_in(3, 0.4) == Approx(0.6));
  CHECK(plan.rate_in(5, 0.4) == Approx(0.8));
  Context ctx;
  ResNet model(ctx, c.model_options(10));
  plan.apply(model, 0);
  CHECK(model.blocks()[0]->inhibition()->rate == Approx(0.2));
  c.inhibit_warmup = 6;
  CHECK(InhibitionPlan(c).rate_in(5, 0.7) == Approx(0.6));
}

TEST_CASE("inhibition plan: mistakes are named") {
  CHECK(refusal(small("papr")) == "inhibition: papr is not a preset; did you mean paper?");
  CHECK(refusal(small("paper;layer1")) ==
        "inhibition: layer1: expected a layer and what is otherwise there, as layer1:rate=0.3");
  CHECK(refusal(small("paper;layer1:rat=0.3")) ==
        "inhibition: rat is not an option; did you mean rate?");
  TrainConfig c = small("off");
  c.inhibit_warmup = 1;
  CHECK(refusal(c) == "--inhibit is off, so that its rate cannot change over the epochs");
  c = small("paper");
  c.inhibit_warmup = 7;
  CHECK(refusal(c) == "--inhibit-warmup 7: expected 0 to the number of epochs");
  c.inhibit_warmup = 0;
  c.inhibit_final_rate = 1;
  CHECK(refusal(c) == "--inhibit-final-rate 1: expected 0 <= rate < 1, or -1");
  Context ctx;
  c = small("paper;layer4:rate=0.3");
  ResNet model(ctx, c.model_options(10));
  CHECK(message_of([&] { InhibitionPlan(c).apply(model, 0); }) ==
        "inhibition: layer4: no inhibited layer lies in it");
  c = small("paper;layer2:sets=5");
  CHECK(message_of([&] { InhibitionPlan(c).apply(model, 0); }) ==
        "layer2.0: 32 channels cannot be split into 5 even sets; choose sets that divide them");
}
