#include "engine/cuda/device.h"

#include <cudnn_version.h>

#include "engine/check.h"
#include "engine/cuda/handles.h"

namespace lienet::cuda {
namespace {

// The first device, and why there is none.
struct Found {
  bool usable = false;
  std::string reason;
  cudaDeviceProp properties{};
};

Found find_device() {
  Found found;
  int count = 0;
  cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) status = cudaGetDeviceProperties(&found.properties, 0);
  if (status != cudaSuccess) {
    cudaGetLastError();
    found.reason = cudaGetErrorString(status);
  } else if (count == 0) {
    found.reason = "no card";
  } else if (found.properties.major < 8) {
    found.reason =
        fmt::format("{} has compute capability {}.{}, and 8.0 is needed", found.properties.name,
                    found.properties.major, found.properties.minor);
  } else {
    found.usable = true;
  }
  return found;
}

// A process does not get another card.
const Found& device() {
  static const Found found = find_device();
  return found;
}

std::string version(int v) {  // 13000 -> "13.0"
  return fmt::format("{}.{}", v / 1000, v % 1000 / 10);
}

class DeviceMemory final : public MemorySource {
 public:
  explicit DeviceMemory(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  void* acquire(size_t bytes) override {
    void* block = nullptr;
    LIENET_CUDA_CHECK(cudaMalloc(&block, bytes));
    return block;
  }
  // Waits for the work that still uses it.
  void release(void* block, size_t) noexcept override { cudaFree(block); }
  bool on_host() const override { return false; }
  void poison(void* block, size_t bytes) override {
    LIENET_CUDA_CHECK(cudaMemsetAsync(block, 0xff, bytes, stream_->get()));
  }

 private:
  std::shared_ptr<Stream> stream_;
};

class PinnedMemory final : public MemorySource {
 public:
  void* acquire(size_t bytes) override {
    void* block = nullptr;
    LIENET_CUDA_CHECK(cudaMallocHost(&block, bytes));
    return block;
  }
  void release(void* block, size_t) noexcept override { cudaFreeHost(block); }
};

}  // namespace

class Mark {
 public:
  explicit Mark(EventHandle made) : event(std::move(made)) {}
  EventHandle event;
};

bool available() {
  return device().usable;
}

void require() {
  if (!device().usable) fail("device cuda: no device ({}); choose --device cpu", device().reason);
}

std::string describe() {
  if (!device().usable) return "no device";
  int driver = 0, runtime = 0;
  LIENET_CUDA_CHECK(cudaDriverGetVersion(&driver));
  LIENET_CUDA_CHECK(cudaRuntimeGetVersion(&runtime));
  const cudaDeviceProp& p = device().properties;
  const size_t dnn = cudnnGetVersion();  // 91900: 9.19.0
  return fmt::format(
      "{}, compute capability {}.{}, {:.1f} GiB; driver {}, runtime {}, cuDNN {}.{}.{}", p.name,
      p.major, p.minor, static_cast<double>(p.totalGlobalMem) / (1 << 30), version(driver),
      version(runtime), dnn / 10000, dnn / 100 % 100, dnn % 100);
}

size_t memory_size() {
  require();
  return device().properties.totalGlobalMem;
}

size_t memory_in_use() {
  require();
  size_t free = 0, total = 0;
  LIENET_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return total - free;
}

std::shared_ptr<Stream> make_stream() {
  return std::make_shared<Stream>();
}

void finish(Stream& stream) noexcept {
  cudaStreamSynchronize(stream.get());
}

uintptr_t number_of(Stream& stream) {
  return reinterpret_cast<uintptr_t>(stream.get());
}

std::unique_ptr<MemorySource> make_device_memory(std::shared_ptr<Stream> stream) {
  return std::make_unique<DeviceMemory>(std::move(stream));
}

std::unique_ptr<MemorySource> make_pinned_memory() {
  return std::make_unique<PinnedMemory>();
}

void clear(Stream& stream, void* memory, size_t bytes) {
  if (bytes) LIENET_CUDA_CHECK(cudaMemsetAsync(memory, 0, bytes, stream.get()));
}

void copy_bytes(Stream& stream, const void* from, void* to, size_t bytes) {
  if (bytes) LIENET_CUDA_CHECK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream.get()));
}

namespace {

std::shared_ptr<const Mark> recorded(EventHandle event, Stream& stream) {
  LIENET_CUDA_CHECK(cudaEventRecord(event.get(), stream.get()));
  return std::make_shared<Mark>(std::move(event));
}

}  // namespace

std::shared_ptr<const Mark> mark(Stream& stream) {
  return recorded(make_event(), stream);
}

std::shared_ptr<const Mark> timed_mark(Stream& stream) {
  return recorded(make_timer(), stream);
}

double seconds_between(const Mark& from, const Mark& to) {
  float milliseconds = 0;
  LIENET_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, from.event.get(), to.event.get()));
  return double{milliseconds} / 1000;
}

bool reached(const Mark& mark) {
  const cudaError_t status = cudaEventQuery(mark.event.get());
  if (status == cudaErrorNotReady) return false;
  LIENET_CUDA_CHECK(status);
  return true;
}

void wait(const Mark& mark) {
  LIENET_CUDA_CHECK(cudaEventSynchronize(mark.event.get()));
}

class Graph {
 public:
  explicit Graph(ExecutableGraph executable) : executable_(std::move(executable)) {}
  cudaGraphExec_t get() const { return executable_.get(); }

 private:
  ExecutableGraph executable_;
};

// Relaxed: other threads may do as they like, and so may this one with memory.
void begin_recording(Stream& stream) {
  LIENET_CUDA_CHECK(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeRelaxed));
}

std::shared_ptr<const Graph> end_recording(Stream& stream) {
  cudaGraph_t recorded = nullptr;
  LIENET_CUDA_CHECK(cudaStreamEndCapture(stream.get(), &recorded));
  const GraphHandle graph(recorded);
  cudaGraphExec_t executable = nullptr;
  LIENET_CUDA_CHECK(cudaGraphInstantiate(&executable, graph.get(), 0));
  return std::make_shared<Graph>(ExecutableGraph(executable));
}

void abandon_recording(Stream& stream) noexcept {
  cudaGraph_t recorded = nullptr;
  cudaStreamEndCapture(stream.get(), &recorded);
  if (recorded) cudaGraphDestroy(recorded);
  cudaGetLastError();  // that it was abandoned is no error of what comes next
}

void launch(Stream& stream, const Graph& graph) {
  LIENET_CUDA_CHECK(cudaGraphLaunch(graph.get(), stream.get()));
}

namespace {

EventHandle event_of(unsigned flags) {
  cudaEvent_t event = nullptr;
  LIENET_CUDA_CHECK(cudaEventCreateWithFlags(&event, flags));
  return EventHandle(event);
}

}  // namespace

EventHandle make_event() {
  return event_of(cudaEventDisableTiming);
}

EventHandle make_timer() {
  return event_of(cudaEventDefault);
}

Stream::Stream() {
  require();
  LIENET_CUDA_CHECK(cudaSetDevice(0));
  cudaStream_t stream = nullptr;
  LIENET_CUDA_CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  stream_ = StreamHandle(stream);
}

cublasHandle_t Stream::cublas() {
  if (cublas_) return cublas_.get();
  cublasHandle_t made = nullptr;
  LIENET_CUDA_CHECK(cublasCreate(&made));
  CublasHandle handle(made);
  constexpr size_t bytes = size_t{32} << 20;  // what NVIDIA advises for Hopper
  void* workspace = nullptr;
  LIENET_CUDA_CHECK(cudaMalloc(&workspace, bytes));
  workspace_ = Handle<void*, cudaFree>(workspace);
  LIENET_CUDA_CHECK(cublasSetStream(made, stream_.get()));
  LIENET_CUDA_CHECK(cublasSetWorkspace(made, workspace, bytes));
  cublas_ = std::move(handle);
  return made;
}

cudnnHandle_t Stream::cudnn() {
  if (cudnn_) return cudnn_.get();
  cudnnHandle_t made = nullptr;
  LIENET_CUDA_CHECK(cudnnCreate(&made));
  CudnnHandle handle(made);
  LIENET_CUDA_CHECK(cudnnSetStream(made, stream_.get()));
  cudnn_ = std::move(handle);
  return made;
}

bool Stream::recording() const {
  cudaStreamCaptureStatus status{};
  LIENET_CUDA_CHECK(cudaStreamIsCapturing(stream_.get(), &status));
  return status != cudaStreamCaptureStatusNone;
}

}  // namespace lienet::cuda
