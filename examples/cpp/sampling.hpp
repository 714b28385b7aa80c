// Farthest point sampling, as cg3d_runtime/preparation/sampling.py does it.
#pragma once

#include <cstddef>
#include <vector>

#include "point.hpp"

namespace cg3d {

struct Sample {
    std::vector<std::size_t> picks;   // indices in order of choice
    std::vector<std::size_t> owners;  // of each point the nearest pick, as its place in that order; of equals the first
};

// Each pick is the point farthest from all picks before it; of equally far points the first. 1 <= count <= points.
Sample farthest_point_sample(const std::vector<Point>& points, std::size_t count, std::size_t start);

// The distinct points in lexicographic order.
std::vector<Point> distinct_points(std::vector<Point> points);

}  // namespace cg3d
