// The GPU as the rest of the engine sees it: no vendor type. In builds without CUDA there is none,
// and absent.cpp says so. Internal.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/allocator.h"

namespace lienet::cuda {

// Whether this build and machine have a device that can be used.
bool available();
// Throws Error, saying what is missing, where there is none.
void require();
// "no device", "not in this build", or the card, its memory and the versions: one line for people.
std::string describe();

// Bytes of the device's memory, and those of it that are in use, by whomever. Throw Error where
// there is no device.
size_t memory_size();
size_t memory_in_use();

// A context's work on the device, all of it in order: the stream and the libraries' handles.
class Stream;
std::shared_ptr<Stream> make_stream();
// Waits until all that was issued is done, or has failed.
void finish(Stream& stream) noexcept;
// The driver's own handle as a number, for those who do not see what a Stream is.
uintptr_t number_of(Stream& stream);

// Memory of the device, and memory of the host that the device reads and writes by itself.
std::unique_ptr<MemorySource> make_device_memory(std::shared_ptr<Stream> stream);
std::unique_ptr<MemorySource> make_pinned_memory();

// Issued on the stream; nobody waits. Host memory, pinned or not, has to stay until it is done.
void clear(Stream& stream, void* memory, size_t bytes);
void copy_bytes(Stream& stream, const void* from, void* to, size_t bytes);

// A place in the stream's work.
class Mark;
std::shared_ptr<const Mark> mark(Stream& stream);
bool reached(const Mark& mark);
void wait(const Mark& mark);
// A mark that also tells when it was reached. seconds_between: two of them, both reached.
std::shared_ptr<const Mark> timed_mark(Stream& stream);
double seconds_between(const Mark& from, const Mark& to);

// What is issued between begin_recording and end_recording is not run but becomes a graph, which
// can be launched any number of times. Memory that it reads and writes has to stay.
class Graph;
void begin_recording(Stream& stream);
std::shared_ptr<const Graph> end_recording(Stream& stream);
void abandon_recording(Stream& stream) noexcept;
void launch(Stream& stream, const Graph& graph);

}  // namespace lienet::cuda
