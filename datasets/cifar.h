// CIFAR-10 and CIFAR-100 in their official binary format, read and written.
//
// A file is a run of records without a header. CIFAR-10: label, 3072 bytes. CIFAR-100: coarse
// label, fine label, 3072 bytes. The 3072 bytes are the planes R, G, B of 32x32 pixels, row by row.
#pragma once

#include <filesystem>

#include "datasets/image_set.h"

namespace lienet {

enum class CifarKind : uint8_t { cifar10, cifar100 };

const char* name_of(CifarKind kind);  // "cifar10", "cifar100"

// Bytes of a record: 3073 or 3074.
int64_t record_bytes(CifarKind kind);

// Reads a folder that has the files itself or in cifar-10-batches-bin/ or cifar-100-binary/.
// CIFAR-10: data_batch_1.bin, data_batch_2.bin, ... as far as they go without a gap,
// test_batch.bin; CIFAR-100: train.bin, test.bin. Any number of records is accepted. Class names
// are read where batches.meta.txt, fine_label_names.txt and coarse_label_names.txt lie beside them.
// Throws Error for a missing folder or file, an empty or truncated file, a label out of range (file
// and byte offset), and the other kind's files.
ImageSet read_cifar(const std::filesystem::path& folder, CifarKind kind, Split split);

// One file; the same checks.
ImageSet read_cifar_file(const std::filesystem::path& file, CifarKind kind);

// Writes one file, whole or not at all.
// Throws Error for images that are not 32x32, labels out of range, CIFAR-100 without coarse labels,
// and a failed write.
void write_cifar_file(const ImageSet& set, const std::filesystem::path& file, CifarKind kind);

// Writes data_batch_1.bin or train.bin, test_batch.bin or test.bin, and the files of class names
// that the sets have, into a folder that is made if needed. Throws Error.
void write_cifar(const ImageSet& train, const ImageSet& test, const std::filesystem::path& folder,
                 CifarKind kind);

}  // namespace lienet
