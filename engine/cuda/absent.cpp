// What device.h promises, in builds without CUDA.
#include "engine/check.h"
#include "engine/cuda/device.h"

namespace lienet::cuda {

bool available() {
  return false;
}

void require() {
  fail("device cuda: not in this build; build with the preset cuda, or choose --device cpu");
}

std::string describe() {
  return "not in this build";
}

size_t memory_size() {
  require();
  return 0;
}

size_t memory_in_use() {
  require();
  return 0;
}

std::shared_ptr<Stream> make_stream() {
  require();
  return nullptr;
}

void finish(Stream&) noexcept {}

uintptr_t number_of(Stream&) {
  require();
  return 0;
}

std::unique_ptr<MemorySource> make_device_memory(std::shared_ptr<Stream>) {
  require();
  return nullptr;
}

std::unique_ptr<MemorySource> make_pinned_memory() {
  require();
  return nullptr;
}

void clear(Stream&, void*, size_t) {
  require();
}

void copy_bytes(Stream&, const void*, void*, size_t) {
  require();
}

std::shared_ptr<const Mark> mark(Stream&) {
  require();
  return nullptr;
}

bool reached(const Mark&) {
  return true;
}

void wait(const Mark&) {}

std::shared_ptr<const Mark> timed_mark(Stream&) {
  require();
  return nullptr;
}

double seconds_between(const Mark&, const Mark&) {
  return 0;
}

void begin_recording(Stream&) {
  require();
}

std::shared_ptr<const Graph> end_recording(Stream&) {
  require();
  return nullptr;
}

void abandon_recording(Stream&) noexcept {}

void launch(Stream&, const Graph&) {
  require();
}

}  // namespace lienet::cuda
