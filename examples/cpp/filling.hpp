// Sparse scans brought to the number of points that a model reads, as cg3d_runtime/preparation/filling.py does it.
#pragma once

#include <cstddef>
#include <vector>

#include "point.hpp"

namespace cg3d {

// Add points halfway between near ones until there are `count`, the emptiest place first.
//
// points: at least two distinct places; their order decides between equal distances, and the result begins with them.
std::vector<Point> filled(std::vector<Point> points, std::size_t count);

}  // namespace cg3d
