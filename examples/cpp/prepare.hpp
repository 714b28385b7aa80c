// From a scan to what the point encoder reads, in modes "cg3d" and "cg3d-2", to the bit as
// cg3d_runtime/preparation/prepare.py does it.
#pragma once

#include <vector>

#include "bundle.hpp"
#include "npy.hpp"
#include "upward.hpp"

namespace cg3d {

struct Prepared {
    std::vector<float> points;  // (spec.points, spec.channels) row by row
    double unit;                // length of 1 of them, in the scan's unit
};

// Thin, sample, normalise and turn a scan.
//
// Mode "cg3d" turns first and repeats points where there are too few. Mode "cg3d-2" turns last, leaves strays out after
// thinning, puts each pick at the mean of the points nearest to it, and fills up with places between points.
//
// scan: (M, 3 or more); x, y and z come first, further columns are not read.
// up: the way up in the scan, as `as_up` gives it.
// Throws std::runtime_error where fewer than 16 distinct points are left.
Prepared prepare(const Table& scan, const Up& up, const PrepareSpec& spec);

}  // namespace cg3d
