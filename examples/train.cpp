// Trains a small ResNet with lateral inhibition: the whole loop, from the data to a file of weights
// that PyTorch reads.
#include <cstdio>

#include "datasets/loader.h"
#include "datasets/open.h"
#include "engine/error.h"
#include "engine/safetensors.h"
#include "engine/scheduler.h"
#include "layers/softmax_cross_entropy.h"
#include "models/resnet.h"
#include "optim/sgd.h"

using namespace lienet;

void train_and_save() {
  Context ctx;
  const DataSet data = open_data({.name = "shapes100", .shapes = {.train = 2000, .test = 500}});
  Loader train(data.train,
               {.shuffle = true, .augment = {.pad = 4, .flip = true}, .stats = data.stats});
  Loader test(data.test, {.stats = data.stats});

  ResNet model(ctx, resnet_options("resnet20", 100));
  model.inhibit_blocks(Inhibition::paper());
  Sgd optimizer(ctx, model, {.lr = 0.1, .weight_decay = 5e-4, .nesterov = true});

  for (uint32_t epoch = 0; epoch < 2; ++epoch) {
    double loss_sum = 0, correct = 0;
    train.start(epoch);
    while (const std::optional<Batch> batch = train.next()) {
      Tape tape = Tape::training(ctx);
      const Value logits = model(tape, tape.constant(batch->images));
      const Value loss = softmax_cross_entropy(tape, logits, batch->labels);
      backward(tape, loss);
      optimizer.step();
      model.zero_gradients();
      loss_sum += loss.tensor().data<float>()[0];
    }
    test.start(epoch);
    while (const std::optional<Batch> batch = test.next()) {
      Tape tape = Tape::inference(ctx);
      const Value logits = model(tape, tape.constant(batch->images));
      correct += static_cast<double>(
          count_correct(ctx, logits.tensor(), batch->labels).data<int64_t>()[0]);
    }
    std::printf("epoch %u  loss %.3f  top-1 %.1f %%\n", epoch + 1,
                loss_sum / static_cast<double>(train.batches()),
                100 * correct / static_cast<double>(data.test->size()));
  }
  save_safetensors("model.safetensors", model.state());
}

int main() {
  try {
    train_and_save();
  } catch (const Error& e) {
    std::fprintf(stderr, "train: %s\n", e.what());
    return 1;
  }
}
