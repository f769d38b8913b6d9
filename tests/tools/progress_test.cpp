#include "tools/training/progress.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>

using namespace lienet;

namespace {

const ProgressState half{.epoch = 3,
                         .epochs = 10,
                         .step = 195,
                         .steps = 390,
                         .loss = 1.2341,
                         .score = 61.23,
                         .images_per_second = 4065.4,
                         .seconds_left = 731};
const EpochMetrics third{.epoch = 3,
                         .train_loss = 1.2341,
                         .train_score = 61.23,
                         .test_loss = 1.301,
                         .test_score = 59.8,
                         .learning_rate = 0.08,
                         .seconds = 12.31,
                         .images_per_second = 4065.4};

// What `use` makes a Progress of 10 epochs of 4 steps write, with a clock that it may move.
template <class F>
std::string written(bool terminal, F use) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  double now = 100;
  {
    Progress progress(out, terminal, 10, 4, [&] { return now; });
    use(progress, now);
  }
  std::fclose(out);
  const std::string all(text, size);
  std::free(text);
  return all;
}

}  // namespace

TEST_CASE("progress: scores by their name, and none that was not measured") {
  ProgressState s = half;
  s.metric = Metric::map11;
  CHECK(progress_line(s, 60) == "epoch  3/10  [====>   ]  loss 1.234  mAP 61.2 %  12 min left");
  s.score = not_measured;
  CHECK(progress_line(s, 48) == "epoch  3/10  [====>   ]  loss 1.234  12 min left");
  EpochMetrics m = third;
  m.metric = Metric::map11;
  m.train_score = not_measured;
  CHECK(summary_line(m, 10) ==
        "epoch  3/10  loss 1.234  test loss 1.301  mAP 59.8 %  lr 0.0800  12.3 s  4,065 images/s");
}

TEST_CASE("progress_line: everything where there is room") {
  CHECK(progress_line(half, 120) ==
        "epoch  3/10  [===============>              ]  loss 1.234  top-1 61.2 %  "
        "4,065 images/s  12 min left");
  ProgressState s = half;
  s.step = 0;
  s.seconds_left = NAN;
  CHECK(progress_line(s, 200) ==
        "epoch  3/10  [>                             ]  loss 1.234  top-1 61.2 %  "
        "4,065 images/s  ? left");
  s.step = s.steps;
  s.seconds_left = 0;
  CHECK(progress_line(s, 200) ==
        "epoch  3/10  [==============================]  loss 1.234  top-1 61.2 %  "
        "4,065 images/s  0 s left");
}

TEST_CASE("progress_line: what matters least goes first") {
  CHECK(progress_line(half, 79) ==
        "epoch  3/10  [====>    ]  loss 1.234  top-1 61.2 %  4,065 images/s  12 min left");
  CHECK(progress_line(half, 60) == "epoch  3/10  [===>  ]  loss 1.234  top-1 61.2 %  12 min left");
  CHECK(progress_line(half, 46) == "epoch  3/10  [===>  ]  loss 1.234  12 min left");
  CHECK(progress_line(half, 32) == "epoch  3/10  [==>  ]  loss 1.234");
  CHECK(progress_line(half, 23) == "epoch  3/10  loss 1.234");
  CHECK(progress_line(half, 11) == "epoch  3/10");
  CHECK(progress_line(half, 5) == "epoch");
  CHECK(progress_line(half, 0) == "");
  CHECK(progress_line(half, -1) == "");
  ProgressState extreme = half;
  extreme.loss = -1e300, extreme.score = NAN, extreme.images_per_second = INFINITY;
  extreme.step = 1000, extreme.seconds_left = 1e300;
  for (int width = 1; width < 150; ++width) {
    CHECK(progress_line(half, width).size() <= static_cast<size_t>(width));
    CHECK(progress_line(extreme, width).size() <= static_cast<size_t>(width));
    CHECK(progress_line({.steps = 0}, width).size() <= static_cast<size_t>(width));
  }
}

TEST_CASE("summary_line") {
  CHECK(summary_line(third, 10) ==
        "epoch  3/10  loss 1.234  top-1 61.2 %  test loss 1.301  top-1 59.8 %  lr 0.0800  12.3 s"
        "  4,065 images/s");
  EpochMetrics m = third;
  m.test_loss = m.test_score = not_measured;
  m.learning_rate = 1e-5;
  CHECK(summary_line(m, 200) ==
        "epoch   3/200  loss 1.234  top-1 61.2 %  lr 1.00e-05  12.3 s  4,065 images/s");
}

TEST_CASE("MovingAverage: plain at first, then older values fade") {
  MovingAverage a(0.25);
  CHECK(std::isnan(a.value()));
  a.add(1), a.add(2), a.add(6);
  CHECK(a.value() == doctest::Approx(3));
  for (int i = 0; i < 100; ++i) a.add(10);
  CHECK(a.value() == doctest::Approx(10));
  a.add(14);
  CHECK(a.value() == doctest::Approx(11));
}

TEST_CASE("TimeLeft: steps and what lies between epochs") {
  TimeLeft t;
  t.begin_epoch(1000);
  CHECK(std::isnan(t.seconds(1, 1)));
  t.step(1002), t.step(1004);
  CHECK(t.seconds(10, 1) == doctest::Approx(20));
  t.end_epoch(1011);  // 7 seconds of testing
  t.begin_epoch(1012);
  t.step(1014);
  CHECK(t.seconds_per_step() == doctest::Approx(2));
  CHECK(t.seconds(10, 3) == doctest::Approx(20 + 21));
}

TEST_CASE("Progress: a terminal sees the line, at most ten times a second, until the epoch ends") {
  const std::string text = written(true, [](Progress& p, double& now) {
    p.begin_epoch(3);
    for (const double seconds : {0.5, 0.04, 0.04, 0.5}) {
      now += seconds;
      p.step(128, 1.2341, 61.23);
    }
    p.end_epoch(third);
  });
  // 4 steps of 128 images in 1.08 s. After the first: 31 steps of 0.5 s are left.
  CHECK(text ==
        "\repoch  3/10  [===>         ]  loss 1.234  top-1 61.2 %  256 images/s  16 s left\x1b[K"
        "\repoch  3/10  [==============]  loss 1.234  top-1 61.2 %  474 images/s  8 s left\x1b[K"
        "\r\x1b[K" +
            summary_line(third, 10) + "\n");
}

TEST_CASE("Progress: no terminal, only the summary") {
  const std::string text = written(false, [](Progress& p, double& now) {
    p.begin_epoch(3);
    now += 1;
    p.step(128, 1, 50);
    p.end_epoch(third);
  });
  CHECK(text == summary_line(third, 10) + "\n");
}

TEST_CASE("Progress: a line that an error leaves behind is cleared") {
  const std::string text = written(true, [](Progress& p, double& now) {
    p.begin_epoch(1, 2);  // resumed in the middle
    now += 1;
    p.step(128, 1, 50);
  });
  CHECK(text.find("\repoch  1/10  [=========>   ]  loss 1.000") == 0);
  CHECK(text.substr(text.size() - 4) == "\r\x1b[K");
}
