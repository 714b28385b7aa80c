// From a scan to what the point encoder reads, as cg3d_runtime/prepare.py does it in mode "cg3d".
#pragma once

#include <string>
#include <vector>

#include "bundle.hpp"
#include "npy.hpp"

namespace cg3d {

// Rotate, thin, sample and normalise a scan.
//
// scan: (M, 3 or more); x, y and z come first, further columns are not read.
// up: the scan's upward axis: x, y, z, -x, -y or -z.
// Returns (spec.points, spec.channels) row by row.
// Throws std::runtime_error where fewer than 16 distinct points are left.
std::vector<float> prepare(const Table& scan, const std::string& up, const PrepareSpec& spec);

}  // namespace cg3d
